// Live pages. One stream a browser, through a shared worker where there is one,
// otherwise one for each visible tab. Messages become DOM events on the body,
// "live:alarm", and fragments refresh themselves on them, so each is authorised
// again. The indicator says how far behind the picture is.

const topics = (document.body?.dataset.live ?? '').split(' ').filter(Boolean);
const indicator = document.getElementById('live');

if (topics.length > 0 && indicator) start();

function start() {
  let skew = Infinity; // least difference between our clock and the server's, ms
  let sent = 0; // server time of the last message, ms
  let behind = 0; // what the server said of its own feed, ms
  let up = false;

  const receive = ({ topic, data, id }) => {
    if (topic === 'down') {
      up = false;
    } else if (topic === 'beat') {
      const beat = JSON.parse(data);
      sent = beat.sent / 1000;
      behind = beat.behind / 1000;
      skew = Math.min(skew, Date.now() - sent);
      up = true;
    } else {
      document.body.dispatchEvent(new CustomEvent(`live:${topic}`, { detail: { data, id } }));
    }
    show();
  };

  const show = () => {
    const lag = sent === 0 ? null : Math.max(0, Date.now() - sent - skew) + behind;
    // Between two beats the picture is not older for it.
    const seconds = lag === null ? null : Math.max(behind, lag - (up ? 2500 : 0)) / 1000;
    let level = 'wait';
    if (seconds !== null) level = seconds >= 15 ? 'bad' : seconds >= 5 ? 'warn' : 'ok';
    if (!up && level === 'ok') level = 'wait';
    indicator.dataset.level = level;
    const text = level === 'wait' ? indicator.dataset.waiting : indicator.dataset.text;
    const whole = text.replace('{seconds}', seconds === null ? '' : seconds.toFixed(seconds < 10 ? 1 : 0));
    const word = indicator.querySelector('[data-word]');
    if (word.textContent !== whole) word.textContent = whole;
  };
  setInterval(show, 1000);

  if (typeof SharedWorker === 'function') {
    const worker = new SharedWorker(document.body.dataset.worker, { name: 'seine-live' });
    worker.port.onmessage = (event) => receive(event.data);
    worker.port.postMessage({ topics });
    addEventListener('pagehide', () => worker.port.postMessage({ bye: true }));
    addEventListener('pageshow', (event) => event.persisted && worker.port.postMessage({ topics }));
    return;
  }

  let source;
  let last = '';
  const open = () => {
    source = new EventSource(`/live?topics=${topics.join(',')}&after=${encodeURIComponent(last)}`);
    for (const topic of ['beat', ...topics]) {
      source.addEventListener(topic, (event) => {
        if (event.lastEventId) last = event.lastEventId;
        receive({ topic, data: event.data, id: event.lastEventId });
      });
    }
    source.onerror = () => receive({ topic: 'down' });
  };
  document.addEventListener('visibilitychange', () => {
    source?.close();
    if (document.visibilityState === 'visible') open();
  });
  if (document.visibilityState === 'visible') open();
}

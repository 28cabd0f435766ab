// The one stream of a browser. Tabs say which topics they show; the worker
// holds an EventSource for all of them together and hands messages on. After a
// break it asks for what came since the last message it saw.

const tabs = new Map(); // port → topics
let source = null;
let open = '';
let last = '';
let beat = null; // the newest, so that a new tab need not wait for the next

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.bye) tabs.delete(port);
    else tabs.set(port, data.topics);
    if (!data.bye && beat && source?.readyState === EventSource.OPEN) port.postMessage(beat);
    follow();
  };
};

function follow() {
  const wanted = [...new Set([...tabs.values()].flat())].sort().join(',');
  if (wanted === open && source && source.readyState !== EventSource.CLOSED) return;
  source?.close();
  source = null;
  open = wanted;
  if (wanted === '') return;
  source = new EventSource(`/live?topics=${wanted}&after=${encodeURIComponent(last)}`);
  source.onerror = () => {
    tell('down', '', '');
    // The browser retries by itself unless it was refused for good.
    if (source?.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
  };
  for (const topic of ['beat', ...wanted.split(',')]) {
    source.addEventListener(topic, (event) => {
      if (event.lastEventId) last = event.lastEventId;
      tell(topic, event.data, event.lastEventId);
    });
  }
}

function tell(topic, data, id) {
  if (topic === 'beat') beat = { topic, data, id };
  for (const [port, topics] of tabs) {
    if (topic === 'beat' || topic === 'down' || topics.includes(topic)) port.postMessage({ topic, data, id });
  }
}

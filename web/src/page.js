// Small behaviours of the page itself. Each only adds to what works without it.

// A copy button beside an identifier: <button data-copy="MSCU1234566">.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  say(button.dataset.copied);
  button.dataset.done = '';
  setTimeout(() => delete button.dataset.done, 1500);
});

// One polite line for results, read by screen readers.
export function say(text) {
  const line = document.getElementById('said');
  if (line) line.textContent = text ?? '';
}

// A form's faults take the focus after a full load or a swap, so that the
// summary is read first; its links lead to the fields.
function focusFaults() {
  document.querySelector('[data-faults]:not([data-read])')?.focus();
  document.querySelectorAll('[data-faults]').forEach((e) => (e.dataset.read = ''));
}
document.addEventListener('htmx:after:swap', focusFaults);

// A choice that sends its form at once: <select data-submit>.
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit]')) event.target.form?.requestSubmit();
});

// A form that is kept while it is written: <form data-keep="/drafts">. A pause in
// typing sends it; the answer says where it is kept, which the form carries from
// then on, so that it is kept over itself, and the address opens it again.
let pause;
let keeping = false;
document.addEventListener('input', (event) => {
  const form = event.target.form;
  if (form?.dataset.keep && event.target.type !== 'file') keepSoon(form);
});
function keepSoon(form) {
  clearTimeout(pause);
  pause = setTimeout(() => keep(form), 2000);
}
async function keep(form) {
  if (form.dataset.sending !== undefined) return;
  if (keeping) {
    keepSoon(form);
    return;
  }
  keeping = true;
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value);
  let kept = {};
  try {
    kept = await (await fetch(form.dataset.keep, { method: 'POST', body })).json();
  } catch {
    kept.said = form.dataset.keepFailed;
  }
  keeping = false;
  const line = form.querySelector('[data-kept]');
  if (line) line.textContent = kept.said ?? '';
  if (!kept.id) return;
  form.elements.draft.value = kept.id;
  history.replaceState(history.state, '', kept.path);
}

// The button of a form is off while the form is on its way: no second click.
document.addEventListener('submit', (event) => {
  if (event.target.dataset.sending !== undefined) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sending = '';
  clearTimeout(pause);
});
addEventListener('pageshow', () => {
  document.querySelectorAll('[data-sending]').forEach((form) => delete form.dataset.sending);
});
document.addEventListener('htmx:after:request', () => {
  document.querySelectorAll('[data-sending]').forEach((form) => delete form.dataset.sending);
});

function ready() {
  focusFaults();
  document.documentElement.dataset.ready = '';
}
if (document.readyState === 'loading') addEventListener('DOMContentLoaded', ready);
else ready();

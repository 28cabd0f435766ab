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

// The button of a form is off while the form is on its way: no second click.
document.addEventListener('submit', (event) => {
  if (event.target.dataset.sending !== undefined) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sending = '';
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

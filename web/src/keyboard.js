// The keyboard: "/" goes to the search, Ctrl-K opens the commands, j and k walk
// a list and Enter opens its row. Single keys do nothing while a person types
// and can be turned off (body[data-keys=off]).

const typing = (e) => e.target.closest?.('input, select, textarea, [contenteditable]');

document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
  if (document.body.dataset.keys === 'off') return;
  if (event.key === '/') {
    const search = document.querySelector('[data-search]');
    if (search?.offsetParent) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  } else if (event.key === 'j' || event.key === 'k') {
    walk(event.key === 'j' ? 1 : -1);
  } else {
    // <button data-key="a">: a key of the page's own, shown on the button.
    const act = document.querySelector(`[data-key="${CSS.escape(event.key)}"]:not(:disabled)`);
    if (act && !document.querySelector('dialog[open]')) {
      event.preventDefault();
      act.click();
    }
  }
});

// walk moves the focus between the row links of the list on the page.
function walk(by) {
  const links = [...document.querySelectorAll('[data-list] [data-row-link]')];
  if (links.length === 0) return;
  const at = links.findIndex((a) => a.closest('tr, li') === document.activeElement.closest?.('tr, li'));
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next].focus();
  links[next].scrollIntoView({ block: 'nearest' });
}

// The palette lists the pages of the navigation and the acts of this page.
function openPalette() {
  const dialog = document.getElementById('palette');
  if (!dialog || dialog.open) return;
  const list = dialog.querySelector('ul');
  const input = dialog.querySelector('input');
  const targets = [
    ...document.querySelectorAll('main [data-act]:not(:disabled)'),
    ...document.querySelectorAll('#navigation a'),
  ];
  list.replaceChildren(
    ...targets.map((target) => {
      const item = document.createElement('li');
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = target.textContent.trim();
      button.addEventListener('click', () => {
        dialog.close();
        target.click();
      });
      item.append(button);
      return item;
    }),
  );
  const filter = () => {
    const want = input.value.trim().toLowerCase();
    for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(want);
  };
  input.value = '';
  input.oninput = filter;
  dialog.onkeydown = (event) => {
    const shown = [...list.querySelectorAll('li:not([hidden]) button')];
    const at = shown.indexOf(document.activeElement);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const next = at + (event.key === 'ArrowDown' ? 1 : -1);
      (next < 0 ? input : shown[Math.min(next, shown.length - 1)])?.focus();
    } else if (event.key === 'Enter' && document.activeElement === input) {
      event.preventDefault();
      shown[0]?.click();
    }
  };
  dialog.showModal();
  input.focus();
}

// "Partager": the device's own sheet where there is one, else the address is copied.
// The button is [data-action=share] with data-url; it works on every page. Copying a
// field, [data-action=copy] with data-from, says so in the same way.

import { announce, byId, closest, element } from './dom.ts';
import { text } from './text.ts';

export function startSharing(): void {
  document.addEventListener('click', (event) => {
    const button = closest(event, '[data-action=share]');
    if (button) void share(button);
    const copier = closest(event, '[data-action=copy]');
    if (copier) void copy(copier);
  });
}

async function share(button: HTMLElement): Promise<void> {
  const url = new URL(button.dataset.url ?? location.href, location.href).href;
  const title = button.dataset.title ?? document.title;
  if (navigator.share) {
    const closed = (fault: Error) => fault.name === 'AbortError'; // without sharing: no fault
    if (await navigator.share({ title, url }).then(() => true, closed)) return;
  }
  if (await copied(url)) say(button, text('share.copied'));
  else offer(button, url);
}

/** Copies the text of the field that a button names. */
async function copy(button: HTMLElement): Promise<void> {
  const field = byId<HTMLTextAreaElement>(button.dataset.from ?? '');
  if (!field) return;
  field.select();
  say(button, text((await copied(field.value)) ? 'share.code_copied' : 'share.by_hand'));
}

/** False without a clipboard (plain HTTP), or where the browser refuses it. */
async function copied(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return false;
  }
}

/** Shows an address, selected, to copy by hand. */
function offer(button: HTMLElement, url: string): void {
  const label = text('share.by_hand');
  const shown = element('input', { type: 'text', readonly: '', value: url, 'aria-label': label, 'data-by-hand': '' });
  const row = button.closest('.actions') ?? button; // below them: a cell is too narrow to read an address in
  if (row.nextElementSibling?.matches('[data-by-hand]')) row.nextElementSibling.remove();
  row.after(shown);
  shown.select();
  say(button, label);
}

function say(button: HTMLElement, words: string): void {
  announce(words);
  const label = button.querySelector('span') ?? button;
  const before = label.textContent;
  label.textContent = words;
  setTimeout(() => {
    label.textContent = before;
  }, 2500);
}

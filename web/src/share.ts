// "Partager": the device's own sheet where there is one, else the address is copied.
// The button is [data-action=share] with data-url; it works on every page. Copying a
// field, [data-action=copy] with data-from, says so in the same way.

import { announce, byId, closest } from './dom.ts';
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
    // Closing the sheet without sharing is an AbortError, and no fault.
    await navigator.share({ title, url }).catch(() => undefined);
    return;
  }
  await navigator.clipboard.writeText(url);
  say(button, text('share.copied'));
}

/** Copies the text of the field that a button names. */
async function copy(button: HTMLElement): Promise<void> {
  const field = byId<HTMLTextAreaElement>(button.dataset.from ?? '');
  if (!field) return;
  field.select();
  await navigator.clipboard.writeText(field.value);
  say(button, text('share.code_copied'));
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

// "Partager": the device's own sheet where there is one, else the address is copied.
// The button is [data-action=share] with data-url; it works on every page.

import { announce, closest } from './dom.ts';
import { text } from './text.ts';

export function startSharing(): void {
  document.addEventListener('click', (event) => {
    const button = closest(event, '[data-action=share]');
    if (button) void share(button);
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
  announce(text('share.copied'));
  const label = button.querySelector('span') ?? button;
  const before = label.textContent;
  label.textContent = text('share.copied');
  setTimeout(() => {
    label.textContent = before;
  }, 2500);
}

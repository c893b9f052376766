// The keys of moderators, on the queue, on an item and on pairs; part_keys.html
// tells them. They rest while one types, and can be switched off (WCAG 2.1.4).
// Everything works without them.

import { byId } from '../dom.ts';

const setting = 'keys-off';

export function startKeys(page: HTMLElement): void {
  startSetting(page);
  addEventListener('keydown', (event) => {
    if (localStorage.getItem(setting) !== null) return;
    if (isSending(event)) {
      if (event.repeat || send(event)) event.preventDefault();
      return;
    }
    if (event.key === 'Escape' && close(event)) return;
    if (isTyping(event) || (event.repeat && !/^[jk]$/i.test(event.key))) return; // held down: nothing is decided unread
    if (press(page, event.key)) event.preventDefault();
  });
}

/** The switch stands in a part of the page that may be changed for another: it is found anew each time. */
function startSetting(page: HTMLElement): void {
  showSetting(page);
  page.addEventListener('change', (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.dataset.action !== 'keys') return;
    if (box.checked) localStorage.removeItem(setting);
    else localStorage.setItem(setting, '1');
  });
}

/** Shows whether keys are switched on, in what was just put into the page. */
export function showSetting(page: HTMLElement): void {
  const box = page.querySelector<HTMLInputElement>('[data-action=keys]');
  if (box) box.checked = localStorage.getItem(setting) === null;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  const field = target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select');
  return Boolean(field) || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
}

function isSending(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey);
}

/** Control and Enter in the panel of other answers refuse. */
function send(event: KeyboardEvent): boolean {
  const panel = event.target instanceof Element ? event.target.closest('details[data-refuse]') : null;
  const button = panel?.querySelector<HTMLButtonElement>('button[value=refused]');
  button?.click();
  return Boolean(button);
}

/** Escape closes the panel that one is in. */
function close(event: KeyboardEvent): boolean {
  const details = event.target instanceof Element ? event.target.closest('details') : null;
  if (!details?.open) return false;
  details.open = false;
  details.querySelector('summary')?.focus();
  return true;
}

/** Does what a key is for; false where it is for nothing here. */
function press(page: HTMLElement, pressed: string): boolean {
  const key = pressed.toLowerCase();
  switch (key) {
    case 'j':
      return move(page, 1);
    case 'k':
      return move(page, -1);
    case 'r':
      return openRefusal(page);
    case 'x':
      return tick();
    case '?':
      return toggle(page.querySelector('details[data-help]'));
    case 'a':
    case 'd':
    case 'e':
    case 'm':
    case 'n':
      return click(page, key);
  }
  return false;
}

/** Presses what has the key on it: of the pair or item that one is at, else of the first. */
function click(page: HTMLElement, key: string): boolean {
  const near = document.activeElement?.closest<HTMLElement>('[data-pair]') ?? page;
  const found = near.querySelector<HTMLElement>(`[data-key=${key}]`);
  if (!found?.checkVisibility()) return false; // while one refuses, nothing is accepted
  found.click();
  return true;
}

/** What j and k go through. */
const stops = '.queue__about, [data-pair]';

/** Moves the focus to the next or the previous contribution, or pair. */
function move(page: HTMLElement, step: number): boolean {
  const all = [...page.querySelectorAll<HTMLElement>(stops)];
  if (all.length === 0) return false;
  const at = all.findIndex((one) => (one.closest('li') ?? one).contains(document.activeElement));
  const next = at === -1 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
  all[next]?.focus();
  all[next]?.scrollIntoView({ block: 'nearest' });
  return true;
}

/** Ticks the contribution that has the focus, or takes the tick away. */
function tick(): boolean {
  const box = document.activeElement?.closest('li')?.querySelector<HTMLInputElement>('input[name=item]');
  if (!box) return false;
  box.checked = !box.checked;
  return true;
}

function openRefusal(page: HTMLElement): boolean {
  const details = page.querySelector<HTMLDetailsElement>('details[data-refuse]');
  if (!details) return false;
  details.open = true;
  byId('reason')?.focus();
  return true;
}

function toggle(details: HTMLDetailsElement | null): boolean {
  if (!details) return false;
  details.open = !details.open;
  details.querySelector('summary')?.focus();
  return true;
}

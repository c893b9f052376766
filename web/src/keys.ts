// The keys of moderators: j and k move in the queue, a accepts, r opens the other
// answers, n takes the next one, ? tells which there are. They rest while one types,
// and can be switched off (WCAG 2.1.4). Everything works without them.

import { byId } from './dom.ts';

const setting = 'keys-off';

export function startKeys(): void {
  const page = document.querySelector<HTMLElement>('main[data-keys]');
  if (!page) return;
  startCanned();
  const box = page.querySelector<HTMLInputElement>('[data-action=keys]');
  if (box) {
    box.checked = localStorage.getItem(setting) === null;
    box.addEventListener('change', () => {
      if (box.checked) localStorage.removeItem(setting);
      else localStorage.setItem(setting, '1');
    });
  }
  addEventListener('keydown', (event) => {
    if (box?.checked === false || isTyping(event)) return;
    if (press(page, event.key)) event.preventDefault();
  });
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  const field = target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select');
  return Boolean(field) || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
}

/** Does what a key is for; false where it is for nothing here. */
function press(page: HTMLElement, key: string): boolean {
  switch (key.toLowerCase()) {
    case 'j':
      return move(page, 1);
    case 'k':
      return move(page, -1);
    case 'r':
      return openRefusal(page);
    case '?':
      return toggle(page.querySelector('details[data-help]'));
    case 'a':
    case 'n': {
      const button = page.querySelector<HTMLButtonElement>(`button[data-key=${key.toLowerCase()}]`);
      button?.click();
      return button !== null;
    }
  }
  return false;
}

/** Moves the focus to the next or the previous contribution of the queue. */
function move(page: HTMLElement, step: number): boolean {
  const links = [...page.querySelectorAll<HTMLAnchorElement>('.queue__about')];
  if (links.length === 0) return false;
  const at = links.findIndex((link) => link.closest('li')?.contains(document.activeElement));
  const next = at === -1 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
  links[next]?.focus();
  links[next]?.scrollIntoView({ block: 'nearest' });
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

/** Choosing a reason writes its usual text, as long as nobody has written another. */
function startCanned(): void {
  const reason = byId<HTMLSelectElement>('reason');
  const message = byId<HTMLTextAreaElement>('message');
  const block = byId('canned');
  if (!reason || !message || !block?.textContent) return;
  const texts = JSON.parse(block.textContent) as Record<string, string>;
  reason.addEventListener('change', () => {
    if (message.value === '' || Object.values(texts).includes(message.value)) message.value = texts[reason.value] ?? '';
  });
}

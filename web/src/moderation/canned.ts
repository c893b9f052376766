// The usual texts of a refusal: choosing a reason proposes one, in the language of
// the page or the other one, as long as nobody has written another. What is proposed
// is a beginning; the moderator sends what the field holds.

import { byId, closest } from '../dom.ts';
import { language } from '../text.ts';

type Texts = Record<string, Record<string, string>>; // by language and reason

export function startCanned(page: HTMLElement): void {
  const block = byId('canned');
  if (!block?.textContent) return;
  const texts = JSON.parse(block.textContent) as Texts;
  let chosen = language;
  page.addEventListener('change', (event) => {
    if (event.target === byId('reason')) propose(texts, chosen);
  });
  page.addEventListener('focusin', (event) => {
    if (event.target === byId('reason') && byId<HTMLTextAreaElement>('message')?.value === '') propose(texts, chosen);
  });
  page.addEventListener('click', (event) => {
    const button = closest(event, '[data-action=canned]');
    if (!button) return;
    chosen = button.dataset.language ?? language;
    propose(texts, chosen);
  });
}

/** Writes the usual text of the chosen reason, unless somebody has written something else. */
export function propose(texts: Texts, chosen: string): void {
  const reason = byId<HTMLSelectElement>('reason');
  const message = byId<HTMLTextAreaElement>('message');
  if (!reason || !message) return;
  const usual = Object.values(texts).flatMap((all) => Object.values(all));
  if (message.value !== '' && !usual.includes(message.value)) return;
  message.value = texts[chosen]?.[reason.value] ?? '';
  message.lang = chosen;
}

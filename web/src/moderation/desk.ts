// What moderators' pages get beside their HTML: keys, usual texts, live counts, and
// on the page of an item the next one at once. Loaded on these pages alone.

import { byId, closest } from '../dom.ts';
import { Bench } from './bench.ts';
import { startCanned } from './canned.ts';
import { startCounts } from './counts.ts';
import { startKeys } from './keys.ts';

export function startDesk(page: HTMLElement): void {
  startKeys(page);
  startCanned(page);
  switch (page.dataset.keys) {
    case 'item':
      new Bench(page).start();
      break;
    case 'queue':
      startTicking(page);
      startCounts(page, () => {
        const told = byId('queue-changed');
        if (told) told.hidden = false;
      });
  }
  page.dataset.ready = '';
}

function startTicking(page: HTMLElement): void {
  page.addEventListener('change', (event) => {
    const all = event.target;
    if (!(all instanceof HTMLInputElement) || all.dataset.action !== 'tick-all') return;
    for (const one of page.querySelectorAll<HTMLInputElement>('input[name=item]')) one.checked = all.checked;
  });
  page.addEventListener('click', (event) => {
    if (closest(event, '[data-action=reload]')) location.reload();
  });
}

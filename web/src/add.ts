// What every page knows of contributing: the way to the form, and the form's own
// script where there is one. The rest is loaded with it.

import type { AtlasData } from './atlas.ts';
import { byId, closest } from './dom.ts';

export function startAdd(): void {
  const form = byId<HTMLFormElement>('place-form');
  const block = byId('atlas');
  if (form && block?.textContent) {
    const data = JSON.parse(block.textContent) as AtlasData;
    void import('./add/form.ts').then(({ start }) => start(form, data));
  }
  document.addEventListener('change', (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== 'file' || input.name !== 'photo') return;
    void import('./photo.ts').then(({ shrink }) => shrink(input));
  });
  // "+" on the map: the form begins where the map looks.
  document.addEventListener('click', (event) => {
    const link = closest(event, 'a[href*="/contribuer/lieu"]');
    if (link instanceof HTMLAnchorElement) link.hash = location.hash;
  });
}

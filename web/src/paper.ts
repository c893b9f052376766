// The page to print: its map is drawn when it opens, its button prints.

import type { AtlasData } from './atlas.ts';
import { announce, byId, element } from './dom.ts';
import { readMarked } from './list.ts';
import { readPalette } from './map/palette.ts';
import { text } from './text.ts';

export function startPaper(): void {
  const frame = byId('paper');
  const block = byId('atlas');
  if (!frame || !block?.textContent) return;
  document.querySelector('[data-action=print]')?.addEventListener('click', () => print());
  void draw(frame, JSON.parse(block.textContent) as AtlasData);
}

async function draw(frame: HTMLElement, data: AtlasData): Promise<void> {
  frame.dataset.state = 'busy';
  try {
    const { picture } = await import('./map/paper.ts');
    const lines = document.querySelectorAll<HTMLElement>('.paper__place');
    const places = [...lines].flatMap((line) => readMarked(line) ?? []);
    const palette = readPalette(data.groups.map((group) => group.id));
    const blob = await picture(frame, { basemap: data.basemap, language: data.language, palette, places });
    const image = element('img', { src: URL.createObjectURL(blob), alt: '' });
    await image.decode();
    frame.replaceChildren(image);
    frame.setAttribute('role', 'img');
    frame.setAttribute('aria-label', frame.dataset.label ?? '');
    frame.dataset.state = 'idle';
  } catch (error) {
    console.error(error);
    frame.dataset.state = 'unavailable';
    frame.replaceChildren(element('p', {}, text('map.unavailable')));
    announce(text('map.unavailable'));
  }
}

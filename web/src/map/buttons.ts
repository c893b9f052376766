import type { MapLibreMap } from 'maplibre-gl';
import { calm, element } from '../dom.ts';
import { text } from '../text.ts';

/** Adds the three buttons that stand beside the map: nearer, farther, the whole town. */
export function addButtons(map: MapLibreMap, container: HTMLElement, fit: () => void): void {
  const button = (label: string, sign: string, act: () => void) => {
    const made = element('button', { type: 'button', class: 'map__button', 'aria-label': label, title: label }, sign);
    made.addEventListener('click', act);
    return made;
  };
  const animate = !calm();
  container.append(
    element(
      'div',
      { class: 'map__buttons' },
      button(text('map.zoom_in'), '+', () => map.zoomIn({ animate })),
      button(text('map.zoom_out'), '−', () => map.zoomOut({ animate })),
      button(text('map.fit'), '⤢', fit),
    ),
  );
}

// Drawing an area: [data-draw] holds a text of GeoJSON, which stays the truth, and a map
// that opens on demand. Corners are set where the map is touched, or at its cross by a
// button, so that it can be done with a finger, a mouse or keys.

import { announce, byId } from './dom.ts';
import { text } from './text.ts';

type Corner = [number, number]; // longitude, latitude
type Ground = { tiles: string; basemap: string; language: string; extent: number[]; groups: { id: string }[] };

const decimals = 6; // a tenth of a metre

export function startDrawing(): void {
  const block = byId('atlas');
  if (!block?.textContent) return;
  const ground = JSON.parse(block.textContent) as Ground;
  for (const part of document.querySelectorAll<HTMLElement>('[data-draw]')) new Drawing(part, ground).listen();
}

class Drawing {
  private corners: Corner[] = [];
  private map: import('./map/drawing.ts').DrawingMap | null = null;
  private readonly field: HTMLTextAreaElement | null;
  private readonly frame: HTMLElement | null;

  constructor(
    private readonly part: HTMLElement,
    private readonly ground: Ground,
  ) {
    this.field = part.querySelector('textarea');
    this.frame = part.querySelector('.draw__frame');
    this.corners = readCorners(this.field?.value ?? '');
  }

  listen(): void {
    const on = (action: string, act: () => void) =>
      this.part.querySelector(`[data-action=${action}]`)?.addEventListener('click', act);
    on('draw', () => void this.open());
    on('corner', () => this.map && this.add(this.map.centre()));
    on('undo-corner', () => this.set(this.corners.slice(0, -1)));
    on('clear-corners', () => this.set([]));
    this.field?.addEventListener('change', () => {
      this.corners = readCorners(this.field?.value ?? '');
      this.map?.show(this.corners);
    });
    this.part.dataset.ready = '';
  }

  private async open(): Promise<void> {
    const container = this.frame?.querySelector<HTMLElement>('[data-drawing]');
    if (!this.frame || !container || this.map) return;
    this.frame.hidden = false;
    this.part.querySelector('[data-action=draw]')?.setAttribute('aria-expanded', 'true');
    try {
      const { DrawingMap } = await import('./map/drawing.ts');
      this.map = new DrawingMap(container, this.ground, (at) => this.add(at));
      this.map.show(this.corners);
      this.frame.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      console.error(error);
      this.frame.hidden = true;
      announce(text('map.unavailable'));
    }
  }

  private add([lon, lat]: Corner): void {
    this.set([...this.corners, [Number(lon.toFixed(decimals)), Number(lat.toFixed(decimals))]]);
  }

  private set(corners: Corner[]): void {
    this.corners = corners;
    this.map?.show(corners);
    if (this.field) this.field.value = corners.length < 3 ? '' : JSON.stringify(areaOf(corners));
    const said = this.part.querySelector<HTMLElement>('[data-said]');
    const count = corners.length;
    if (said) said.textContent = count < 3 ? text('draw.corners', { count }) : text('draw.area', { count });
  }
}

/** The polygon of some corners: its ring ends where it began (RFC 7946, 3.1.6). */
export function areaOf(corners: Corner[]): GeoJSON.Polygon {
  return { type: 'Polygon', coordinates: [[...corners, ...corners.slice(0, 1)]] };
}

/** The corners of a polygon without holes; none of anything else. */
export function readCorners(given: string): Corner[] {
  try {
    const read = JSON.parse(given) as { type?: string; coordinates?: Corner[][] };
    return read.type === 'Polygon' && read.coordinates?.length === 1 ? (read.coordinates[0] ?? []).slice(0, -1) : [];
  } catch {
    return [];
  }
}

// The list that follows the map: the same HTML that /lieux answers, for the box in
// view. Hovering or choosing a line speaks to the map, and the map to the lines.

import { fetchFragment, Latest } from './api.ts';
import { announce, byId, closest, element, isForBrowser } from './dom.ts';
import type { Marked } from './map/mark.ts';
import { type Box, type Filters, filterQuery, readable, writeBox } from './question.ts';
import { text } from './text.ts';

export type ListOptions = {
  chose: (place: Marked, line: HTMLElement) => void;
  pointed: (place: Marked | null) => void;
  filled: (count: number) => void;
};

export class PlaceList {
  private readonly root = byId('list');
  private readonly latest = new Latest();

  constructor(private readonly options: ListOptions) {
    this.root?.addEventListener('click', (event) => this.click(event));
    for (const [entering, leaving] of [
      ['pointerover', 'pointerleave'],
      ['focusin', 'focusout'],
    ] as const) {
      this.root?.addEventListener(entering, (event) => options.pointed(lineOf(event)));
      this.root?.addEventListener(leaving, () => options.pointed(null));
    }
  }

  /** Shows the places of a box (everywhere if null) under filters; near a position, from the nearest on. */
  async show(filters: Filters, box: Box | null, near: [number, number] | null = null): Promise<void> {
    const query = filterQuery(filters);
    if (box) query.set('bbox', writeBox(box));
    if (near) query.set('near', near.map((degrees) => degrees.toFixed(4)).join(','));
    await this.load(`/lieux?${readable(query)}`);
  }

  /** What is shown is about to be out of date, and so is what was asked for before. */
  expect(): void {
    this.root?.setAttribute('aria-busy', 'true');
    void this.latest.run(async () => null);
  }

  private async load(address: string): Promise<void> {
    if (!this.root) return;
    this.root.setAttribute('aria-busy', 'true');
    try {
      const fragment = await this.latest.run((signal) => fetchFragment(address, 'list', signal));
      if (!fragment) return;
      const held = this.held();
      this.root.replaceChildren(fragment);
      if (held !== null) (this.link(held) ?? document.getElementById('q'))?.focus({ preventScroll: true });
      this.said();
    } catch {
      this.root.replaceChildren(element('p', { class: 'empty' }, text('list.failed')));
      announce(text('list.failed'));
    }
    this.root.removeAttribute('aria-busy');
  }

  /** The place whose line has the focus, which new lines must not lose; null when none has. */
  private held(): number | null {
    const line = document.activeElement?.closest<HTMLElement>('[data-place]');
    return line && this.root?.contains(line) ? Number(line.dataset.place) : null;
  }

  private said(): void {
    const count = Number(this.root?.querySelector<HTMLElement>('.results')?.dataset.count ?? 0);
    this.options.filled(count);
    announce(text('list.here', { count }));
  }

  /** Marks the line of a place that the map points at; null marks none. */
  point(id: number | null): void {
    for (const line of this.root?.querySelectorAll<HTMLElement>('[data-place]') ?? []) {
      line.toggleAttribute('data-pointed', Number(line.dataset.place) === id);
    }
  }

  /** The link of a place, to give the focus back to; null when it is not in the list. */
  link(id: number): HTMLElement | null {
    return this.root?.querySelector<HTMLElement>(`[data-place="${id}"] a`) ?? null;
  }

  private click(event: MouseEvent): void {
    if (isForBrowser(event)) return;
    const page = closest(event, 'nav a[href]');
    if (page) {
      event.preventDefault();
      void this.load((page as HTMLAnchorElement).href).then(() => this.root?.scrollIntoView());
      return;
    }
    const line = closest(event, '[data-place]');
    const place = lineOf(event);
    if (!line || !place) return;
    event.preventDefault();
    this.options.chose(place, line);
  }
}

/** The place of the line that an event is in. */
function lineOf(event: Event): Marked | null {
  const line = closest(event, '[data-place]');
  return line ? readMarked(line) : null;
}

/** A place as an element's data attributes tell it; null when they do not. */
export function readMarked(from: HTMLElement): Marked | null {
  const { place, lon, lat, ...rest } = from.dataset;
  if (!place || !lon || !lat) return null;
  const { category, group, kind, state } = rest;
  const known = Object.entries({ category, group, kind, state }).filter(([, value]) => value);
  return { id: Number(place), lon: Number(lon), lat: Number(lat), ...Object.fromEntries(known) };
}

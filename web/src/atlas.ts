// The page of the map: one question (filters, the chosen place) that the address
// bar, the chips, the list, the card and the map all show. Whoever changes it calls
// ask or choose; everything else follows from there.

import { fetchCounts, Latest, type Suggestion } from './api.ts';
import { Card } from './card.ts';
import { byId, debounce } from './dom.ts';
import { FilterPanel } from './filters.ts';
import { PlaceList, readMarked } from './list.ts';
import { startLocating } from './locate.ts';
import type { Marked, Proposed } from './map/mark.ts';
import type { Category } from './map/style.ts';
import type { MapView } from './map/view.ts';
import {
  type Box,
  type Filters,
  filterQuery,
  type Look,
  lookOf,
  type Question,
  readable,
  readQuestion,
  writeBox,
  writeLook,
  writeQuestion,
  zoomOf,
} from './question.ts';
import { Sheet } from './sheet.ts';
import { text } from './text.ts';

/** The data block #atlas; its Go side is web.Atlas. */
export type AtlasData = {
  language: string;
  tiles: string;
  basemap: string;
  pictograms: string;
  extent: Box | [] | null;
  groups: { id: string; label: string }[];
  categories: Category[];
  pending?: Proposed[]; // what the reader has proposed and nobody has answered yet
  embedded: boolean; // in a frame on somebody else's page
};

/** From this zoom a place has room to be looked at. */
const closeEnough = 16;

export class Atlas {
  private question: Question = readQuestion(location.search);
  /** The zoom for the place that the address names. */
  private zoom = this.question.place === null ? null : zoomOf(location.search);
  /** Where the reader said to be: the list then begins with what is nearest. */
  private here: [number, number] | null = null;
  private map: MapView | null = null;
  private readonly panel = new FilterPanel((filters) => this.ask(filters));
  private readonly sheet = new Sheet();
  private readonly card = new Card(() => this.choose(null));
  private readonly counting = new Latest();
  private readonly look: Look | null;
  private readonly following = debounce(150, () => this.follow());
  private listScroll = 0;
  private chosen: Marked | null = null;
  private readonly list = new PlaceList({
    chose: (place) => this.choose(place),
    pointed: (place) => this.map?.point(place),
    filled: () => undefined,
  });

  constructor(private readonly data: AtlasData) {
    this.look = lookOf(location, this.extent);
    this.panel.show(this.question.filters);
    addEventListener('popstate', () => this.restore());
    startLocating((lon, lat, metres) => {
      this.here = [lon, lat];
      if (this.map) this.map.showHere(lon, lat, metres);
      this.refresh();
    });
    this.outlining();
    if (this.question.place !== null) void this.open(this.question.place, null);
  }

  /** Loads the map and hands it the page; says so where it cannot be. */
  async start(container: HTMLElement): Promise<void> {
    if (!canDraw()) return this.without(container);
    try {
      const { MapView } = await import('./map/view.ts');
      this.map = new MapView({
        container,
        sheet: byId('sheet'),
        tiles: this.data.tiles,
        basemap: this.data.basemap,
        language: this.data.language,
        extent: this.extent,
        look: this.look,
        filters: this.question.filters,
        outlines: this.question.outlines,
        pending: this.data.pending ?? [],
        groups: this.data.groups.map((group) => group.id),
        categories: this.data.categories,
        moved: () => this.moved(),
        chose: (place) => this.choose(place),
        pointed: (id) => this.list.point(id),
      });
      if (this.chosen) this.mark(this.chosen);
      this.refresh();
    } catch (error) {
      console.error(error);
      this.without(container);
    }
  }

  private get extent(): Box | null {
    return this.data.extent?.length === 4 ? this.data.extent : null;
  }

  private without(container: HTMLElement): void {
    const sentence = document.createElement('p');
    sentence.className = 'map__unavailable';
    sentence.textContent = text('map.unavailable');
    container.replaceChildren(sentence);
    container.dataset.state = 'unavailable';
    this.sheet.stop = 'full';
    this.refresh();
  }

  /** What a search suggestion leads to. */
  take(suggestion: Suggestion): void {
    if (suggestion.type === 'place' && suggestion.position) {
      const [lon, lat] = suggestion.position;
      const { category, group, kind } = suggestion;
      const known = Object.entries({ category, group, kind }).filter(([, value]) => value);
      this.choose({ id: Number(suggestion.id), lon, lat, ...Object.fromEntries(known) });
    } else if (suggestion.type === 'neighbourhood' && suggestion.bbox) {
      this.map?.fit(suggestion.bbox);
    } else if (suggestion.type === 'category' || suggestion.type === 'group') {
      this.ask({ [suggestion.type]: [suggestion.id] });
    }
  }

  /** Where suggestions are near to: the middle of the map. */
  near(): [number, number] | null {
    const look = this.map?.look();
    return look ? [look.lon, look.lat] : null;
  }

  /** The checkbox that draws the neighbourhoods. */
  private outlining(): void {
    const box = document.querySelector<HTMLInputElement>('[data-action=outlines]');
    if (!box) return;
    box.checked = this.question.outlines;
    box.addEventListener('change', (event) => {
      event.stopPropagation();
      this.question = { ...this.question, outlines: box.checked };
      history.replaceState(null, '', writeQuestion(this.question, location.href));
      this.map?.ask(this.question.filters, box.checked);
    });
  }

  private ask(filters: Filters): void {
    this.question = { ...this.question, filters };
    this.write();
    this.showFilters();
  }

  /** Tells the address bar, so that the back button undoes it; in a frame that button is the other page's. */
  private write(): void {
    const address = writeQuestion(this.question, location.href);
    if (this.data.embedded) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
  }

  /** Leads the links to the same question on paper and in a frame to where the map is. */
  private lead(box: Box | null): void {
    for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-tool]')) {
      const query = filterQuery(this.question.filters);
      if (box) query.set('bbox', writeBox(box));
      if (link.search.includes('lang=')) query.set('lang', this.data.language);
      link.href = `${link.dataset.tool}?${readable(query)}`;
    }
  }

  private showFilters(): void {
    this.panel.show(this.question.filters);
    this.map?.ask(this.question.filters);
    this.refresh();
  }

  private choose(place: Marked | null): void {
    const before = this.question.place;
    if (before === (place?.id ?? null)) return;
    this.question = { ...this.question, place: place?.id ?? null };
    this.write();
    if (place) void this.open(place.id, place);
    else this.close(before);
  }

  private async open(id: number, known: Marked | null): Promise<void> {
    if (!this.card.open) this.listScroll = this.sheet.scrolled;
    if (known) this.mark(known);
    const shown = await this.card.show(id);
    if (!shown) return;
    if (this.sheet.stop === 'peek') this.sheet.stop = 'half';
    this.sheet.scrollTo(0);
    const place = readMarked(shown);
    if (place) this.mark(place);
  }

  /** Marks the chosen place on the map and brings it into view; waits for a map that is still loading. */
  private mark(place: Marked): void {
    this.chosen = place;
    if (!this.map) return;
    this.map.choose(place);
    const zoom = this.zoom ?? Math.max(this.map.look().zoom, closeEnough);
    if (this.zoom !== null || !this.map.sees(place.lon, place.lat) || this.map.look().zoom < closeEnough - 1) {
      this.map.goTo(place.lon, place.lat, zoom);
    }
    this.zoom = null;
  }

  private close(id: number | null): void {
    this.card.hide();
    this.chosen = null;
    this.map?.choose(null);
    this.sheet.scrollTo(this.listScroll);
    const back = (id !== null && this.list.link(id)) || byId('q');
    back?.focus({ preventScroll: true });
  }

  /** The back and forward buttons: shows what the address now says. */
  private restore(): void {
    const before = this.question;
    this.question = readQuestion(location.search);
    if (JSON.stringify(before.filters) !== JSON.stringify(this.question.filters)) this.showFilters();
    if (before.place === this.question.place) return;
    if (this.question.place !== null) void this.open(this.question.place, null);
    else this.close(before.place);
  }

  /** The list and the counters follow, once things have been quiet. */
  private refresh(): void {
    this.list.expect();
    this.following();
  }

  private moved(): void {
    if (!this.map) return;
    history.replaceState(null, '', location.pathname + location.search + writeLook(this.map.look()));
    this.refresh();
  }

  /** Brings the list and the counters to where the map is. */
  private async follow(): Promise<void> {
    const box = this.map?.box() ?? null;
    this.lead(box);
    const { group: _, category: __, ...others } = this.question.filters;
    const counts = this.counting.run((signal) => fetchCounts(others, box, signal));
    await this.list.show(this.question.filters, box, this.here);
    await counts.then((found) => found && this.panel.count(found)).catch(() => undefined);
  }
}

/** WebGL 2 is there. MapLibre needs it and would fail later, with less to say. */
function canDraw(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}

// The small map of the desk: where a place stands, where it is proposed, and what may
// be the same. It is made once and moves from item to item.

import type { AtlasData } from '../atlas.ts';
import { byId, element } from '../dom.ts';
import type { MapView } from '../map/view.ts';
import type { Box } from '../question.ts';
import { text } from '../text.ts';

type Position = [number, number]; // longitude, latitude
type Spot = { old?: Position; new?: Position; alike?: { name: string; at: Position }[] };

/** How far around one position the map shows, in degrees: some 150 m. */
const around = 0.0015;

export class SpotMap {
  private map: Promise<MapView | null> | null = null;
  private pins: (() => void)[] = [];
  private shown = 0;

  constructor(private readonly container: HTMLElement | null) {}

  /** Shows the spot of the item that stands in the page; nothing where it has none, or where there is no room. */
  show(page: HTMLElement): void {
    const { container } = this;
    if (!container) return;
    const spot = JSON.parse(page.querySelector('#spot')?.textContent || '{}') as Spot;
    const box = boxOf(spot);
    container.hidden = !box;
    if (!box || !container.checkVisibility()) return;
    const turn = ++this.shown;
    this.map ??= open(container, box);
    void this.map.then((map) => {
      if (!map) container.hidden = true;
      else if (turn === this.shown) this.fill(map, spot, box);
    });
  }

  private fill(map: MapView, spot: Spot, box: Box): void {
    for (const remove of this.pins) remove();
    this.pins = [];
    for (const [i, one] of (spot.alike ?? []).entries()) this.pin(map, 'alike', one.at, `${i + 1}`, one.name);
    const moved = spot.old && spot.new;
    if (spot.old) this.pin(map, moved ? 'old' : 'here', spot.old, '', text(moved ? 'desk.old' : 'desk.here'));
    if (spot.new) this.pin(map, 'new', spot.new, '', text('desk.new'));
    map.fit(box);
  }

  private pin(map: MapView, what: string, [lon, lat]: Position, sign: string, title: string): void {
    this.pins.push(
      map.pin(element('span', { class: `pin pin--${what}`, role: 'img', 'aria-label': title, title }, sign), lon, lat),
    );
  }
}

async function open(container: HTMLElement, box: Box): Promise<MapView | null> {
  const data = JSON.parse(byId('bench-atlas')?.textContent || 'null') as AtlasData | null;
  if (!data) return null;
  try {
    const { MapView } = await import('../map/view.ts');
    return new MapView({
      container,
      sheet: null,
      tiles: data.tiles,
      basemap: data.basemap,
      language: data.language,
      extent: box,
      look: null,
      filters: {},
      groups: data.groups.map((group) => group.id),
      categories: data.categories,
      moved: () => undefined,
      chose: () => undefined,
      pointed: () => undefined,
    });
  } catch (error) {
    console.error(error);
    return null;
  }
}

/** West, south, east, north of all that is to be seen, with some room; null for nothing. */
function boxOf({ old, new: proposed, alike = [] }: Spot): Box | null {
  const all = [old, proposed, ...alike.map((one) => one.at)].filter((one) => one !== undefined);
  if (!old && !proposed) return null;
  const lons = all.map(([lon]) => lon);
  const lats = all.map(([, lat]) => lat);
  return [
    Math.min(...lons) - around,
    Math.min(...lats) - around / 1.5,
    Math.max(...lons) + around,
    Math.max(...lats) + around / 1.5,
  ];
}

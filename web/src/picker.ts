// Choosing the position of a place: a map under a fixed cross, or where one stands.
// The two fields of the form stay the truth; they work without this.

import type { AtlasData } from './atlas.ts';
import { announce, byId } from './dom.ts';
import { type Look, readLook } from './question.ts';
import { text } from './text.ts';

const decimals = 6; // a tenth of a metre
/** The zoom at which one position is looked at. */
const near = 17;
/** How far a finger may slip and still tap, in CSS pixels. */
const slip = 8;

export class Picker {
  private map: import('./map/view.ts').MapView | null = null;
  /** Where the fields were told to be, until the map is moved elsewhere by hand. */
  private told: { lat: number; lon: number } | null = null;
  private starting = false;
  private readonly frame = byId('picker');
  private readonly lat: HTMLInputElement | null;
  private readonly lon: HTMLInputElement | null;

  constructor(
    form: HTMLFormElement,
    private readonly data: AtlasData,
  ) {
    this.lat = form.querySelector('[name=lat]');
    this.lon = form.querySelector('[name=lon]');
    for (const field of [this.lat, this.lon]) field?.addEventListener('change', () => this.follow());
  }

  /** Opens the map where the fields say, else where the address does. */
  async open(): Promise<void> {
    const container = this.frame?.querySelector<HTMLElement>('[data-picker]');
    if (!container || !this.frame || this.map) return;
    this.frame.hidden = false;
    try {
      const { MapView } = await import('./map/view.ts');
      this.map = new MapView({
        container,
        sheet: null,
        tiles: this.data.tiles,
        basemap: this.data.basemap,
        language: this.data.language,
        extent: this.data.extent?.length === 4 ? this.data.extent : null,
        look: this.look(),
        filters: {},
        groups: this.data.groups.map((group) => group.id),
        categories: this.data.categories,
        moved: () => this.settled(),
        chose: () => undefined,
        pointed: () => undefined,
      });
      this.frame.scrollIntoView({ block: 'nearest' });
      this.followTaps(container);
    } catch (error) {
      console.error(error);
      this.frame.hidden = true;
      announce(text('map.unavailable'));
    }
  }

  /** How near the map looks, or is about to; 0 without one. */
  get zoom(): number {
    const zoom = this.map?.look().zoom ?? 0;
    return this.told ? Math.max(zoom, near) : zoom;
  }

  /** The map comes nearer to the cross. */
  closer(): void {
    const look = this.map?.look();
    if (look) this.map?.goTo(look.lon, look.lat, near);
  }

  private look(): Look | null {
    return this.typed() ?? readLook(location.hash);
  }

  /** The position in the fields; null where they hold none. */
  private typed(): Look | null {
    const lat = Number(this.lat?.value.replace(',', '.'));
    const lon = Number(this.lon?.value.replace(',', '.'));
    const known = lat && lon && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
    return known ? { lat, lon, zoom: near } : null;
  }

  /** The map goes where the fields say: what one typed counts, and is seen. */
  private follow(): void {
    const typed = this.typed();
    if (typed) this.goTo(typed.lat, typed.lon, Math.max(this.zoom, near));
  }

  /** The fields stay as they are while the map flies, and when it has come there. */
  private goTo(lat: number, lon: number, zoom: number): void {
    this.told = { lat, lon };
    this.starting = true; // a move under way ends here, and is not the one that is meant
    this.map?.goTo(lon, lat, zoom);
    this.starting = false;
  }

  /** A move has ended: there, or elsewhere because somebody moved the map. */
  private settled(): void {
    if (this.starting) return;
    const look = this.map?.look();
    const there = look && this.told && isNear(look, this.told);
    if (!there) this.told = null;
    this.take();
  }

  /** A tap moves what was tapped under the cross. */
  private followTaps(container: HTMLElement): void {
    let down: PointerEvent | null = null;
    container.addEventListener('pointerdown', (event) => {
      down = event;
    });
    container.addEventListener('click', (event) => {
      const look = this.map?.look();
      const moved = down ? Math.hypot(event.x - down.x, event.y - down.y) : 0;
      if (!look || moved > slip || !(event.target instanceof HTMLCanvasElement)) return;
      const box = container.getBoundingClientRect();
      const [lon, lat] = beside(look, event.x - box.x - box.width / 2, event.y - box.y - box.height / 2);
      this.write(lat, lon);
      this.goTo(lat, lon, look.zoom);
    });
  }

  /** The fields say where the cross is; what was typed stays as it was typed. */
  take(): void {
    const look = this.map?.look();
    if (look && !this.told) this.write(look.lat, look.lon);
  }

  private write(lat: number, lon: number): void {
    if (this.lat) this.lat.value = lat.toFixed(decimals);
    if (this.lon) this.lon.value = lon.toFixed(decimals);
  }

  here(): void {
    announce(text('locate.asking'));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        this.write(coords.latitude, coords.longitude);
        this.goTo(coords.latitude, coords.longitude, 18);
        announce(text('locate.found', { metres: Math.round(coords.accuracy) }));
      },
      () => announce(text('locate.failed')),
      { enableHighAccuracy: true, timeout: 15_000 },
    );
  }
}

/** Two positions that are the same for a map, which rounds: some two metres. */
export function isNear(a: { lat: number; lon: number }, b: { lat: number; lon: number }): boolean {
  return Math.abs(a.lat - b.lat) < 2e-5 && Math.abs(a.lon - b.lon) < 2e-5;
}

/** The position so many CSS pixels right of and below the middle of a map: longitude, latitude (spherical Mercator). */
export function beside(look: Look, right: number, below: number): [number, number] {
  const world = 512 * 2 ** look.zoom;
  const middle = Math.log(Math.tan(Math.PI / 4 + (look.lat * Math.PI) / 360));
  const lat = (360 / Math.PI) * Math.atan(Math.exp(middle - (2 * Math.PI * below) / world)) - 90;
  return [look.lon + (360 * right) / world, lat];
}

// Choosing the position of a place: a map under a fixed cross, or where one stands.
// The two fields of the form stay the truth; they work without this.

import type { AtlasData } from './atlas.ts';
import { announce, byId } from './dom.ts';
import { type Look, readLook } from './question.ts';
import { text } from './text.ts';

const decimals = 6; // a tenth of a metre
/** How far a finger may slip and still tap, in CSS pixels. */
const slip = 8;

export class Picker {
  private map: import('./map/view.ts').MapView | null = null;
  private readonly frame = byId('picker');
  private readonly lat: HTMLInputElement | null;
  private readonly lon: HTMLInputElement | null;

  constructor(
    form: HTMLFormElement,
    private readonly data: AtlasData,
  ) {
    this.lat = form.querySelector('[name=lat]');
    this.lon = form.querySelector('[name=lon]');
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
        moved: () => this.take(),
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

  /** How near the map looks; 0 without one. */
  get zoom(): number {
    return this.map?.look().zoom ?? 0;
  }

  /** The map comes nearer to the cross. */
  closer(): void {
    const look = this.map?.look();
    if (look) this.map?.goTo(look.lon, look.lat, 17);
  }

  private look(): Look | null {
    const lat = Number(this.lat?.value.replace(',', '.'));
    const lon = Number(this.lon?.value.replace(',', '.'));
    return lat && lon ? { lat, lon, zoom: 17 } : readLook(location.hash);
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
      this.map?.goTo(lon, lat, look.zoom);
    });
  }

  /** The fields say where the cross is. */
  take(): void {
    const look = this.map?.look();
    if (look) this.write(look.lat, look.lon);
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
        this.map?.goTo(coords.longitude, coords.latitude, 18);
        announce(text('locate.found', { metres: Math.round(coords.accuracy) }));
      },
      () => announce(text('locate.failed')),
      { enableHighAccuracy: true, timeout: 15_000 },
    );
  }
}

/** The position so many CSS pixels right of and below the middle of a map: longitude, latitude (spherical Mercator). */
export function beside(look: Look, right: number, below: number): [number, number] {
  const world = 512 * 2 ** look.zoom;
  const middle = Math.log(Math.tan(Math.PI / 4 + (look.lat * Math.PI) / 360));
  const lat = (360 / Math.PI) * Math.atan(Math.exp(middle - (2 * Math.PI * below) / world)) - 90;
  return [look.lon + (360 * right) / world, lat];
}

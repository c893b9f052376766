// Choosing the position of a place: a map under a fixed cross, or where one stands.
// The two fields of the form stay the truth; they work without this.

import type { AtlasData } from './atlas.ts';
import { announce, byId } from './dom.ts';
import { text } from './text.ts';

const decimals = 6; // a tenth of a metre

export function startPicker(): void {
  const form = byId<HTMLFormElement>('place-form');
  const block = byId('atlas');
  const frame = byId('picker');
  if (!form || !block?.textContent || !frame) return;
  const data = JSON.parse(block.textContent) as AtlasData;
  const picker = new Picker(form, frame, data);
  form.querySelector('[data-action=pick]')?.addEventListener('click', () => void picker.open());
  form.querySelector('[data-action=here]')?.addEventListener('click', () => picker.here());
  startCategories(form);
}

class Picker {
  private map: import('./map/view.ts').MapView | null = null;
  private readonly lat: HTMLInputElement | null;
  private readonly lon: HTMLInputElement | null;

  constructor(
    form: HTMLFormElement,
    private readonly frame: HTMLElement,
    private readonly data: AtlasData,
  ) {
    this.lat = form.querySelector('[name=lat]');
    this.lon = form.querySelector('[name=lon]');
  }

  async open(): Promise<void> {
    const container = this.frame.querySelector<HTMLElement>('[data-picker]');
    if (!container || this.map) return;
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
        moved: () => this.read(),
        chose: () => undefined,
        pointed: () => undefined,
      });
      this.frame.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      console.error(error);
      this.frame.hidden = true;
      announce(text('map.unavailable'));
    }
  }

  private look() {
    const lat = Number(this.lat?.value.replace(',', '.'));
    const lon = Number(this.lon?.value.replace(',', '.'));
    return lat && lon ? { lat, lon, zoom: 17 } : null;
  }

  /** The fields say where the cross is. */
  private read(): void {
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
        this.map?.goTo(coords.longitude, coords.latitude, 17);
        announce(text('locate.found', { metres: Math.round(coords.accuracy) }));
      },
      () => announce(text('locate.failed')),
      { enableHighAccuracy: true, timeout: 15_000 },
    );
  }
}

/** What is typed into the search of categories chooses in the list. */
function startCategories(form: HTMLFormElement): void {
  const typed = form.querySelector<HTMLInputElement>('[name=category_text]');
  const list = form.querySelector<HTMLSelectElement>('[name=category]');
  typed?.addEventListener('input', () => {
    const words = typed.value.trim().toLocaleLowerCase();
    const found = [...(list?.options ?? [])].find((one) => one.value && one.text.toLocaleLowerCase() === words);
    if (list && found) {
      list.value = found.value;
      typed.value = '';
      list.focus();
    }
  });
}

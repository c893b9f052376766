// The map itself: MapLibre on our tiles, told what to show by atlas.ts and telling
// it what the reader did. Loaded lazily: only a page that shows a map imports this.

import {
  type GeoJSONSource,
  type MapGeoJSONFeature,
  MapLibreMap,
  Marker,
  type Point,
  type PointLike,
  ScaleControl,
  type StyleSpecification,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { calm } from '../dom.ts';
import type { Box, Filters, Look } from '../question.ts';
import { text } from '../text.ts';
import { baseStyle } from './base.ts';
import { addButtons } from './buttons.ts';
import { accuracyCircle, labelPoints } from './geometry.ts';
import { choosePictograms, draw } from './images.ts';
import type { Marked, Proposed } from './mark.ts';
import './map.css';
import { readPalette } from './palette.ts';
import { type Category, compose, tilesFor } from './style.ts';

setWorkerUrl(workerUrl);

export type MapOptions = {
  container: HTMLElement;
  sheet: HTMLElement | null; // what may cover the foot of the map
  tiles: string;
  basemap: string; // URL template of what lies under the places; empty for nothing
  language: string;
  extent: Box | null;
  look: Look | null;
  filters: Filters;
  outlines?: boolean; // draw the neighbourhoods
  pending?: Proposed[]; // what the reader has proposed
  groups: string[];
  categories: Category[];
  moved: () => void; // the map has come to rest somewhere else
  chose: (place: Marked | null) => void; // null: a click beside everything
  pointed: (id: number | null) => void;
};

// Metropolitan France, for a map without any place.
const nowhere: Box = [-5, 42, 8.5, 51.2];
/** Half the side of what a finger touches (44 px). */
const reach = 22;
const fitting = { maxZoom: 16 };
/** Free room around what is fitted into view, in CSS pixels. */
const room = 32;
/** Height of the row of chips over the head of the map, in CSS pixels. */
const chips = 48;

/** MapLibre asks for tiles from a worker, which knows no page; {z} stays as it is. */
const absolute = (template: string): string => location.origin + template;

export class MapView {
  private readonly map: MapLibreMap;
  private filters: Filters;
  private outlines: boolean;
  /** The place under the mouse. */
  private hovered: number | null = null;
  /** What is drawn over the tiles, by source: a new style starts without it. */
  private readonly overlay = new Map<string, GeoJSON.GeoJSON>();

  constructor(private readonly options: MapOptions) {
    const { container, look } = options;
    this.filters = options.filters;
    choosePictograms(options.categories);
    this.outlines = options.outlines ?? false;
    this.map = new MapLibreMap({
      container,
      style: this.style(),
      ...(look ? { center: [look.lon, look.lat], zoom: look.zoom } : { bounds: options.extent ?? nowhere }),
      fitBoundsOptions: { ...fitting, padding: this.padding() },
      attributionControl: false, // the page's own footer names the sources, with or without a map
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 20,
      minZoom: 2,
      fadeDuration: calm() ? 0 : 200,
      locale: { 'Map.Title': text('map.canvas') },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 90 }), 'bottom-left');
    container.querySelector('.maplibregl-ctrl-scale')?.setAttribute('aria-hidden', 'true'); // "30 m" of nothing
    this.map.setMissingStyleImageResolver(async (name) => this.addPicture(name));
    addButtons(this.map, container, () => this.fit(options.extent ?? nowhere));
    this.listen();
  }

  private listen(): void {
    const { map, options } = this;
    const { dataset } = options.container;
    map.on('load', () => this.complete());
    map.on('idle', () => {
      dataset.state = 'idle';
    });
    map.on('movestart', () => {
      dataset.state = 'busy';
    });
    map.on('moveend', options.moved);
    map.on('click', (event) => this.click(event.point));
    map.on('mousemove', (event) => this.hover(event.point));
    map.on('mouseout', () => {
      this.hovered = null;
      this.point(null);
      options.pointed(null);
    });
    for (const eyes of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
      matchMedia(eyes).addEventListener('change', () => this.restyle());
    }
  }

  private style(): StyleSpecification {
    const { options, filters } = this;
    const palette = readPalette(options.groups);
    return compose({
      palette,
      base: options.basemap ? baseStyle(absolute(options.basemap), palette.theme, options.language) : undefined,
      tiles: tilesFor(new URL(options.tiles, location.origin).href, filters),
      neighbourhoods: `${location.origin}/ogc/collections/neighbourhoods/items?limit=1000`,
      categories: options.categories,
      groups: options.groups,
      chosenCategories: filters.category ?? [],
      today: Math.floor(Date.now() / 86_400_000),
      outlines: this.outlines || filters.neighbourhood !== undefined,
    });
  }

  private restyle(): void {
    this.options.container.dataset.state = 'busy';
    this.map.setStyle(this.style());
    this.overlayAll();
  }

  /** Once the style is there: what was to be shown before it was, and the names. */
  private complete(): void {
    this.show('pending', proposals(this.options.pending ?? []));
    this.overlayAll();
    void this.nameNeighbourhoods();
  }

  private overlayAll(): void {
    for (const [source, data] of this.overlay) this.show(source, data);
  }

  private addPicture(name: string): void {
    const density = Math.min(3, Math.max(1, devicePixelRatio));
    const image = draw(name, readPalette(this.options.groups), density);
    if (image && !this.map.hasImage(name)) this.map.addImage(name, image, { pixelRatio: density });
  }

  private async nameNeighbourhoods(): Promise<void> {
    const source = this.map.getSource<GeoJSONSource>('neighbourhoods');
    if (source) this.show('neighbourhood-names', labelPoints(await source.getData()));
  }

  private show(source: string, data: GeoJSON.GeoJSON): void {
    this.overlay.set(source, data);
    this.map.getSource<GeoJSONSource>(source)?.setData(data);
  }

  /** The nearest place or cluster within reach of a point. */
  private near(point: Point): MapGeoJSONFeature | undefined {
    const box: [PointLike, PointLike] = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    const layers = ['pending', 'badges', 'dots', 'clusters'].filter((layer) => this.map.getLayer(layer));
    const distance = (feature: MapGeoJSONFeature) => this.map.project(positionOf(feature)).dist(point);
    return this.map.queryRenderedFeatures(box, { layers }).sort((a, b) => distance(a) - distance(b))[0];
  }

  private click(point: Point): void {
    const found = this.near(point);
    if (!found) {
      this.options.chose(null);
      return;
    }
    const [lon, lat] = positionOf(found);
    if (found.layer.id === 'pending') location.assign(String(found.properties.href));
    else if (found.layer.id === 'clusters') this.goTo(lon, lat, Math.min(this.map.getZoom() + 2.5, 15));
    else this.options.chose({ ...found.properties, id: Number(found.id), lon, lat });
  }

  private hover(point: Point): void {
    const found = this.near(point);
    this.map.getCanvas().style.cursor = found ? 'pointer' : '';
    const isPlace = found?.layer.id === 'badges' || found?.layer.id === 'dots';
    const id = isPlace ? Number(found.id) : null;
    if (id === this.hovered) return;
    this.hovered = id;
    const [lon = 0, lat = 0] = found ? positionOf(found) : [];
    this.point(found && id !== null ? { id, lon, lat } : null);
    this.options.pointed(id);
  }

  /** What is in view. */
  box(): Box {
    return this.map.getBounds().toArray().flat() as Box;
  }

  /** A position is well in view: not at the edge, nor under the chips or the sheet of a phone. */
  sees(lon: number, lat: number): boolean {
    const { x, y } = this.map.project([lon, lat]);
    const { width, height } = this.options.container.getBoundingClientRect();
    const foot = height - this.covered();
    return x > room && x < width - room && y > room + chips && y < foot - room;
  }

  /** How much of the foot of the map is under the sheet, in CSS pixels. */
  private covered(): number {
    const map = this.options.container.getBoundingClientRect();
    const sheet = this.options.sheet?.getBoundingClientRect();
    if (!sheet || sheet.left >= map.right || sheet.right <= map.left) return 0;
    return Math.min(map.height * 0.7, Math.max(0, map.bottom - sheet.top));
  }

  private padding() {
    return { top: room + chips, left: room, right: room, bottom: room + this.covered() };
  }

  look(): Look {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat, zoom: this.map.getZoom() };
  }

  /** Shows the places of other filters. */
  ask(filters: Filters, outlines = this.outlines): void {
    this.filters = filters;
    this.outlines = outlines;
    this.restyle();
  }

  choose(place: Marked | null): void {
    this.show('chosen', marks(place));
  }

  point(place: Marked | null): void {
    this.show('pointed', marks(place));
  }

  goTo(lon: number, lat: number, zoom: number): void {
    const center: [number, number] = [lon, lat];
    const over = this.options.sheet ? chips : 0; // a map under a cross has none, and goes there exactly
    const offset: [number, number] = [0, (over - this.covered()) / 2];
    if (calm()) this.map.easeTo({ center, zoom, offset, duration: 0 });
    else this.map.flyTo({ center, zoom, offset, maxDuration: 1200 });
  }

  fit(box: Box): void {
    this.map.fitBounds(box, { ...fitting, padding: this.padding(), animate: !calm() });
  }

  /** Puts an element of the page on a position; the answer takes it away again. */
  pin(element: HTMLElement, lon: number, lat: number): () => void {
    const marker = new Marker({ element }).setLngLat([lon, lat]).addTo(this.map);
    return () => marker.remove();
  }

  /** Marks where the reader is, give or take some metres, and goes there. */
  showHere(lon: number, lat: number, metres: number): void {
    this.show('here', accuracyCircle(lon, lat, metres));
    this.goTo(lon, lat, Math.max(15, this.map.getZoom()));
  }
}

function positionOf(feature: MapGeoJSONFeature): [number, number] {
  return (feature.geometry as GeoJSON.Point).coordinates as [number, number];
}

function proposals(all: Proposed[]): GeoJSON.FeatureCollection {
  const features = all.flatMap((one) => marks({ ...one, state: 'pending' }).features);
  return { type: 'FeatureCollection', features };
}

function marks(place: Marked | null): GeoJSON.FeatureCollection {
  if (!place) return { type: 'FeatureCollection', features: [] };
  const { lon, lat, ...properties } = place;
  const geometry = { type: 'Point' as const, coordinates: [lon, lat] };
  return { type: 'FeatureCollection', features: [{ type: 'Feature', geometry, properties }] };
}

// The map on which an area is drawn: the base map, the neighbourhoods and the area,
// nothing else. Loaded when it is asked for.

import { type GeoJSONSource, MapLibreMap, type StyleSpecification, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { calm } from '../dom.ts';
import { text } from '../text.ts';
import { baseStyle } from './base.ts';
import { addButtons } from './buttons.ts';
import { themeNow } from './palette.ts';
import './map.css';

setWorkerUrl(workerUrl);

type Corner = [number, number];
type Ground = { basemap: string; language: string; extent: number[] };

const nowhere: [number, number, number, number] = [-5, 42, 8.5, 51.2]; // metropolitan France

export class DrawingMap {
  private readonly map: MapLibreMap;
  private corners: Corner[] = [];

  constructor(container: HTMLElement, ground: Ground, touched: (at: Corner) => void) {
    const [west = nowhere[0], south = nowhere[1], east = nowhere[2], north = nowhere[3]] = ground.extent ?? [];
    const bounds: [number, number, number, number] = [west, south, east, north];
    this.map = new MapLibreMap({
      container,
      style: style(ground),
      bounds,
      attributionControl: false, // the footer of the page names the sources
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 20,
      fadeDuration: calm() ? 0 : 200,
      locale: { 'Map.Title': text('map.canvas') },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    addButtons(this.map, container, () => this.map.fitBounds(bounds, { animate: !calm() }));
    this.map.on('load', () => this.show(this.corners));
    this.map.on('idle', () => {
      container.dataset.state = 'idle';
    });
    this.map.on('movestart', () => {
      container.dataset.state = 'busy';
    });
    this.map.on('click', ({ lngLat }) => touched([lngLat.lng, lngLat.lat]));
  }

  centre(): Corner {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  show(corners: Corner[]): void {
    this.corners = corners;
    this.map.getSource<GeoJSONSource>('area')?.setData(features(corners));
  }
}

function features(corners: Corner[]): GeoJSON.FeatureCollection {
  const shapes: GeoJSON.Geometry[] = corners.map((coordinates) => ({ type: 'Point', coordinates }));
  if (corners.length === 2) shapes.push({ type: 'LineString', coordinates: corners });
  if (corners.length > 2) shapes.push({ type: 'Polygon', coordinates: [[...corners, ...corners.slice(0, 1)]] });
  return {
    type: 'FeatureCollection',
    features: shapes.map((geometry) => ({ type: 'Feature', properties: {}, geometry })),
  };
}

function style(ground: Ground): StyleSpecification {
  const night = matchMedia('(prefers-color-scheme: dark)').matches;
  const value = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const accent = value('--accent');
  const base: StyleSpecification = ground.basemap
    ? baseStyle(location.origin + ground.basemap, themeNow(night), ground.language)
    : { version: 8, sources: {}, layers: [] };
  return {
    ...base,
    sources: {
      ...base.sources,
      neighbourhoods: { type: 'geojson', data: `${location.origin}/ogc/collections/neighbourhoods/items?limit=1000` },
      area: { type: 'geojson', data: features([]) },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': value('--paper') } },
      ...base.layers,
      { id: 'limits', type: 'line', source: 'neighbourhoods', paint: { 'line-color': value('--line-strong') } },
      { id: 'area', type: 'fill', source: 'area', paint: { 'fill-color': accent, 'fill-opacity': 0.2 } },
      { id: 'edge', type: 'line', source: 'area', paint: { 'line-color': accent, 'line-width': 3 } },
      {
        id: 'corners',
        type: 'circle',
        source: 'area',
        filter: ['==', ['geometry-type'], 'Point'],
        paint: { 'circle-color': accent, 'circle-radius': 6 },
      },
    ],
  };
}

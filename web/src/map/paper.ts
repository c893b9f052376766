// The map on paper: drawn once, numbered as the list beside it, and put into the page
// as a picture, which a printer takes at any size.

import {
  type GeoJSONSourceSpecification,
  type LayerSpecification,
  LngLatBounds,
  MapLibreMap,
  type StyleSpecification,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { baseStyle } from './base.ts';
import type { Marked } from './mark.ts';
import type { Palette } from './palette.ts';

setWorkerUrl(workerUrl);

export type Sheet = { basemap: string; language: string; palette: Palette; places: Marked[] };

/** Pixels of the picture for one of the page: paper is finer than a screen. */
const density = 2.5;

/** Draws the places of a sheet, 1, 2, 3, …, and gives the picture as PNG. */
export async function picture(container: HTMLElement, sheet: Sheet): Promise<Blob> {
  const bounds = new LngLatBounds();
  for (const { lon, lat } of sheet.places) bounds.extend([lon, lat]);
  const map = new MapLibreMap({
    container,
    style: paperStyle(sheet),
    bounds: bounds.isEmpty() ? [-5, 42, 8.5, 51.2] : bounds,
    fitBoundsOptions: { padding: 36, maxZoom: 16.5 },
    interactive: false,
    attributionControl: false,
    fadeDuration: 0,
    pixelRatio: density,
    canvasContextAttributes: { preserveDrawingBuffer: true },
  });
  try {
    await new Promise((resolve) => map.once('idle', resolve));
    return await new Promise<Blob>((resolve, reject) => {
      map.getCanvas().toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png');
    });
  } finally {
    map.remove();
  }
}

/** The base map by day, and a numbered disc for each place. */
export function paperStyle({ basemap, language, palette, places }: Sheet): StyleSpecification {
  const base = basemap ? baseStyle(location.origin + basemap, 'light', language) : undefined;
  return {
    version: 8,
    sources: { ...base?.sources, numbered: numbered(places) },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': '#ffffff' } },
      ...(base?.layers ?? []),
      ...discs(palette),
    ],
  };
}

function numbered(places: Marked[]): GeoJSONSourceSpecification {
  const features = places.map(({ lon, lat, group }, i): GeoJSON.Feature => {
    const geometry = { type: 'Point' as const, coordinates: [lon, lat] };
    return { type: 'Feature', geometry, properties: { number: String(i + 1), group: group ?? 'commerce' } };
  });
  return { type: 'geojson', data: { type: 'FeatureCollection', features } };
}

function discs(palette: Palette): LayerSpecification[] {
  const colours = Object.entries(palette.groups).flat();
  return [
    {
      id: 'discs',
      type: 'circle',
      source: 'numbered',
      paint: {
        'circle-radius': 10,
        'circle-color': ['match', ['get', 'group'], ...colours, '#56616e'] as never,
        'circle-stroke-color': '#ffffff',
        'circle-stroke-width': 1.5,
      },
    },
    {
      id: 'numbers',
      type: 'symbol',
      source: 'numbered',
      layout: {
        'text-field': ['get', 'number'],
        'text-font': ['Semibold', 'Atkinson Hyperlegible Next Variable'],
        'text-size': 11,
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': '#ffffff' },
    },
  ];
}

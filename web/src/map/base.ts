// The map under the places: tiles in the layers of the Protomaps basemap schema, in
// greys and greens so pale that places stand out. Names are written in local fonts.

import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl';

/** The colours of the ground, by day and by night. */
type Ground = {
  earth: string;
  green: string;
  wood: string;
  built: string; // schools, hospitals, works
  sand: string;
  water: string;
  waterName: string;
  building: string;
  buildingEdge: string;
  road: string;
  roadEdge: string;
  path: string;
  rail: string;
  border: string;
  name: string;
  halo: string;
};

const day: Ground = {
  earth: '#fbfaf7',
  green: '#e6efdf',
  wood: '#dae8d3',
  built: '#f1eee7',
  sand: '#f5efdd',
  water: '#cfe0ea',
  waterName: '#48708a',
  building: '#ebe7df',
  buildingEdge: '#ddd8ce',
  road: '#ffffff',
  roadEdge: '#d9d4ca',
  path: '#d3c9b8',
  rail: '#c3bfb7',
  border: '#b3a9b8',
  name: '#4b545b',
  halo: '#fbfaf7',
};

const night: Ground = {
  earth: '#151c22',
  green: '#18251f',
  wood: '#17281f',
  built: '#1b2228',
  sand: '#23231f',
  water: '#0d2433',
  waterName: '#7fa6bf',
  building: '#20282f',
  buildingEdge: '#2a333b',
  road: '#2f3942',
  roadEdge: '#12181d',
  path: '#394248',
  rail: '#3a434b',
  border: '#5b5266',
  name: '#aab0b5',
  halo: '#12181d',
};

const regular = ['Regular', 'Atkinson Hyperlegible Next Variable'];
const semibold = ['Semibold', 'Atkinson Hyperlegible Next Variable'];

const source = 'basemap';
const kindIs = (...kinds: string[]): ExpressionSpecification => ['in', ['get', 'kind'], ['literal', kinds]];
const both = (...all: ExpressionSpecification[]): ExpressionSpecification => ['all', ...all];
const flag = (name: string): ExpressionSpecification => ['==', ['get', name], true];
const isLine: ExpressionSpecification = ['==', ['geometry-type'], 'LineString'];
const isArea: ExpressionSpecification = ['==', ['geometry-type'], 'Polygon'];

/** A width in pixels that doubles with each zoom from the first stop to the last. */
function width(...stops: [number, number][]): DataDrivenPropertyValueSpecification<number> {
  return [
    'interpolate',
    ['exponential', 1.6],
    ['zoom'],
    ...stops.flat(),
  ] as DataDrivenPropertyValueSpecification<number>;
}

function fill(
  id: string,
  layer: string,
  colour: string,
  filter?: ExpressionSpecification,
  minzoom = 0,
): LayerSpecification {
  return {
    id: `base-${id}`,
    type: 'fill',
    source,
    'source-layer': layer,
    minzoom,
    ...(filter ? { filter } : {}),
    paint: { 'fill-color': colour, 'fill-antialias': layer !== 'earth' },
  };
}

type Road = {
  id: string;
  filter: ExpressionSpecification;
  from: number;
  inner: ReturnType<typeof width>;
  outer: ReturnType<typeof width>;
};

/** From the smallest to the largest, which is drawn last. */
const roads: Road[] = [
  {
    id: 'minor',
    filter: kindIs('minor_road'),
    from: 12,
    inner: width([12, 0.4], [15, 3], [18, 13]),
    outer: width([12, 0.8], [15, 4.2], [18, 15]),
  },
  {
    id: 'major',
    filter: kindIs('major_road'),
    from: 6,
    inner: width([6, 0.4], [12, 1.6], [15, 5], [18, 19]),
    outer: width([6, 0.6], [12, 2.4], [15, 6.6], [18, 21]),
  },
  {
    id: 'highway',
    filter: kindIs('highway'),
    from: 4,
    inner: width([4, 0.5], [12, 2.4], [15, 7], [18, 22]),
    outer: width([4, 0.8], [12, 3.6], [15, 9], [18, 25]),
  },
];

function streets(g: Ground): LayerSpecification[] {
  const common = { type: 'line', source, 'source-layer': 'roads' } as const;
  const layout = { 'line-cap': 'round', 'line-join': 'round' } as const;
  const layers: LayerSpecification[] = [
    {
      ...common,
      id: 'base-rail',
      minzoom: 11,
      filter: kindIs('rail'),
      layout,
      paint: { 'line-color': g.rail, 'line-width': width([11, 0.6], [18, 2.4]) },
    },
    {
      ...common,
      id: 'base-ferry',
      filter: kindIs('ferry'),
      layout,
      paint: { 'line-color': g.waterName, 'line-opacity': 0.4, 'line-dasharray': [3, 3], 'line-width': 1 },
    },
    {
      ...common,
      id: 'base-paths',
      minzoom: 13,
      filter: kindIs('path'),
      layout,
      paint: { 'line-color': g.path, 'line-dasharray': [2, 1.6], 'line-width': width([13, 0.5], [18, 3]) },
    },
  ];
  for (const [what, colour] of [
    ['edge', g.roadEdge],
    ['way', g.road],
  ] as const) {
    for (const road of roads) {
      layers.push({
        ...common,
        id: `base-${road.id}-${what}`,
        minzoom: road.from,
        filter: road.filter,
        layout,
        paint: {
          'line-color': colour,
          'line-width': what === 'edge' ? road.outer : road.inner,
          'line-opacity': ['case', flag('is_tunnel'), 0.4, 1],
        },
      });
    }
  }
  return layers;
}

/** French first, or the reader's own language; then what stands on the sign. */
function nameIn(language: string): ExpressionSpecification {
  return ['coalesce', ['get', `name:${language}`], ['get', 'name'], ''];
}

function names(g: Ground, language: string): LayerSpecification[] {
  const paint = { 'text-color': g.name, 'text-halo-color': g.halo, 'text-halo-width': 1.4 };
  return [
    {
      id: 'base-water-names',
      type: 'symbol',
      source,
      'source-layer': 'water',
      minzoom: 12,
      filter: both(isLine, kindIs('river', 'canal')),
      layout: {
        'symbol-placement': 'line',
        'text-field': nameIn(language),
        'text-font': regular,
        'text-size': 13,
        'symbol-spacing': 400,
      },
      paint: { ...paint, 'text-color': g.waterName },
    },
    {
      id: 'base-road-names',
      type: 'symbol',
      source,
      'source-layer': 'roads',
      minzoom: 14,
      filter: kindIs('minor_road', 'major_road', 'highway', 'path'),
      layout: {
        'symbol-placement': 'line',
        'text-field': nameIn(language),
        'text-font': regular,
        'text-size': ['interpolate', ['linear'], ['zoom'], 14, 11, 18, 14],
        'symbol-spacing': 350,
        'text-padding': 6,
      },
      paint,
    },
    {
      id: 'base-places',
      type: 'symbol',
      source,
      'source-layer': 'places',
      filter: kindIs('locality', 'island'),
      maxzoom: 16,
      layout: {
        'text-field': nameIn(language),
        'text-font': semibold,
        'text-size': [
          'interpolate',
          ['linear'],
          ['zoom'],
          8,
          ['match', ['get', 'kind'], 'locality', 13, 11],
          15,
          ['match', ['get', 'kind'], 'locality', 20, 14],
        ],
        'text-max-width': 8,
        'text-padding': 8,
        'symbol-sort-key': ['-', ['coalesce', ['get', 'population'], 0]],
      },
      paint: { ...paint, 'text-opacity': 0.85 },
    },
  ];
}

/** What a reader's eyes ask for. */
export const themes = ['light', 'dark', 'contrast', 'contrast-dark'] as const;
export type Theme = (typeof themes)[number];

const grounds: Record<Theme, Ground> = {
  light: day,
  dark: night,
  // Lines and words that stand out, on grounds that do not.
  contrast: {
    ...day,
    earth: '#ffffff',
    built: '#f6f6f3',
    building: '#e9e6df',
    buildingEdge: '#8a857b',
    roadEdge: '#6f6a62',
    path: '#7a6c55',
    rail: '#6a665f',
    border: '#6a5b74',
    water: '#b9d6e8',
    waterName: '#123a55',
    name: '#101a22',
    halo: '#ffffff',
  },
  'contrast-dark': {
    ...night,
    earth: '#000000',
    built: '#0c1013',
    building: '#161c21',
    buildingEdge: '#7d868d',
    road: '#3f4a54',
    roadEdge: '#9aa4ab',
    path: '#98a2a8',
    rail: '#98a2a8',
    border: '#b7a9c6',
    water: '#08293f',
    waterName: '#b9dcf2',
    name: '#f4f2ee',
    halo: '#000000',
  },
};

/** The base map from the tiles at a URL template, for a reader of a language. */
export function baseStyle(tiles: string, theme: Theme, language: string): StyleSpecification {
  const g = grounds[theme];
  return {
    version: 8,
    sources: { [source]: { type: 'vector', tiles: [tiles], minzoom: 0, maxzoom: 15 } },
    layers: [
      fill('earth', 'earth', g.earth),
      fill(
        'built',
        'landuse',
        g.built,
        kindIs(
          'industrial',
          'commercial',
          'hospital',
          'school',
          'university',
          'college',
          'kindergarten',
          'railway',
          'parking',
          'aerodrome',
          'military',
          'quarry',
          'pedestrian',
          'pier',
        ),
      ),
      fill('sand', 'landuse', g.sand, kindIs('beach', 'sand', 'bare_rock')),
      fill(
        'green',
        'landuse',
        g.green,
        kindIs(
          'park',
          'garden',
          'grass',
          'meadow',
          'village_green',
          'recreation_ground',
          'allotments',
          'cemetery',
          'golf_course',
          'pitch',
          'playground',
          'farmland',
          'orchard',
          'grassland',
          'nature_reserve',
          'scrub',
          'stadium',
        ),
      ),
      fill('wood', 'landuse', g.wood, kindIs('wood', 'forest', 'wetland')),
      fill('water', 'water', g.water, isArea),
      {
        id: 'base-streams',
        type: 'line',
        source,
        'source-layer': 'water',
        filter: both(isLine, ['!', flag('is_tunnel')]),
        paint: { 'line-color': g.water, 'line-width': width([8, 0.8], [15, 3], [18, 10]) },
      },
      {
        id: 'base-buildings',
        type: 'fill',
        source,
        'source-layer': 'buildings',
        minzoom: 13,
        paint: {
          'fill-color': g.building,
          'fill-outline-color': g.buildingEdge,
          'fill-opacity': ['interpolate', ['linear'], ['zoom'], 13, 0, 14.5, 1],
        },
      },
      ...streets(g),
      {
        id: 'base-borders',
        type: 'line',
        source,
        'source-layer': 'boundaries',
        paint: {
          'line-color': g.border,
          'line-dasharray': [4, 2],
          'line-width': ['match', ['get', 'kind'], 'country', 1.6, 1],
          'line-opacity': 0.7,
        },
      },
      ...names(g, language),
    ],
  };
}

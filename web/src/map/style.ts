// The style of the map, layer by layer from the ground up. A base map can be slid
// under ours: compose takes its style and keeps its sources and layers below.

import type {
  ExpressionSpecification,
  FilterSpecification,
  GeoJSONSourceSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import { type Filters, filterQuery, readable, tileFilterNames } from '../question.ts';
import type { Palette } from './palette.ts';
import { ringName } from './ring.ts';

export type Category = {
  id: string;
  group: string;
  kind: string;
  label: string;
  min_zoom: number;
  verify_days: number;
  pictogram?: string; // the category whose pictogram it has, where that is not its own
};

export type Ingredients = {
  palette: Palette;
  tiles: string; // URL template with the filters
  neighbourhoods: string; // URL of their GeoJSON
  categories: Category[];
  groups: string[];
  chosenCategories: string[]; // shown at every zoom, because asked for by name
  base?: StyleSpecification | undefined;
  today: number; // in days since 1970-01-01
  outlines: boolean; // neighbourhoods are drawn though a base map lies there
};

/** The first zoom with places; below it the tiles hold clusters. */
export const placesFrom = 13;
/** From here badges may touch, so that nothing stays a dot, and names are written. */
export const namesFrom = 16;

// Weight is read off the first family of a stack; the second is the one that exists.
const regular = ['Regular', 'Atkinson Hyperlegible Next Variable'];
const semibold = ['Semibold', 'Atkinson Hyperlegible Next Variable'];

/** Names the picture of a place: see images.ts. */
export function markName(what: 'badge' | 'chosen' | 'dot', night: boolean): ExpressionSpecification {
  const part = (name: string, missing: string): unknown[] => ['/', ['coalesce', ['get', name], missing]];
  return [
    'concat',
    `${what}/${night ? 'night' : 'day'}`,
    ...(what === 'dot' ? [] : part('category', 'other')),
    ...part('group', 'commerce'),
    ...part('kind', 'service'),
    ...part('state', 'open'),
  ] as unknown as ExpressionSpecification;
}

/** Shows a category from its own zoom on, or from the first if it was asked for. */
export function fromItsZoom(categories: Category[], chosen: string[]): FilterSpecification {
  const late = categories.filter((category) => category.min_zoom > placesFrom && !chosen.includes(category.id));
  if (late.length === 0) return ['literal', true] as unknown as FilterSpecification;
  const zooms = late.flatMap((category) => [category.id, category.min_zoom]);
  return ['>=', ['zoom'], ['match', ['get', 'category'], ...zooms, 0]] as unknown as FilterSpecification;
}

/** How much is left of a place that nobody has verified for longer than its category wants. */
const faded = 0.45;

/** Fades places whose day of verifying is past: the day stands in the tile, the patience with the category. */
export function freshness(categories: Category[], today: number): ExpressionSpecification {
  const never = 1e6; // days
  const patience = categories.filter(({ verify_days }) => verify_days > 0).flatMap((one) => [one.id, one.verify_days]);
  if (patience.length === 0) return ['literal', 1] as unknown as ExpressionSpecification;
  const due = ['+', ['get', 'verified'], ['match', ['get', 'category'], ...patience, never]];
  return ['case', ['all', ['has', 'verified'], ['<', due, today]], faded, 1] as unknown as ExpressionSpecification;
}

function ground(palette: Palette): LayerSpecification[] {
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': palette.sunk } },
    {
      id: 'neighbourhoods',
      type: 'fill',
      source: 'neighbourhoods',
      filter: ['!=', ['geometry-type'], 'Point'],
      paint: { 'fill-color': palette.paper, 'fill-antialias': false },
    },
  ];
}

function borders({ palette, base, outlines }: Ingredients): LayerSpecification[] {
  // Without a base map they are all the ground there is.
  const visibility = outlines || !base ? 'visible' : 'none';
  return [
    {
      id: 'neighbourhood-borders',
      type: 'line',
      source: 'neighbourhoods',
      layout: { 'line-join': 'round', visibility },
      paint: {
        'line-color': base ? palette.inkSoft : palette.line,
        ...(base ? { 'line-dasharray': [4, 2.5] } : {}),
        'line-width': ['interpolate', ['linear'], ['zoom'], 10, 1, 16, 2.5],
      },
    },
    {
      id: 'neighbourhood-names',
      type: 'symbol',
      source: 'neighbourhood-names',
      minzoom: 11,
      layout: {
        visibility,
        'text-field': ['get', 'name'],
        'text-font': semibold,
        'text-size': ['interpolate', ['linear'], ['zoom'], 11, 12, 16, 17],
        'text-max-width': 8,
        'text-letter-spacing': 0.04,
        'text-padding': 4,
        'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right', 'top-left', 'bottom-right'],
        'text-radial-offset': 2.5,
      },
      paint: {
        'text-color': palette.ink,
        'text-opacity': palette.night ? 0.6 : 0.5,
        'text-halo-color': palette.paper,
        'text-halo-width': 1.5,
      },
    },
  ];
}

function clusters({ palette, groups }: Ingredients): LayerSpecification {
  return {
    id: 'clusters',
    type: 'symbol',
    source: 'places',
    'source-layer': 'clusters',
    maxzoom: placesFrom,
    layout: {
      'icon-image': ringName(groups, palette.night) as unknown as ExpressionSpecification,
      'icon-allow-overlap': true,
      'text-field': [
        'case',
        ['>=', ['get', 'count'], 10000],
        ['concat', ['to-string', ['round', ['/', ['get', 'count'], 1000]]], ' k'],
        ['to-string', ['get', 'count']],
      ],
      'text-font': semibold,
      'text-size': ['step', ['get', 'count'], 12, 10, 13, 100, 14],
      'text-allow-overlap': true,
      // Where two meet, the smaller lies on the rim of the larger and hides no number.
      'symbol-sort-key': ['-', ['get', 'count']],
    },
    paint: { 'text-color': palette.ink },
  };
}

function places({ palette, categories, chosenCategories, today }: Ingredients): LayerSpecification[] {
  const common = { type: 'symbol', source: 'places', 'source-layer': 'places', minzoom: placesFrom } as const;
  const filter = fromItsZoom(categories, chosenCategories);
  const opacity = freshness(categories, today);
  return [
    {
      ...common,
      id: 'dots',
      maxzoom: namesFrom + 2,
      filter,
      layout: {
        'icon-image': markName('dot', palette.night),
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
      paint: { 'icon-opacity': opacity },
    },
    {
      ...common,
      id: 'badges',
      filter,
      layout: {
        'icon-image': markName('badge', palette.night),
        'icon-size': ['interpolate', ['linear'], ['zoom'], 13, 0.85, 16, 1, 19, 1.25],
        'icon-allow-overlap': ['step', ['zoom'], false, namesFrom + 2, true],
        'icon-padding': 0,
        'text-field': ['step', ['zoom'], '', namesFrom, ['coalesce', ['get', 'name'], '']],
        'text-font': regular,
        'text-size': 14,
        'text-max-width': 9,
        'text-optional': true,
        'text-variable-anchor-offset': ['top', [0, 1.1], 'bottom', [0, -1.1], 'left', [1.25, 0], 'right', [-1.25, 0]],
        'text-justify': 'auto',
        'text-line-height': 1.15,
      },
      paint: {
        'icon-opacity': opacity,
        'text-color': palette.ink,
        'text-halo-color': palette.paper,
        'text-halo-width': 1.6,
      },
    },
  ];
}

/** Where the reader is, and what is pointed at or chosen: sources that islands fill. */
function overlays(palette: Palette): LayerSpecification[] {
  return [
    {
      id: 'here-accuracy',
      type: 'fill',
      source: 'here',
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': palette.accent, 'fill-opacity': 0.12, 'fill-outline-color': palette.accent },
    },
    {
      id: 'here',
      type: 'circle',
      source: 'here',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 8,
        'circle-color': palette.accent,
        'circle-stroke-color': palette.card,
        'circle-stroke-width': 3,
      },
    },
    {
      id: 'pointed',
      type: 'circle',
      source: 'pointed',
      paint: {
        'circle-radius': 21,
        'circle-color': palette.accent,
        'circle-opacity': 0.18,
        'circle-stroke-color': palette.accent,
        'circle-stroke-width': 2,
      },
    },
  ];
}

function chosen(palette: Palette): LayerSpecification {
  return {
    id: 'chosen',
    type: 'symbol',
    source: 'chosen',
    layout: {
      'icon-image': markName('chosen', palette.night),
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
    },
  };
}

/** The tile address, whose {z}, {x} and {y} a URL may have escaped, with the filters that cut tiles. */
export function tilesFor(template: string, filters: Filters): string {
  const query = readable(filterQuery(filters, tileFilterNames));
  return template.replaceAll('%7B', '{').replaceAll('%7D', '}') + (query && `?${query}`);
}

const nothing: GeoJSONSourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };

/** The whole style, with the base map's sources and layers between the ground and ours. */
export function compose(ingredients: Ingredients): StyleSpecification {
  const { palette, base } = ingredients;
  return {
    version: 8,
    ...(base?.sprite ? { sprite: base.sprite } : {}),
    sources: {
      ...base?.sources,
      neighbourhoods: { type: 'geojson', data: ingredients.neighbourhoods },
      'neighbourhood-names': nothing,
      places: { type: 'vector', tiles: [ingredients.tiles], minzoom: 0, maxzoom: 16 },
      here: nothing,
      pointed: nothing,
      chosen: nothing,
    },
    layers: [
      ...ground(palette),
      ...(base?.layers ?? []),
      ...borders(ingredients),
      clusters(ingredients),
      ...places(ingredients),
      ...overlays(palette),
      chosen(palette),
    ],
  };
}

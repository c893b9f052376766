// The style that others take: /style.json, for any map that draws MapLibre styles. Its
// base map is the very one of our pages; our places are discs, since pictograms are
// drawn by a script of ours. Built once, with the pages; the server writes whole
// addresses in the place of paths.

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { baseStyle, type Theme } from './base.ts';

/** What discs are drawn in: a colour for each group id, and that of words and edges. */
export type Discs = { groups: Record<string, string>; other: string; ink: string; paper: string };

const regular = ['Regular', 'Atkinson Hyperlegible Next Variable'];
const semibold = ['Semibold', 'Atkinson Hyperlegible Next Variable'];

export function outsideStyle(theme: Theme, language: string, discs: Discs): StyleSpecification {
  const base = baseStyle('', theme, language);
  return {
    version: 8,
    name: 'CartoQuartiers',
    sources: {
      basemap: { type: 'vector', url: '/tiles/basemap.json' },
      places: { type: 'vector', url: '/tiles/places.json' },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': discs.paper } },
      ...base.layers,
      ...clusters(discs),
      ...places(discs),
    ],
  };
}

function clusters({ ink, paper }: Discs): LayerSpecification[] {
  const common = { source: 'places', 'source-layer': 'clusters', maxzoom: 13 } as const;
  return [
    {
      ...common,
      id: 'clusters',
      type: 'circle',
      paint: {
        'circle-radius': ['step', ['get', 'count'], 13, 10, 16, 100, 20, 1000, 26],
        'circle-color': paper,
        'circle-stroke-color': ink,
        'circle-stroke-width': 2,
      },
    },
    {
      ...common,
      id: 'cluster-counts',
      type: 'symbol',
      layout: {
        'text-field': ['to-string', ['get', 'count']],
        'text-font': semibold,
        'text-size': 13,
        'text-allow-overlap': true,
      },
      paint: { 'text-color': ink },
    },
  ];
}

function places({ groups, other, ink, paper }: Discs): LayerSpecification[] {
  const common = { source: 'places', 'source-layer': 'places', minzoom: 13 } as const;
  const colour = ['match', ['get', 'group'], ...Object.entries(groups).flat(), other];
  return [
    {
      ...common,
      id: 'places',
      type: 'circle',
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 13, 4, 18, 9],
        // Closed ones are hollow.
        'circle-color': ['match', ['get', 'state'], 'open', colour, paper] as unknown as ExpressionSpecification,
        'circle-stroke-color': ['match', ['get', 'state'], 'open', paper, colour] as unknown as ExpressionSpecification,
        'circle-stroke-width': 1.5,
      },
    },
    {
      ...common,
      id: 'place-names',
      type: 'symbol',
      minzoom: 16,
      layout: {
        'text-field': ['coalesce', ['get', 'name'], ''],
        'text-font': regular,
        'text-size': 13,
        'text-max-width': 9,
        'text-offset': [0, 1.1],
        'text-anchor': 'top',
        'text-optional': true,
      },
      paint: { 'text-color': ink, 'text-halo-color': paper, 'text-halo-width': 1.5 },
    },
  ];
}

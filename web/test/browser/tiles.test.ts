// The tiles of the server, read by a decoder that is not ours, against its items.

import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile';
import { type StyleSpecification, validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { PbfReader } from 'pbf';
import { expect, inject, test } from 'vitest';

const origin = inject('origin');

type Item = { id: number; geometry: { coordinates: [number, number] }; properties: Record<string, unknown> };

async function json(path: string) {
  const response = await fetch(origin + path);
  expect(response.status, path).toBe(200);
  return response.json();
}

async function allItems(query = ''): Promise<Item[]> {
  const { features } = (await json(`/ogc/collections/places/items?limit=10000${query}`)) as { features: Item[] };
  expect(features.length).toBeGreaterThan(100);
  return features;
}

/** Tile column and row of a position at a zoom, with their fractions (web mercator). */
function project([lon, lat]: [number, number], zoom: number): [number, number] {
  const sine = Math.sin((lat * Math.PI) / 180);
  const y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  return [((lon + 180) / 360) * 2 ** zoom, y * 2 ** zoom];
}

async function features(zoom: number, x: number, y: number, layer: string, query = ''): Promise<VectorTileFeature[]> {
  const response = await fetch(`${origin}/tiles/places/${zoom}/${x}/${y}.mvt${query}`);
  if (response.status === 204) return [];
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('application/vnd.mapbox-vector-tile');
  const tile = new VectorTile(new PbfReader(new Uint8Array(await response.arrayBuffer())));
  const found = tile.layers[layer];
  return found ? Array.from({ length: found.length }, (_, i) => found.feature(i)) : [];
}

/** The tiles of a zoom that hold items. */
function tilesOf(all: Item[], zoom: number): [number, number][] {
  const addresses = all.map(({ geometry }) => project(geometry.coordinates, zoom).map(Math.floor).join('/'));
  return [...new Set(addresses)].map((address) => address.split('/').map(Number) as [number, number]);
}

test.each([13, 15, 17])('at zoom %i every item is in its tile, at its place, with its words', async (zoom) => {
  const all = await allItems();
  const drawn = new Map<number, VectorTileFeature>();
  const at = new Map<number, [number, number]>();
  for (const [x, y] of tilesOf(all, zoom)) {
    for (const feature of await features(zoom, x, y, 'places')) {
      const [point] = feature.loadGeometry()[0] ?? [];
      if (!point || point.x < 0 || point.x >= feature.extent || point.y < 0 || point.y >= feature.extent) continue;
      drawn.set(Number(feature.id), feature);
      at.set(Number(feature.id), [x + point.x / feature.extent, y + point.y / feature.extent]);
    }
  }
  expect([...drawn.keys()].sort()).toEqual(all.map((item) => item.id).sort());
  for (const { id, geometry, properties } of all) {
    const [x, y] = project(geometry.coordinates, zoom);
    const [tileX, tileY] = at.get(id) ?? [0, 0];
    expect(Math.abs(tileX - x) * 4096, `column of ${id}`).toBeLessThanOrEqual(1);
    expect(Math.abs(tileY - y) * 4096, `row of ${id}`).toBeLessThanOrEqual(1);
    const words = drawn.get(id)?.properties ?? {};
    for (const name of ['category', 'group', 'kind', 'state'])
      expect(words[name], `${name} of ${id}`).toBe(properties[name]);
    expect(words.name ?? '', `name of ${id}`).toBe(properties.name ?? '');
  }
});

test.each([
  ['', 5],
  ['', 12],
  ['?group=nature', 11],
  ['?kind=initiative', 10],
  ['?group=culture,health&kind=service', 12],
] as const)('clusters%s of zoom %i count what the API counts', async (query, zoom) => {
  const all = await allItems();
  const path = `/ogc/collections/places/items?limit=1${query.replace('?', '&')}`;
  const { numberMatched } = (await json(path)) as { numberMatched: number };
  let count = 0;
  let byGroup = 0;
  for (const [x, y] of tilesOf(all, zoom)) {
    for (const { properties } of await features(zoom, x, y, 'clusters', query)) {
      const { count: cell, ...groups } = properties as Record<string, number>;
      count += cell ?? 0;
      byGroup += Object.values(groups).reduce((sum, group) => sum + group, 0);
    }
  }
  expect(count).toBe(numberMatched);
  expect(byGroup).toBe(numberMatched);
});

test('TileJSON tells where the tiles are and what is in them', async () => {
  const info = (await json('/tiles/places.json')) as {
    tilejson: string;
    tiles: string[];
    vector_layers: { id: string }[];
  };
  expect(info.tilejson).toMatch(/^3\./);
  expect(info.tiles[0]).toContain('/tiles/places/{z}/{x}/{y}.mvt');
  expect(info.vector_layers.map((layer) => layer.id).sort()).toEqual(['clusters', 'places']);
});

test('the style leads other programs to the tiles, whole and valid', async () => {
  for (const theme of ['light', 'dark', 'contrast', 'contrast-dark']) {
    const style = (await json(`/style.json?theme=${theme}&lang=en`)) as StyleSpecification;
    expect(validateStyleMin(style), theme).toEqual([]);
    for (const source of Object.values(style.sources)) {
      const { url = '' } = source as { url?: string };
      expect(url.startsWith(origin)).toBe(true);
      const { tiles } = (await json(url.slice(origin.length))) as { tiles: string[] };
      expect(tiles[0]?.startsWith(origin)).toBe(true);
    }
  }
});

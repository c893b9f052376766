import { readFileSync } from 'node:fs';
import { VectorTile, type VectorTileLayer } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { expect, test } from 'vitest';

// The tiles that tiles/golden_test.go writes, read by a decoder that is not ours.

type Address = { Z: number; X: number; Y: number };
type Expected = {
  places: Address;
  clusters: Address;
  expected: {
    id: number;
    name?: string;
    category: string;
    group: string;
    kind: string;
    state: string;
    point: [number, number];
  }[];
  groups: Record<string, number>;
};

const testdata = new URL('../../../tiles/testdata/', import.meta.url);
const golden: Expected = JSON.parse(readFileSync(new URL('expected.json', testdata), 'utf8'));

function onlyLayer(file: string, name: string): VectorTileLayer {
  const { layers } = new VectorTile(new PbfReader(readFileSync(new URL(file, testdata))));
  expect(Object.keys(layers)).toEqual([name]);
  const layer = layers[name];
  expect(layer).toMatchObject({ version: 2, extent: 4096 });
  return layer as VectorTileLayer;
}

function features(layer: VectorTileLayer) {
  return Array.from({ length: layer.length }, (_, i) => layer.feature(i));
}

test('places are read with their ids, properties and positions', () => {
  const { Z, X, Y } = golden.places;
  const found = features(onlyLayer('places.mvt', 'places'));
  expect(found.map((f) => f.id).sort()).toEqual(golden.expected.map((p) => p.id).sort());
  for (const { id, point, ...properties } of golden.expected) {
    const feature = found.find((f) => f.id === id);
    expect(feature?.properties).toEqual(properties);
    const { geometry } = feature?.toGeoJSON(X, Y, Z) ?? {};
    if (geometry?.type !== 'Point') throw new Error(`place ${id} is a ${geometry?.type}`);
    const unit = 360 / 2 ** Z / 4096; // degrees of longitude; of latitude it is less
    expect(Math.abs((geometry.coordinates[0] as number) - point[0])).toBeLessThanOrEqual(unit);
    expect(Math.abs((geometry.coordinates[1] as number) - point[1])).toBeLessThanOrEqual(unit);
  }
});

test('clusters count every place, in all and by group', () => {
  const found = features(onlyLayer('clusters.mvt', 'clusters'));
  const sum = (key: string) => found.reduce((total, f) => total + Number(f.properties[key] ?? 0), 0);
  expect(sum('count')).toBe(golden.expected.length);
  for (const [group, count] of Object.entries(golden.groups)) expect(sum(group)).toBe(count);
  expect(new Set(found.map((f) => f.id)).size).toBe(found.length);
});

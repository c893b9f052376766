import { createExpression, validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { expect, test } from 'vitest';
import { baseStyle, themes } from '../../src/map/base.ts';
import { accuracyCircle, labelPoints } from '../../src/map/geometry.ts';
import { arcs, readRing, ringParts } from '../../src/map/ring.ts';
import { compose, freshness, fromItsZoom, tilesFor } from '../../src/map/style.ts';

const palette = {
  night: false,
  theme: 'light' as const,
  ink: '#14212b',
  inkSoft: '#4a5660',
  paper: '#fbfaf7',
  card: '#fff',
  sunk: '#f1efe9',
  line: '#d9d6cf',
  accent: '#1f5fa8',
  groups: { civic: '#345fb2', nature: '#1e7729' },
};
const bench = { id: 'bench', group: 'amenities', kind: 'service', label: 'Banc', min_zoom: 17, verify_days: 0 };
const library = {
  id: 'library',
  group: 'culture',
  kind: 'service',
  label: 'Bibliothèque',
  min_zoom: 13,
  verify_days: 30,
};
const ingredients = {
  palette,
  tiles: 'http://localhost/tiles/places/{z}/{x}/{y}.mvt',
  neighbourhoods: 'http://localhost/ogc/collections/neighbourhoods/items',
  categories: [bench, library],
  groups: ['civic', 'nature'],
  chosenCategories: [],
  today: 20_000,
  outlines: false,
};

test('the style is valid by day and by night', () => {
  expect(validateStyleMin(compose(ingredients))).toEqual([]);
  expect(validateStyleMin(compose({ ...ingredients, palette: { ...palette, night: true } }))).toEqual([]);
});

test('the style asks for no glyphs, and for nothing elsewhere', () => {
  const style = compose(ingredients);
  expect(style.glyphs).toBeUndefined();
  expect(JSON.stringify(style).match(/https?:\/\/[^/"]+/g)).toEqual(['http://localhost', 'http://localhost']);
});

test('a base map lies above the ground and below everything of ours, in each theme', () => {
  for (const theme of themes) {
    const base = baseStyle('http://localhost/tiles/basemap/{z}/{x}/{y}.mvt', theme, 'fr');
    const style = compose({ ...ingredients, base });
    const ids = style.layers.map((layer) => layer.id);
    expect(validateStyleMin(style)).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    const ofBase = ids.filter((id) => id.startsWith('base-'));
    expect(ofBase.length).toBeGreaterThan(10);
    for (const id of ofBase) {
      expect(ids.indexOf(id)).toBeGreaterThan(ids.indexOf('ground'));
      expect(ids.indexOf(id)).toBeLessThan(ids.indexOf('neighbourhood-borders'));
    }
  }
});

test('the base map draws only layers that the tiles have', () => {
  const layers = ['earth', 'landuse', 'water', 'buildings', 'roads', 'boundaries', 'places']; // basemap.layerOrder
  for (const layer of baseStyle('http://localhost/{z}', 'light', 'en').layers) {
    expect(layers).toContain('source-layer' in layer ? layer['source-layer'] : '');
  }
});

test('places that want verifying fade, others do not', () => {
  const opacity = createExpression(freshness([bench, library], 20_000), 'icon-opacity');
  if (opacity.result !== 'success') throw new Error(JSON.stringify(opacity.value));
  const at = (properties: Record<string, unknown>) =>
    opacity.value.evaluate({ zoom: 15 }, { type: 'Point', properties, id: 1 } as never);
  expect(at({ category: 'library', verified: 19_969 })).toBeLessThan(0.6);
  expect(at({ category: 'library', verified: 19_971 })).toBe(1);
  expect(at({ category: 'library' })).toBe(1);
  expect(at({ category: 'bench', verified: 1 })).toBe(1); // wants none
});

test('neighbourhoods are the ground, or drawn over a base map when asked for', () => {
  const base = baseStyle('http://localhost/{z}', 'light', 'fr');
  const seen = (style: ReturnType<typeof compose>) =>
    style.layers.filter((one) => one.id.startsWith('neighbourhood-')).map((one) => one.layout?.visibility);
  expect(seen(compose(ingredients))).toEqual(['visible', 'visible']);
  expect(seen(compose({ ...ingredients, base }))).toEqual(['none', 'none']);
  expect(seen(compose({ ...ingredients, base, outlines: true }))).toEqual(['visible', 'visible']);
});

test('a category waits for its zoom unless it was asked for', () => {
  expect(JSON.stringify(fromItsZoom([bench, library], []))).toContain('"bench",17,0');
  expect(JSON.stringify(fromItsZoom([bench, library], ['bench']))).not.toContain('bench');
});

test('tiles carry the filters that cut them, readable, and no others', () => {
  const filters = { group: ['civic', 'nature'], wheelchair: ['yes'] };
  expect(tilesFor('http://localhost/tiles/%7Bz%7D/%7Bx%7D/%7By%7D.mvt', filters)).toBe(
    'http://localhost/tiles/{z}/{x}/{y}.mvt?group=civic,nature',
  );
  expect(tilesFor('http://localhost/{z}', {})).toBe('http://localhost/{z}');
});

test('the arcs of a ring make one whole turn, whatever rounding left', () => {
  for (const parts of [[12, 0, 12], [ringParts], [1, 1, 1, 20], [8, 8, 9], [0, 0, 3]]) {
    const all = arcs(parts);
    expect(all[0]?.from).toBe(0);
    expect(all.at(-1)?.to).toBeCloseTo(1);
    expect(all).toHaveLength(parts.filter((part) => part > 0).length);
    all.slice(1).forEach((arc, i) => {
      expect(arc.from).toBe(all[i]?.to);
    });
  }
  expect(arcs([0, 0])).toEqual([]);
});

test('a ring is read from its name', () => {
  expect(readRing(['48', '0', '12', '12'])).toEqual({ side: 48, parts: [0, 12, 12] });
});

test('the circle of accuracy is as wide as it says, at any latitude', () => {
  for (const lat of [0, 43.7, 60]) {
    const geometry = accuracyCircle(7, lat, 100).features[0]?.geometry;
    const ring = geometry?.type === 'Polygon' ? (geometry.coordinates[0] ?? []) : [];
    expect(ring).toHaveLength(65);
    expect(ring[0]).toEqual(ring[64]);
    const east = (Number(ring[0]?.[0]) - 7) * 111_195 * Math.cos((lat * Math.PI) / 180);
    expect(east).toBeCloseTo(100, 1);
  }
});

test('a name stands in the middle of the largest part', () => {
  const square = (x: number, y: number, side: number): GeoJSON.Position[][] => [
    [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
      [x, y],
    ],
  ];
  const areas: GeoJSON.FeatureCollection = {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        properties: { name: 'Le Port' },
        geometry: { type: 'MultiPolygon', coordinates: [square(0, 0, 1), square(10, 10, 4)] },
      },
      { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: square(0, 0, 1) } },
    ],
  };
  const { features } = labelPoints(areas);
  expect(features).toHaveLength(1);
  expect(features[0]?.geometry).toEqual({ type: 'Point', coordinates: [12, 12] });
});

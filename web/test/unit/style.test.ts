import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { expect, test } from 'vitest';
import { baseStyle, themes } from '../../src/map/base.ts';
import { colours, groups, styles } from '../../style/plugin.ts';

test.each(themes)('the style for others is valid, whole and alone (%s)', (theme) => {
  const style = styles()[`style/${theme}.json`];
  if (!style) throw new Error(`no style ${theme}`);
  expect(validateStyleMin(style)).toEqual([]);
  expect(style.glyphs).toBeUndefined();
  expect(style.sprite).toBeUndefined();
  expect(JSON.stringify(style)).not.toMatch(/https?:/);
  // The very layers of the pages' own base map, in their order.
  const own = baseStyle('', theme, 'fr').layers;
  expect(style.layers.filter((layer) => layer.id.startsWith('base-'))).toEqual(own);
});

/** Relative luminance and contrast: WCAG 2.2, 1.4.3. */
function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function linear(colour: string): [number, number, number] {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
}

function luminance(colour: string): number {
  const [red, green, blue] = linear(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test('names of the base map stand out: 4.5 to 1, and 7 to 1 for who asks for more', () => {
  for (const theme of themes) {
    const { layers } = baseStyle('', theme, 'fr');
    const paintOf = (id: string): Record<string, unknown> => ({ ...layers.find((layer) => layer.id === id)?.paint });
    const earth = String(paintOf('base-earth')['fill-color']);
    for (const id of ['base-road-names', 'base-places']) {
      expect(contrast(String(paintOf(id)['text-color']), earth), `${theme} ${id}`).toBeGreaterThan(
        theme.startsWith('contrast') ? 7 : 4.5,
      );
    }
  }
});

test('each group has 5.6 to 1 on paper and card, by day and by night', () => {
  const { day, night } = colours();
  expect(groups()).toHaveLength(13);
  for (const group of groups()) {
    expect(contrast(day[group] ?? '', '#ffffff'), `${group} by day`).toBeGreaterThanOrEqual(5.6);
    expect(contrast(night[group] ?? '', night.paper ?? ''), `${group} by night`).toBeGreaterThanOrEqual(5.6);
    // The pictogram on its colour.
    expect(contrast(night[group] ?? '', night['on-group'] ?? ''), group).toBeGreaterThanOrEqual(4.5);
  }
});

/**
 * Dichromats' view: Machado, Oliveira and Fernandes, "A Physiologically-based Model for
 * Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, severity 1.0, on linear RGB.
 */
const machado: Record<string, number[][]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE L*a*b* (D65) of linear RGB, in which distances are those of eyes. */
function lab([red, green, blue]: [number, number, number]): [number, number, number] {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);
  const x = f((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047);
  const y = f(0.2126729 * red + 0.7151522 * green + 0.072175 * blue);
  const z = f((0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seenAs(colour: string, matrix: number[][]): [number, number, number] {
  const rgb = linear(colour);
  const seen = matrix.map((row) => row.reduce((sum, weight, i) => sum + weight * (rgb[i] ?? 0), 0));
  return lab(seen.map((value) => Math.min(1, Math.max(0, value))) as [number, number, number]);
}

/** Below this distance two discs of colour beside each other may look the same. */
const alike = 10;

function confused(eyes: number[][], palette: Record<string, string>): string[] {
  const ids = groups();
  return ids.flatMap((one, i) =>
    ids.slice(i + 1).flatMap((other) => {
      const [a, b] = [seenAs(palette[one] ?? '', eyes), seenAs(palette[other] ?? '', eyes)];
      const distance = Math.hypot(...a.map((value, at) => value - (b[at] ?? 0)));
      return distance < alike ? [`${one}–${other}`] : [];
    }),
  );
}

// No palette of thirteen hues survives the loss of a cone. What follows is the list of
// the pairs that some readers tell apart by the pictogram alone; it may only shrink.
test('which groups are told apart by their pictograms alone', () => {
  const { day, night } = colours();
  const found = Object.fromEntries(
    Object.entries(machado).map(([name, eyes]) => [name, { day: confused(eyes, day), night: confused(eyes, night) }]),
  );
  expect(found).toMatchSnapshot();
  const pictograms = new Set(groups());
  expect(pictograms.size).toBe(13); // and each of them has one: see pictograms.test.ts
  const plain = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  expect(confused(plain, day)).toEqual([]);
});

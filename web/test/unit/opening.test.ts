// The same vectors as places/hours/vectors_test.go: server and browser must agree.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clocks, standing } from '../../src/opening/hours.ts';

type Vector = { hours: string; at: string; state: string; until?: string };
const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../../places/hours/testdata/vectors.json', import.meta.url), 'utf8'),
);

const written = (at: Date) =>
  `${at.getFullYear()}-${[at.getMonth() + 1, at.getDate()].map((n) => String(n).padStart(2, '0')).join('-')} ` +
  [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, '0')).join(':');

test.each(vectors)('$hours at $at', ({ hours, at, state, until }) => {
  const found = standing(hours, new Date(at.replace(' ', 'T')));
  expect({ state: found.state, until: found.until && written(found.until) }).toEqual({ state, until: until ?? null });
});

test('what the library does not understand is unknown', () => {
  expect(standing('quand il fait beau', new Date(2026, 2, 18, 12)).state).toBe('unknown');
});

test('the clocks are those of the town, wherever the reader is', () => {
  expect(written(clocks(new Date('2026-07-01T22:30:00Z')))).toBe('2026-07-02 00:30');
  expect(written(clocks(new Date('2026-01-01T23:30:00Z')))).toBe('2026-01-02 00:30');
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Catalogue, fill } from '../../src/text.ts';

const catalogue = (language: string): Catalogue =>
  JSON.parse(readFileSync(new URL(`../../locales/${language}.json`, import.meta.url), 'utf8'));
const fr = catalogue('fr');
const en = catalogue('en');

test('both languages say the same things, with the same values', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(fr).sort());
  const names = (message: unknown) => [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort();
  for (const [key, message] of Object.entries(fr)) expect(names(en[key]), key).toEqual(names(message));
});

test('French counts zero as one, English does not', () => {
  const say = (texts: Catalogue, language: string, count: number) =>
    fill(texts['script.list.here'], 'list.here', { count }, language);
  expect(say(fr, 'fr', 0)).toBe('0 lieu sur la carte');
  expect(say(fr, 'fr', 1)).toBe('1 lieu sur la carte');
  expect(say(fr, 'fr', 1234)).toMatch(/^1\s234 lieux sur la carte$/);
  expect(say(en, 'en', 0)).toBe('0 places on the map');
  expect(say(en, 'en', 1234)).toBe('1,234 places on the map');
});

test('a missing text shows itself, and a missing value stays in sight', () => {
  expect(fill(undefined, 'no.such', {}, 'fr')).toBe('⟦no.such⟧');
  expect(fill('à {metres} m', 'x', {}, 'fr')).toBe('à {metres} m');
});

import { expect, test } from 'vitest';
import {
  type Box,
  filterQuery,
  lookOf,
  readable,
  readLook,
  readQuestion,
  toggled,
  writeBox,
  writeLook,
  writeQuestion,
  zoomOf,
} from '../../src/question.ts';

const base = 'https://quartiers.example/?lang=en#15.0/43.73111/7.41972';

test('a question survives the address bar', () => {
  const question = {
    filters: { group: ['culture', 'health'], kind: ['initiative'], open: ['now'] },
    place: 12,
    outlines: true,
  };
  const address = writeQuestion(question, base);
  expect(address).toBe(
    '/?group=culture,health&kind=initiative&open=now&place=12&outlines=1&lang=en#15.0/43.73111/7.41972',
  );
  expect(readQuestion(new URL(address, base).search)).toEqual(question);
});

test('a form repeats a filter, a link joins it: both are read', () => {
  expect(readQuestion('?category=bench&category=toilets').filters).toEqual({ category: ['bench', 'toilets'] });
  expect(readQuestion('?category=bench,%20toilets,,bench').filters).toEqual({ category: ['bench', 'toilets'] });
});

test.each(['', '?place=', '?place=abc', '?place=-3', '?place=1.5', '?place=1e99'])('%j names no place', (search) => {
  expect(readQuestion(search).place).toBeNull();
});

test('equal filters have equal queries', () => {
  expect(readable(filterQuery({ kind: ['service'], group: ['waste', 'civic'] }))).toBe(
    'group=civic,waste&kind=service',
  );
  expect(readable(filterQuery({ wheelchair: ['yes'], group: ['civic'] }, ['group']))).toBe('group=civic');
  expect(readable(filterQuery({ group: [] }))).toBe('');
});

test('where the map looks survives the fragment', () => {
  const look = { lon: 7.41972, lat: 43.73111, zoom: 15.2 };
  expect(readLook(writeLook(look))).toEqual(look);
});

test.each(['', '#', '#main', '#15/43', '#23/43/7', '#15/91/7', '#15/43/181', '#a/b/c'])('%j is no look', (hash) => {
  expect(readLook(hash)).toBeNull();
});

test('an address may say where it looks in its query, and the fragment wins', () => {
  const search = '?place=3&z=16.5&lat=43.7&lon=7.4';
  expect(lookOf({ search, hash: '' })).toEqual({ lon: 7.4, lat: 43.7, zoom: 16.5 });
  expect(lookOf({ search, hash: '#12/1/2' })).toEqual({ lon: 2, lat: 1, zoom: 12 });
  expect(lookOf({ search: '?place=3&z=16', hash: '' })).toBeNull();
  const town: Box = [7.4, 43.7, 7.5, 43.8];
  expect(lookOf({ search: '?category=library&z=17', hash: '' }, town)).toEqual({ lon: 7.45, lat: 43.75, zoom: 17 });
  expect(lookOf({ search: '?place=3&z=16', hash: '' }, town)).toBeNull();
  expect(lookOf({ search: '?z=99', hash: '' }, town)).toBeNull();
  expect(['?z=16', '?z=99', '?z=', '?z=x', ''].map(zoomOf)).toEqual([16, null, null, null, null]);
});

test('a box is longitude first', () => {
  expect(writeBox([7.4, 43.7, 7.5, 43.8])).toBe('7.40000,43.70000,7.50000,43.80000');
});

test('a box beyond the antimeridian comes back around, and one of the whole world stays whole', () => {
  expect(writeBox([170, -10, 190, 10])).toBe('170.00000,-10.00000,-170.00000,10.00000');
  expect(writeBox([-200, -10, -170, 10])).toBe('160.00000,-10.00000,-170.00000,10.00000');
  expect(writeBox([-250, -95, 250, 95])).toBe('-180.00000,-90.00000,180.00000,90.00000');
});

test('toggling twice changes nothing', () => {
  expect(toggled(undefined, 'a')).toEqual(['a']);
  expect(toggled(toggled(['a', 'b'], 'b'), 'b')).toEqual(['a', 'b']);
});

import { expect, test } from 'vitest';
import { settle } from '../../src/sheet.ts';

test('a sheet let go slowly stays at the nearest stop', () => {
  expect(settle(0.1, 0, 'full')).toBe('peek');
  expect(settle(0.5, 0.1, 'peek')).toBe('half');
  expect(settle(0.9, -0.1, 'half')).toBe('full');
});

test('a flick goes one stop on, and no further than the last', () => {
  expect(settle(0.2, 1, 'peek')).toBe('half');
  expect(settle(0.6, -1, 'half')).toBe('peek');
  expect(settle(0.9, 2, 'full')).toBe('full');
});

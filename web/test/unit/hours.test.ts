import { expect, test } from 'vitest';
import { linesOf, readHours, weekOf, writeHours } from '../../src/add/hours.ts';

test.each([
  ['24/7', '24/7'],
  ['Mo-Fr 09:00-18:00', 'Mo-Fr 09:00-18:00'],
  ['Mo-Fr 09:00-12:00,14:00-18:00; Sa 10:00-12:00; PH off', 'Mo-Fr 09:00-12:00,14:00-18:00; Sa 10:00-12:00; PH off'],
  ['Mo,We,Fr 08:30-12:00', 'Mo,We,Fr 08:30-12:00'],
  ['Sa-Mo 10:00-24:00', 'Mo,Sa,Su 10:00-24:00'],
  ['10:00-20:00', 'Mo-Su 10:00-20:00'],
  ['Mo-Su 10:00-20:00; Tu off', 'Mo,We-Su 10:00-20:00'], // a later rule replaces
  ['Fr 22:00-02:00', 'Fr 22:00-02:00'],
  ['', ''],
])('%s is shown, and written as %s', (given, written) => {
  const hours = readHours(given);
  expect(hours && writeHours({ ...hours, week: weekOf(linesOf(hours.week)) })).toBe(written);
});

test.each([
  'sunrise-sunset',
  'Mo-Fr 09:00+',
  'Apr-Oct Mo-Fr 09:00-18:00',
  'week 10-40 Mo 08:00-09:00',
  'Mo[1] 10:00-12:00',
  'tous les jours',
  'Mo "on call"',
  'PH 10:00-12:00',
  'off',
])('%s says more than the editor can show', (given) => {
  expect(readHours(given)).toBeNull();
});

test('two lines that share a day hold both', () => {
  const on = [true, false, false, false, false, false, false];
  const lines = [
    { on, spans: [{ from: '14:00', to: '18:00' }] },
    { on, spans: [{ from: '09:00', to: '12:00' }] },
  ];
  expect(writeHours({ always: false, holidaysOff: false, week: weekOf(lines) })).toBe('Mo 09:00-12:00,14:00-18:00');
});

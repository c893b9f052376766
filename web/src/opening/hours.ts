// Whether a place is open, by the library opening_hours, as cautiously as package
// places/hours on the server: what depends on the sun, on a comment, on school
// holidays, or on a public holiday of which the hours say nothing, is unknown. Both
// are held to places/hours/testdata/vectors.json.
//
// Times are those on the clocks of the town: a Date here is read by its local fields.
// Loaded lazily: the library is larger than all of our first script.

import Hours from 'opening_hours';

export type Standing = {
  state: 'open' | 'closed' | 'unknown';
  /** When it next changes, on the town's clocks; null when not within a week, or not for certain. */
  until: Date | null;
};

const unknown: Standing = { state: 'unknown', until: null };
const lookAhead = 7; // days

/** A position in France: what moves with the sun differs between the ends of the country. */
const france = (lon: number) => ({
  lat: '47', // as texts: the library takes no numbers
  lon: String(lon),
  address: { country_code: 'fr', state: 'Île-de-France' },
});
const ends = [-4, 7];

type Interval = ReturnType<Hours['getOpenIntervals']>[number];

const holidays = new Hours('PH', france(2) as never);
/** Holidays in Alsace and Moselle only. */
const someHolidays = new Hours('easter -2 days,Dec 26', france(2) as never);

/** How a place stands at a moment on the town's clocks. */
export function standing(value: string, at: Date): Standing {
  if (/^\s*(24\/7|00:00-24:00)\s*;?\s*$/.test(value)) return { state: 'open', until: null };
  const rules = read(value);
  const [first] = rules;
  if (!first || !isSure(rules, value, at, 0)) return unknown;
  if (!isSure(rules, value, at, -1) && crossesMidnight(rules, at)) return unknown;
  const state = first.getState(at) ? 'open' : 'closed';
  // Without an end the library looks for ever after hours that are all past.
  const until = first.getNextChange(at, midnight(at, lookAhead + 1)) ?? null;
  return { state, until: until && isSureUntil(rules, value, at, until) ? until : null };
}

/** The same hours in the west and in the east; none when they are not understood. */
function read(value: string): Hours[] {
  try {
    return ends.map((lon) => new Hours(value, france(lon) as never));
  } catch {
    return [];
  }
}

function midnight(at: Date, days: number): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days);
}

function intervals(rule: Hours, at: Date, days: number): Interval[] {
  return rule.getOpenIntervals(midnight(at, days), midnight(at, days + 1));
}

/** What the hours say of the day that lies so many days after at is certain. */
function isSure(rules: Hours[], value: string, at: Date, days: number): boolean {
  const noon = midnight(at, days);
  noon.setHours(12);
  if (/\bSH\b/i.test(value) || someHolidays.getState(noon)) return false;
  if (holidays.getState(noon) && !/\bPH\b/i.test(value)) return false;
  const [west = [], east = []] = rules.map((rule) => intervals(rule, at, days));
  const same = west.length === east.length && west.every((one, i) => isSame(one, east[i]));
  // The library comments holidays with their names; what the hours say themselves counts.
  return same && west.every(([, , isUnknown, comment]) => !isUnknown && !(comment && value.includes(comment)));
}

function isSame(a: Interval, b: Interval | undefined): boolean {
  return a[0].getTime() === b?.[0].getTime() && a[1].getTime() === b[1].getTime();
}

/** Yesterday may last into today: looked at a minute beyond, since many places close at 24:00. */
function crossesMidnight(rules: Hours[], at: Date): boolean {
  const end = midnight(at, 0).getTime();
  const lasts = (rule: Hours) => rule.getOpenIntervals(midnight(at, -1), new Date(end + 60_000));
  return rules.some((rule) => lasts(rule).some(([from, to]) => from.getTime() < end && to.getTime() > end));
}

function isSureUntil(rules: Hours[], value: string, at: Date, until: Date): boolean {
  for (let days = 0; days <= lookAhead; days++) {
    if (!isSure(rules, value, at, days)) return false;
    if (until < midnight(at, days + 1)) return true;
  }
  return false;
}

/** The town's clocks at an instant, as a Date whose local fields show them. */
export function clocks(instant: Date, zone = 'Europe/Paris'): Date {
  const shown = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(instant);
  const part = (type: string) => Number(shown.find((one) => one.type === type)?.value);
  return new Date(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

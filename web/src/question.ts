// What the reader asks of the map, and how the address bar says it:
//
//   /?group=health,culture&kind=initiative&place=123#15.2/43.73111/7.41972
//
// Filters and the chosen place stand in the query, so that the server sees them
// and the back button undoes them; where the map looks stands in the fragment,
// which never leaves the browser.

/** The filters that the map, the list and the counters share; absent is no restriction. */
export const filterNames = ['group', 'category', 'kind', 'neighbourhood', 'wheelchair', 'state', 'open'] as const;
export type FilterName = (typeof filterNames)[number];
export type Filters = Partial<Record<FilterName, string[]>>;

/** The filters that cut tiles; the others restrict the list alone. */
export const tileFilterNames: readonly FilterName[] = ['group', 'category', 'kind', 'neighbourhood', 'state', 'open'];

/** outlines: the neighbourhoods are drawn. */
export type Question = { filters: Filters; place: number | null; outlines: boolean };

/** Where the map looks: longitude, latitude, zoom. */
export type Look = { lon: number; lat: number; zoom: number };

/** West, south, east, north. */
export type Box = [number, number, number, number];

/** Values of a filter, given once with commas or several times. */
function valuesOf(query: URLSearchParams, name: string): string[] {
  const all = query.getAll(name).flatMap((value) => value.split(','));
  return [...new Set(all.map((value) => value.trim()).filter(Boolean))];
}

export function readQuestion(search: string): Question {
  const query = new URLSearchParams(search);
  const filters: Filters = {};
  for (const name of filterNames) {
    const values = valuesOf(query, name);
    if (values.length > 0) filters[name] = values;
  }
  const place = Number(query.get('place'));
  const known = Number.isSafeInteger(place) && place > 0;
  return { filters, place: known ? place : null, outlines: query.get('outlines') === '1' };
}

/** Filters as a query, in one order, so that equal questions have equal addresses. */
export function filterQuery(filters: Filters, names: readonly FilterName[] = filterNames): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of names) {
    const values = filters[name];
    if (values && values.length > 0) query.set(name, [...values].sort().join(','));
  }
  return query;
}

/** A query for people: commas stay commas. */
export function readable(query: URLSearchParams): string {
  return query.toString().replaceAll('%2C', ',');
}

/** The address of a question on the page at base, which keeps its language. */
export function writeQuestion(question: Question, base: string): string {
  const url = new URL(base);
  const query = filterQuery(question.filters);
  const language = url.searchParams.get('lang');
  if (question.place !== null) query.set('place', String(question.place));
  if (question.outlines) query.set('outlines', '1');
  if (language) query.set('lang', language);
  const text = readable(query);
  return url.pathname + (text ? `?${text}` : '') + url.hash;
}

/**
 * Where an address looks: its fragment, else the numbers z, lat and lon of its query. A zoom
 * alone is around the middle of the town, unless a place is named, which says where.
 */
export function lookOf(address: { hash: string; search: string }, town: Box | null = null): Look | null {
  const query = new URLSearchParams(address.search);
  const numbers = ['z', 'lat', 'lon'].map((name) => query.get(name) || 'none');
  const said = readLook(address.hash) ?? readLook(`#${numbers.join('/')}`);
  const zoom = zoomOf(address.search);
  if (said || zoom === null || !town || readQuestion(address.search).place !== null) return said;
  const [west, south, east, north] = town;
  return { lon: (west + east) / 2, lat: (south + north) / 2, zoom };
}

/** The zoom that an address asks for without saying where; null when it does not. */
export function zoomOf(search: string): number | null {
  const zoom = Number(new URLSearchParams(search).get('z') || Number.NaN);
  return zoom >= 0 && zoom <= 22 ? zoom : null;
}

/** Reads #zoom/lat/lon, the form that maps on the web share; null when it is none. */
export function readLook(hash: string): Look | null {
  const [zoom, lat, lon] = hash.replace(/^#/, '').split('/').map(Number);
  if (zoom === undefined || lat === undefined || lon === undefined) return null;
  const possible = zoom >= 0 && zoom <= 22 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return possible ? { zoom, lat, lon } : null;
}

export function writeLook(look: Look): string {
  return `#${look.zoom.toFixed(1)}/${look.lat.toFixed(5)}/${look.lon.toFixed(5)}`;
}

/**
 * A box for the bbox parameter: longitude first, about a metre exact. A map may look
 * beyond the antimeridian, where the parameter wants west greater than east.
 */
export function writeBox([west, south, east, north]: Box): string {
  const around = (lon: number) => ((((lon + 180) % 360) + 360) % 360) - 180;
  const whole = east - west >= 360;
  const box = [whole ? -180 : around(west), Math.max(-90, south), whole ? 180 : around(east), Math.min(90, north)];
  return box.map((degrees) => degrees.toFixed(5)).join(',');
}

/** Puts a value into a filter, or takes it out. */
export function toggled(values: string[] | undefined, value: string): string[] {
  const kept = (values ?? []).filter((other) => other !== value);
  return kept.length === (values ?? []).length ? [...kept, value] : kept;
}

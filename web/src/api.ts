// What the islands fetch, all of it from where the page came from.

import { type Box, type Filters, filterQuery, readable, writeBox } from './question.ts';

/** How many places there are, in all and by group and category. */
export type Counts = { total: number; groups: Record<string, number>; categories: Record<string, number> };

/** One line under the search field. */
export type Suggestion = {
  type: 'place' | 'neighbourhood' | 'category' | 'group';
  id: string;
  name: string;
  detail?: string; // what tells namesakes apart
  category?: string;
  group?: string;
  kind?: string;
  position?: [number, number]; // longitude, latitude
  bbox?: Box;
};

/** Asks for something and fails unless the answer is there. */
async function ask(path: string, accept: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, { headers: { Accept: accept }, ...(signal ? { signal } : {}) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/** The counters of a box, or of everywhere, under filters. */
export async function fetchCounts(filters: Filters, box: Box | null, signal?: AbortSignal): Promise<Counts> {
  const query = filterQuery(filters);
  if (box) query.set('bbox', writeBox(box));
  const response = await ask(`/api/v1/counters?${readable(query)}`, 'application/json', signal);
  return (await response.json()) as Counts;
}

/** Suggestions for what was typed, nearer ones first when it is known what is near. */
export async function fetchSuggestions(typed: string, near: [number, number] | null, signal: AbortSignal) {
  const query = new URLSearchParams({ q: typed });
  if (near) query.set('near', near.map((degrees) => degrees.toFixed(4)).join(','));
  const response = await ask(`/api/v1/search?${readable(query)}`, 'application/json', signal);
  return ((await response.json()) as { results: Suggestion[] }).results;
}

/** A fragment of a page of ours, as elements. The address may carry its own query. */
export async function fetchFragment(
  address: string,
  fragment: string,
  signal?: AbortSignal,
): Promise<DocumentFragment> {
  const url = new URL(address, location.href);
  url.searchParams.set('fragment', fragment);
  const language = new URL(location.href).searchParams.get('lang');
  if (language) url.searchParams.set('lang', language);
  const response = await ask(url.pathname + readable(url.searchParams).replace(/^/, '?'), 'text/html', signal);
  // A template's content is inert: nothing loads or runs before it is put into the page.
  const template = document.createElement('template');
  template.innerHTML = await response.text();
  return template.content;
}

/** A fetch that a newer one replaces: abort the old, keep the new. */
export class Latest {
  private running: AbortController | undefined;

  /** Runs fetch; the answer is null when a newer run replaced it. Other failures are thrown. */
  async run<T>(fetch: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.running?.abort();
    const mine = new AbortController();
    this.running = mine;
    try {
      const answer = await fetch(mine.signal);
      return mine.signal.aborted ? null : answer;
    } catch (error) {
      if (mine.signal.aborted) return null;
      throw error;
    }
  }
}

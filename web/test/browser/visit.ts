// A visit: a fresh browser context on one page, which writes down everything that a
// page of ours must never do. end() fails the test if it did.

import { type Browser, type BrowserContext, chromium, type FrameLocator, type Page, type Route } from 'playwright-core';
import { afterAll, expect, inject } from 'vitest';

export const origin = inject('origin');

/** What a moderator shows: pages take a token like a session. */
export const asModerator = { Authorization: `Bearer ${inject('moderator')}` };
export const asResident = { Authorization: `Bearer ${inject('resident')}` };
export const asAdmin = { Authorization: `Bearer ${inject('admin')}` };

/**
 * `LAG=500 npm run test:browser -- search` has every answer come so many milliseconds late: what a
 * test reads too early, it then reads too early each time, not once in a hundred.
 */
const lag = Number(process.env.LAG ?? 0);

const flags = [
  '--no-sandbox',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

let browsers: Promise<Browser>[] = [];
const launched = new Map<string, Promise<Browser>>();

/** A browser of this file's own, with further flags if a test needs them. */
export function browser(...more: string[]): Promise<Browser> {
  const key = more.join(' ');
  let running = launched.get(key);
  if (!running) {
    const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
    running = chromium.launch({ executablePath, args: [...flags, ...more] });
    launched.set(key, running);
    browsers.push(running);
  }
  return running;
}

afterAll(async () => {
  for (const running of browsers) await (await running).close();
  browsers = [];
  launched.clear();
});

export type Options = {
  width?: number;
  height?: number;
  language?: 'fr' | 'en';
  night?: boolean;
  script?: boolean;
  flags?: string[];
  headers?: Record<string, string>;
  /** Positions that the device tells, with consent. */
  position?: { latitude: number; longitude: number; accuracy: number };
  /** Failing answers that this test provokes, by the end of their URL's path. */
  expected?: RegExp;
  /** An origin of a test's own, which may be asked too. */
  elsewhere?: string;
};

export type Visit = { page: Page; context: BrowserContext; end: () => Promise<void> };

/** Opens a path of the server, and waits for the map to rest if the page has one. */
export async function visit(path: string, options: Options = {}): Promise<Visit> {
  const { width = 1280, height = 800, language = 'fr' } = options;
  const running = await browser(...(options.flags ?? []));
  const context = await running.newContext({
    viewport: { width, height },
    locale: language === 'fr' ? 'fr-FR' : 'en-GB',
    colorScheme: options.night ? 'dark' : 'light',
    reducedMotion: 'reduce',
    javaScriptEnabled: options.script ?? true,
    hasTouch: width < 640,
    ...(options.headers ? { extraHTTPHeaders: options.headers } : {}),
    ...(options.position ? { geolocation: options.position, permissions: ['geolocation'] } : {}),
  });
  context.setDefaultTimeout(60_000);
  const faults = await watch(context, options.expected, options.elsewhere);
  if (lag > 0) await context.route('**/*', late);
  const page = await context.newPage();
  await page.goto(origin + path);
  const end = async () => {
    faults.push(...(await traces(context)));
    await context.close();
    expect(faults).toEqual([]);
  };
  return { page, context, end };
}

async function late(route: Route): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, lag));
  await route.continue().catch(() => undefined); // nobody waits for it any more
}

/** Writes down requests that leave the origin, faults of the console, and refusals of the policy. */
async function watch(context: BrowserContext, expected?: RegExp, elsewhere?: string): Promise<string[]> {
  const faults: string[] = [];
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.origin !== elsewhere && !/^(data|blob):$/.test(url.protocol))
      faults.push(`left the origin: ${url.href}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400 && !expected?.test(response.url())) {
      faults.push(`${response.status()}: ${response.url()}`);
    }
  });
  context.on('console', (message) => {
    // Chromium repeats each failed answer; SwiftShader warns of its own slowness.
    const known = /Failed to load resource|GPU stall due to ReadPixels|WebGL.*(fallback|SwiftShader)/i;
    if (['error', 'warning'].includes(message.type()) && !known.test(message.text())) {
      faults.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  context.on('weberror', (error) => faults.push(`exception: ${error.error().message}`));
  return faults;
}

/** What the visit left behind: cookies and storage, of which there must be none. */
async function traces(context: BrowserContext): Promise<string[]> {
  const found = (await context.cookies()).map((cookie) => `cookie: ${cookie.name}`);
  for (const page of context.pages().filter((one) => one.url().startsWith(origin))) {
    const stored = await page.evaluate(async () => [
      ...Object.keys(localStorage),
      ...Object.keys(sessionStorage),
      ...(await indexedDB.databases()).map((database) => database.name ?? ''),
      ...(globalThis.caches ? await caches.keys() : []),
    ]);
    found.push(...stored.map((key) => `stored: ${key}`));
  }
  return found;
}

/**
 * Does what leads to another document, and waits until that one is there. Neither a click nor a
 * key waits for the navigation that it starts: what one reads then may be of the old page.
 */
export async function leave(page: Page, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForEvent('load'), act()]);
}

/** Waits until the map has drawn everything it knows of, and the list says what is in view. */
export async function rest(page: Page | FrameLocator): Promise<void> {
  await page.locator('#map[data-state=idle]').waitFor();
  await page.locator('#list:not([aria-busy])').waitFor({ state: 'attached' });
}

/** Day or night falls; a map, where there is one, has been told when this returns, and is drawing. */
export async function light(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  const same = await page.evaluate((wanted) => {
    const eyes = matchMedia(`(prefers-color-scheme: ${wanted})`);
    // Listeners are called one after the other in the same task, the map's before this one.
    eyes.addEventListener('change', () => Object.assign(window, { turned: wanted }));
    return eyes.matches;
  }, colorScheme);
  await page.emulateMedia({ colorScheme });
  if (!same) await page.waitForFunction((wanted) => (window as { turned?: string }).turned === wanted, colorScheme);
}

/** Waits until the desk has done what the key is for: then it shows the next item, or leaves for the queue. */
export async function decided(page: Page, id: string | number | undefined): Promise<void> {
  await page.waitForURL((url) => url.pathname !== `/moderation/${id}`);
}

export type Place = {
  id: number;
  geometry: { coordinates: [number, number] };
  properties: { name?: string; category: string; group: string; kind: string; revision: number };
};

/** Proposes something in a resident's name, and gives its number. */
export async function propose(submission: object): Promise<number> {
  const response = await fetch(`${origin}/api/v1/contributions`, {
    method: 'POST',
    body: JSON.stringify(submission),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${inject('resident')}` },
  });
  expect(response.status, await response.clone().text()).toBe(202);
  return ((await response.json()) as { id: number }).id;
}

/** Places as the API tells them. */
export async function items(query: string): Promise<{ numberMatched: number; features: Place[] }> {
  const response = await fetch(`${origin}/ogc/collections/places/items?${query}`);
  expect(response.status, `items?${query}`).toBe(200);
  return response.json() as Promise<{ numberMatched: number; features: Place[] }>;
}

/** A place with a name, which is in the list and writes its name on the map. */
export async function namedPlace(query = ''): Promise<Place & { properties: { name: string } }> {
  const { features } = await items(`limit=1000${query && `&${query}`}`);
  const found = features.find((place) => place.properties.name && !/["\\]/.test(place.properties.name));
  if (!found) throw new Error('the demonstration town has no named place');
  return found as Place & { properties: { name: string } };
}

// What a page weighs and how soon it shows on an old phone: a slow 4G (1.6 Mbit/s,
// 150 ms) and a processor four times slower, as Lighthouse has it.

import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { namedPlace, origin, visit } from './visit.ts';

const pages: Array<[string, () => Promise<string> | string]> = [
  ['the list', () => '/lieux'],
  ['a place', async () => `/lieux/${(await namedPlace()).id}`],
];

/** Slows the network and the processor down, and counts what comes. */
async function onAnOldPhone(page: Page): Promise<() => number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: 1.6e6 / 8,
    uploadThroughput: 0.75e6 / 8,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  let bytes = 0;
  session.on('Network.loadingFinished', (done) => {
    bytes += done.encodedDataLength;
  });
  return () => bytes;
}

/** When the largest thing was painted, in ms after the navigation. */
function largestPaint(): Promise<number> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN)).observe({
      type: 'largest-contentful-paint',
      buffered: true,
    });
  });
}

test.each(pages)('%s is light: 600 kB in all on a phone', async (name, path) => {
  const { page, end } = await visit('/a-propos', { width: 360, height: 740 });
  const session = await page.context().newCDPSession(page);
  await session.send('Network.clearBrowserCache');
  const bytes = await onAnOldPhone(page);
  await page.goto(origin + (await path()), { waitUntil: 'networkidle' });
  console.info(
    `${name}: ${Math.round(bytes() / 1000)} kB, largest paint after ${Math.round(await page.evaluate(largestPaint))} ms`,
  );
  expect(bytes()).toBeGreaterThan(1000);
  expect(bytes()).toBeLessThanOrEqual(600_000);
  await end();
});

const first = ['/', '/lieux', '/contribuer', '/contribuer/lieu', '/chiffres', '/journal', '/a-propos'];

test.each(first)('the HTML, styles and first scripts of %s are 100 kB at most', async (path) => {
  const html = await (await fetch(origin + path, { headers: { 'Accept-Language': 'fr' } })).text();
  const sources = [
    ...html.matchAll(/<(?:link[^>]+rel="(?:stylesheet|modulepreload)"[^>]+href|script[^>]+src)="([^"]+)"/g),
  ];
  expect(sources.length).toBeGreaterThan(0);
  const parts = await Promise.all(
    sources.map(async ([, url]) => (await fetch(new URL(url as string, origin))).bytes()),
  );
  const size = [new TextEncoder().encode(html), ...parts].reduce((sum, part) => sum + gzipSync(part).length, 0);
  expect(size).toBeLessThanOrEqual(100_000);
});

// The log checked in the browser: a receipt, a place, a second visit; and that it
// notices what is changed by one bit.

import type { Page, Route } from 'playwright-core';
import { beforeAll, expect, inject, test, vi } from 'vitest';
import { namedPlace, origin, visit } from './visit.ts';

let place = { id: 0, properties: { name: '' } };
let receipt = '';

beforeAll(async () => {
  place = await namedPlace();
  const response = await fetch(`${origin}/api/v1/contributions`, {
    method: 'POST',
    body: JSON.stringify({ action: 'edit', place_id: place.id, base_revision: 1, patch: { operator: 'Reçu' } }),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${inject('resident')}` },
  });
  const sent = (await response.json()) as { receipt: string };
  receipt = sent.receipt;
  const leaf = /^leaf (\w+)$/m.exec(receipt)?.[1];
  const logged = async () => expect((await fetch(`${origin}/log/receipts/${leaf}`)).status).toBe(200);
  await vi.waitFor(logged, { timeout: 60_000 });
});

async function open(page: Page): Promise<void> {
  await page.goto(`${origin}/journal`);
  await page.waitForSelector('#verify[data-ready]');
}

/** Presses the button; the answer is the state of each step and what the last one says. */
async function verify(page: Page, fields: { receipt?: string; place?: string } = {}): Promise<[string[], string]> {
  await page.fill('#verify-receipt', fields.receipt ?? '');
  await page.fill('#verify-place', fields.place ?? '');
  await page.click('#verify button[type=submit]');
  await page.waitForSelector('#verify-verdict:is(.verdict--good, .verdict--bad)');
  const states = await page.$$eval('#verify-steps > li', (all) =>
    all.map((one) => one.className.replace(/.*check--/, '')),
  );
  return [states, (await page.locator('#verify-steps > li').last().textContent()) ?? ''];
}

test('a receipt and a place are in the log, and the browser remembers what it saw', async () => {
  const { page, end } = await visit('/journal');
  await open(page);
  expect(await page.evaluate(() => localStorage.length), 'nothing is kept before one asks').toBe(0);
  expect((await verify(page, { receipt }))[0]).toEqual(Array(7).fill('ok'));
  const [states, last] = await verify(page, { place: `${place.id}` });
  expect(states).toEqual(Array(6).fill('ok'));
  expect(last).toContain('racine signée');
  expect(await page.textContent('#verify-steps')).toContain(place.properties.name);
  expect(await page.textContent('#verify-steps')).toContain('La même que la dernière fois');
  expect((await verify(page, { receipt: receipt.replace('received 2', 'received 3') }))[0]).toEqual([
    'ok',
    'ok',
    'ok',
    'bad',
  ]);
  await page.click('#verify-forget');
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await end();
});

/** The same answer but for one bit, of the byte that is so far from the beginning, or from the end. */
async function flipped(route: Route, from: number): Promise<void> {
  const response = await route.fetch();
  const body = await response.body();
  const at = from < 0 ? body.length + from : from;
  body.writeUInt8((body[at] ?? 0) ^ 1, at);
  await route.fulfill({ response, body });
}

// The receipt is the last entry; the place is the first of the revisions that are asked for.
test.each([
  ['**/log/checkpoint', -60, 'signature', {}],
  ['**/log/tile/0/**', -9, 'racine signée', {}],
  ['**/log/tile/entries/**', -40, 'n’est pas celle', { receipt: true }],
  ['**/log/revisions?**', 250, '', { place: true }],
])('one changed bit in %s is noticed', async (address, at, words, what: { receipt?: boolean; place?: boolean }) => {
  const { page, end } = await visit('/journal');
  await open(page);
  await page.route(address, (route) => flipped(route, at));
  const [states, last] = await verify(page, {
    ...(what.receipt ? { receipt } : {}),
    ...(what.place ? { place: `${place.id}` } : {}),
  });
  expect(states.at(-1)).toBe('bad');
  expect(last).toContain(words);
  expect(await page.evaluate(() => localStorage.length), 'what failed is not remembered').toBe(0);
  await end();
});

test('a log that has rewritten its past contradicts what the browser has seen', async () => {
  const { page, end } = await visit('/journal');
  await open(page);
  await verify(page);
  await page.evaluate(() => {
    const seen = JSON.parse(localStorage.getItem('log-seen') ?? '{}') as { root: string; size: number };
    localStorage.setItem('log-seen', JSON.stringify({ ...seen, size: seen.size - 1, root: seen.root }));
  });
  const [states, last] = await verify(page);
  expect(states).toEqual(['ok', 'ok', 'bad']);
  expect(last).toContain('récrites');
  await page.click('#verify-forget');
  await end();
});

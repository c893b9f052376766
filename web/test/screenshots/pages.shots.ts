// Photographs of each page at three widths, by day and by night, in both languages,
// into ./screenshots: to be looked at side by side (`make screenshots`).

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { asAdmin, asModerator, asResident, namedPlace, rest, visit } from '../browser/visit.ts';

const folder = join(import.meta.dirname, '../../../screenshots');
const widths = [
  [360, 740],
  [768, 1024],
  [1280, 800],
] as const;

type Shot = {
  name: string;
  path: () => Promise<string> | string;
  before?: (page: Page) => Promise<void>;
  whole?: boolean;
  headers?: Record<string, string>;
};

async function around(query: string, zoom: number): Promise<string> {
  const [lon, lat] = (await namedPlace(query)).geometry.coordinates;
  return `#${zoom}/${lat}/${lon}`;
}

const shots: Shot[] = [
  { name: 'map', path: () => '/', before: rest },
  { name: 'map-near', path: async () => `/${await around('group=civic', 15.2)}`, before: rest },
  {
    name: 'card',
    path: async () => `/?place=${(await namedPlace('group=culture')).id}${await around('group=culture', 16.5)}`,
    before: async (page) => {
      await page.waitForSelector('#place:not([hidden])');
      await rest(page);
    },
  },
  {
    name: 'search',
    path: () => '/',
    before: async (page) => {
      await rest(page);
      await page.fill('#q', 'jardin');
      await page.waitForSelector('#suggestions [role=option]');
    },
  },
  {
    name: 'filters',
    path: () => '/?group=sharing,nature',
    before: async (page) => {
      await rest(page);
      const filters = page.locator('details:has(#filters) > summary');
      if (await filters.isVisible()) await filters.click();
    },
  },
  { name: 'list', path: () => '/lieux', whole: true },
  { name: 'embed', path: () => '/embed?group=culture,nature', before: rest },
  { name: 'integrate', path: () => '/integrer?group=culture', whole: true },
  {
    name: 'print',
    path: () => '/imprimer?group=culture,nature',
    whole: true,
    before: async (page) => {
      await page.waitForSelector('#paper[data-state=idle]');
    },
  },
  { name: 'contribute', path: () => '/contribuer', whole: true },
  { name: 'form', path: () => '/contribuer/lieu', whole: true },
  { name: 'correct', path: async () => `/lieux/${(await namedPlace('group=culture')).id}/modifier`, whole: true },
  {
    name: 'tell',
    path: async () => `/lieux/${(await namedPlace('group=culture')).id}/signaler?what=close`,
    whole: true,
  },
  { name: 'history', path: async () => `/lieux/${(await namedPlace('group=culture')).id}/historique`, whole: true },
  { name: 'own', path: () => '/mes-contributions', whole: true },
  { name: 'queue', path: () => '/moderation', whole: true, headers: asModerator },
  {
    name: 'item',
    path: () => '/moderation',
    whole: true,
    headers: asModerator,
    before: async (page) => {
      const first = page.locator('.queue__about').first();
      if (await first.isVisible()) await first.click();
    },
  },
  { name: 'admin', path: () => '/admin', whole: true, headers: asAdmin },
  { name: 'photo', path: async () => `/lieux/${(await namedPlace('group=culture')).id}/photo`, whole: true },
  {
    name: 'own-one',
    path: () => '/mes-contributions',
    whole: true,
    headers: asResident,
    before: async (page) => {
      const first = page.locator('.rows a').first();
      if (await first.isVisible()) await first.click();
    },
  },
  { name: 'pairs', path: () => '/moderation/doublons', whole: true, headers: asModerator },
  { name: 'figures', path: () => '/chiffres', whole: true },
  { name: 'log', path: () => '/journal', whole: true },
  { name: 'entry', path: () => '/journal/0', whole: true },
  { name: 'receipt-check', path: () => '/journal/recu', whole: true },
  { name: 'place', path: async () => `/lieux/${(await namedPlace('group=culture')).id}`, whole: true },
];

for (const shot of shots) {
  test.each(widths)(`${shot.name} at %i px`, async (width, height) => {
    for (const language of ['fr', 'en'] as const) {
      for (const night of [false, true]) {
        const { page, end } = await visit(await shot.path(), { width, height, language, night, headers: shot.headers });
        await shot.before?.(page);
        const file = `${shot.name}-${width}-${language}-${night ? 'night' : 'day'}.png`;
        await page.screenshot({ path: join(folder, file), fullPage: shot.whole ?? false });
        await end();
      }
    }
  });
}

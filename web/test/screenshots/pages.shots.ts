// Photographs of each page at three widths, by day and by night, in both languages,
// into ./screenshots: to be looked at side by side (`make screenshots`).
// `npm run screenshots -- -t 'place at 360'` takes some of them.

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { asAdmin, asModerator, asResident, leave, light, namedPlace, rest, visit } from '../browser/visit.ts';
import { type Scene, scene } from './scene.ts';

const folder = join(import.meta.dirname, '../../../screenshots');
const widths = [
  [360, 740],
  [768, 1024],
  [1280, 800],
] as const;

type Shot = {
  name: string;
  path: ((scene: Scene) => Promise<string> | string) | string;
  before?: (page: Page) => Promise<void>;
  /** Only what the window shows, not the whole page. */
  window?: boolean;
  headers?: Record<string, string>;
};

async function around(query: string, zoom: number): Promise<string> {
  const [lon, lat] = (await namedPlace(query)).geometry.coordinates;
  return `#${zoom}/${lat}/${lon}`;
}

/** Opens every <details> of the page's content. */
async function unfold(page: Page): Promise<void> {
  for (const one of await page.locator('main details').all()) {
    await one.evaluate((details) => {
      (details as HTMLDetailsElement).open = true;
    });
  }
}

async function card(page: Page): Promise<void> {
  await page.waitForSelector('#place:not([hidden])');
  await rest(page);
}

/** The form that adds a place, at the step where what it is is asked. */
async function what(page: Page): Promise<void> {
  await page.waitForSelector('[data-picker][data-state=idle]');
  await page.click('[data-next=alike]');
  await page.waitForSelector('.lookalike, [data-next=what]');
  await page.click('[data-next=what]');
}

const shots: Shot[] = [
  // What everybody sees.
  { name: 'map', path: '/', before: rest, window: true },
  { name: 'map-near', path: async () => `/${await around('group=civic', 15.2)}`, before: rest, window: true },
  {
    name: 'map-list',
    path: '/',
    window: true,
    before: async (page) => {
      await rest(page);
      const stop = page.locator('#sheet [data-action=stop]');
      if (!(await stop.isVisible())) return;
      await stop.focus();
      for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowUp');
    },
  },
  { name: 'map-empty', path: '/?group=culture#19/0/0', before: rest, window: true },
  {
    name: 'card',
    path: async ({ place }) => `/?place=${place}${await around('group=culture', 16.5)}`,
    before: card,
    window: true,
  },
  {
    name: 'card-long',
    path: async ({ longNamed }) => `/?place=${longNamed}${await around('group=culture', 17)}`,
    before: card,
    window: true,
  },
  {
    name: 'search',
    path: '/',
    window: true,
    before: async (page) => {
      await rest(page);
      await page.fill('#q', 'jardin');
      await page.waitForSelector('#suggestions [role=option]');
    },
  },
  {
    name: 'filters',
    path: '/?group=sharing,nature',
    window: true,
    before: async (page) => {
      await rest(page);
      const filters = page.locator('details:has(#filters) > summary');
      if (await filters.isVisible()) await filters.click();
    },
  },
  { name: 'list', path: '/lieux' },
  { name: 'list-empty', path: '/lieux?q=introuvable' },
  { name: 'place', path: ({ place }) => `/lieux/${place}` },
  { name: 'place-long', path: ({ longNamed }) => `/lieux/${longNamed}` },
  { name: 'history', path: ({ place }) => `/lieux/${place}/historique` },
  { name: 'embed', path: '/embed?group=culture,nature', before: rest, window: true },
  { name: 'integrate', path: '/integrer?group=culture' },
  {
    name: 'print',
    path: '/imprimer?group=culture,nature',
    before: async (page) => {
      await page.waitForSelector('#paper[data-state=idle]');
    },
  },
  { name: 'figures', path: '/chiffres' },
  { name: 'log', path: '/journal' },
  { name: 'entry', path: '/journal/0' },
  { name: 'receipt-check', path: '/journal/recu' },
  { name: 'data', path: '/donnees' },
  { name: 'about', path: '/a-propos' },
  { name: 'accessibility', path: '/accessibilite' },
  { name: 'organisation', path: ({ organisation }) => organisation },
  { name: 'missing', path: '/no-such-page' },
  // Contributing.
  { name: 'contribute', path: '/contribuer' },
  { name: 'form', path: '/contribuer/lieu' },
  { name: 'form-what', path: async () => `/contribuer/lieu${await around('group=culture', 17)}`, before: what },
  { name: 'correct', path: ({ place }) => `/lieux/${place}/modifier` },
  { name: 'tell', path: ({ place }) => `/lieux/${place}/signaler?what=close` },
  { name: 'photo', path: ({ place }) => `/lieux/${place}/photo` },
  {
    name: 'sent',
    path: ({ longNamed }) => `/lieux/${longNamed}/signaler?what=report`,
    headers: asResident,
    before: async (page) => {
      await page.fill('main textarea', 'Une marche à l’entrée.');
      const form = page.locator('main form:has(textarea)');
      await leave(page, () => form.evaluate((one) => (one as HTMLFormElement).submit())); // as without the script, which stays on the page
    },
  },
  // One's own.
  { name: 'code', path: '/mes-contributions' },
  { name: 'own', path: '/mes-contributions', headers: asResident },
  { name: 'own-refused', path: ({ refused }) => `/mes-contributions/${refused}`, headers: asResident },
  { name: 'own-asked', path: ({ asked }) => `/mes-contributions/${asked}`, headers: asResident },
  { name: 'sign-in', path: '/connexion' },
  { name: 'sign-in-link', path: '/connexion/lien?jeton=wrong' },
  { name: 'account', path: '/compte', headers: asResident, before: unfold },
  { name: 'follow', path: ({ place }) => `/suivi?place=${place}`, headers: asResident, before: unfold },
  { name: 'stop', path: '/suivi/arret?jeton=x' },
  // Teams.
  { name: 'team', path: ({ organisation }) => `${organisation}/equipe`, headers: asAdmin },
  { name: 'invitation', path: '/organisations/invitation?jeton=x' },
  { name: 'owner', path: ({ place }) => `/lieux/${place}/organisation`, headers: asModerator },
  // Moderating.
  { name: 'queue', path: '/moderation', headers: asModerator },
  { name: 'desk', path: ({ waiting }) => `/moderation/${waiting}`, headers: asModerator },
  { name: 'desk-new', path: ({ created }) => `/moderation/${created}`, headers: asModerator },
  { name: 'desk-photo', path: ({ photo }) => `/moderation/${photo}`, headers: asModerator, before: unfold },
  { name: 'reviews', path: '/moderation/relectures', headers: asModerator },
  { name: 'pairs', path: '/moderation/doublons', headers: asModerator },
  // Administering.
  { name: 'admin', path: '/admin', headers: asAdmin, before: unfold },
  { name: 'admin-user', path: '/admin/comptes/1', headers: asAdmin },
  { name: 'categories', path: '/admin/categories', headers: asAdmin },
  { name: 'category', path: '/admin/categories/bench', headers: asAdmin },
  { name: 'imports', path: '/admin/imports', headers: asAdmin },
];

/** Pages that fail on purpose. */
const expected = /no-such-page|contribuer.lieu|organisations.invitation|connexion.lien/;

for (const shot of shots) {
  test.each(widths)(`${shot.name} at %i px`, async (width, height) => {
    const path = typeof shot.path === 'string' ? shot.path : await shot.path(await scene());
    for (const language of ['fr', 'en'] as const) {
      const { page, end } = await visit(path, { width, height, language, headers: shot.headers, expected });
      await shot.before?.(page);
      for (const time of ['day', 'night'] as const) {
        await light(page, time === 'day' ? 'light' : 'dark');
        if (await page.locator('#map:visible').count()) await rest(page);
        const file = join(folder, `${shot.name}-${width}-${language}-${time}.png`);
        await page.screenshot({ path: file, fullPage: !shot.window, animations: 'disabled' });
      }
      await page.evaluate(() => localStorage.clear()); // a draft stays on the device, as it should
      await end();
    }
  });
}

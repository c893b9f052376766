// What holds without the map: pages without JavaScript, languages, small screens.

import { expect, test } from 'vitest';
import { items, leave, namedPlace, rest, visit } from './visit.ts';

const plain = { script: false } as const;

test('without JavaScript /lieux lists, filters and pages', async () => {
  const { page, end } = await visit('/lieux', plain);
  const { numberMatched } = await items('limit=1');
  expect((await page.textContent('h1'))?.replace(/\D/g, '')).toBe(String(numberMatched));
  const first = await page.locator('[data-place] a').first().getAttribute('href');
  await leave(page, () => page.click('a[rel=next]'));
  expect(page.url()).toMatch(/\/lieux\?/);
  expect(await page.locator('[data-place] a').first().getAttribute('href')).not.toBe(first);
  await end();
});

test('without JavaScript the filter form works with its button', async () => {
  const { page, end } = await visit('/lieux?group=culture', plain);
  const { numberMatched } = await items('limit=1&group=culture');
  expect((await page.textContent('h1'))?.replace(/\D/g, '')).toBe(String(numberMatched));
  await end();
});

test('without JavaScript search finds, and the place page says everything', async () => {
  const { properties } = await namedPlace();
  const { page, end } = await visit('/lieux', plain);
  await page.fill('#q', properties.name);
  await leave(page, () => page.keyboard.press('Enter'));
  expect(page.url()).toMatch(/q=/);
  await leave(page, () => page.locator('[data-place] a', { hasText: properties.name }).first().click());
  expect(page.url()).toMatch(/\/lieux\/\d+/);
  expect(await page.textContent('h1')).toContain(properties.name);
  expect(await page.textContent('body')).toMatch(/OpenStreetMap|Licence Ouverte/);
  await end();
});

test('without JavaScript the map page leads to the list and hides what cannot work', async () => {
  const { page, end } = await visit('/', plain);
  expect(await page.locator('a[href^="/lieux"]:visible').count()).toBeGreaterThan(0);
  expect(await page.locator('.scripted:visible').count()).toBe(0);
  await end();
});

test('the language follows the browser, and the switch stays', async () => {
  const { page, end } = await visit('/', { language: 'en' });
  await rest(page);
  expect(await page.getAttribute('html', 'lang')).toBe('en');
  await leave(page, () => page.click('a[hreflang=fr]'));
  expect(await page.getAttribute('html', 'lang')).toBe('fr');
  await rest(page);
  await page.click('.chips [data-group=culture]');
  await page.waitForURL(/group=culture/);
  expect(new URL(page.url()).searchParams.get('lang')).toBe('fr');
  await rest(page);
  await page.locator('#list [data-place] a').first().click();
  await page.waitForSelector('#place:not([hidden])');
  await rest(page);
  await end();
});

test.each(['/', '/lieux', '/lieux?group=culture', '/lieux/1', '/integrer', '/imprimer', '/no-such-page'])(
  '%s fits a phone of 360 px without sideways scrolling, in both languages',
  async (path) => {
    const { id } = await namedPlace();
    for (const language of ['fr', 'en'] as const) {
      const address = path === '/lieux/1' ? `/lieux/${id}` : path;
      const { page, end } = await visit(address, { width: 360, height: 740, language, expected: /no-such-page/ });
      if (path === '/') await rest(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, `${address} ${language}`).toBeLessThanOrEqual(360);
      await end();
    }
  },
);

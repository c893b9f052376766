// axe-core on every page and state, in both languages, by day and by night; and what
// axe cannot see: what a thumb must hit.

import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { namedPlace, rest, visit } from './visit.ts';

type State = {
  name: string;
  path: () => Promise<string> | string;
  reach?: (page: Page) => Promise<void>;
  width?: number;
};

const states: State[] = [
  { name: 'the map', path: () => '/', reach: rest },
  { name: 'the map on a phone', path: () => '/', reach: rest, width: 360 },
  {
    name: 'the list on a phone',
    path: () => '/',
    width: 360,
    reach: async (page) => {
      await rest(page);
      await page.locator('#sheet [data-action=stop]').focus();
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowUp');
    },
  },
  {
    name: 'suggestions',
    path: () => '/',
    reach: async (page) => {
      await rest(page);
      await page.fill('#q', 'ec');
      await page.waitForSelector('#suggestions [role=option]');
      await page.keyboard.press('ArrowDown');
    },
  },
  {
    name: 'filters',
    path: () => '/?group=culture,nature',
    reach: async (page) => {
      await rest(page);
      await page.locator('details:has(#filters) > summary').click();
      await page.locator('#filters details > summary').first().click();
    },
  },
  {
    name: 'the card',
    path: async () => `/?place=${(await namedPlace()).id}`,
    reach: async (page) => {
      await page.waitForSelector('#place:not([hidden])');
      await rest(page);
    },
  },
  { name: 'an empty list', path: () => '/?group=culture#19/0/0', reach: rest },
  { name: '/lieux', path: () => '/lieux' },
  { name: '/lieux filtered', path: () => '/lieux?group=culture&q=e' },
  { name: 'the place page', path: async () => `/lieux/${(await namedPlace()).id}` },
  { name: 'a page that does not exist', path: () => '/no-such-page' },
];

async function findings(page: Page): Promise<string[]> {
  // Evaluated, not added as a tag: the policy of the page would refuse a tag.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.flatMap((found) =>
    found.nodes.map((node) => `${found.impact} ${found.id}: ${node.html.slice(0, 160)}`),
  );
}

for (const state of states) {
  test.each([
    ['fr', false],
    ['en', false],
    ['fr', true],
    ['en', true],
  ] as const)(`axe finds nothing in ${state.name} (%s, night: %s)`, async (language, night) => {
    const width = state.width ?? 1280;
    const options = { language, night, width, expected: /no-such-page/ };
    const { page, end } = await visit(await state.path(), options);
    await state.reach?.(page);
    expect(await findings(page)).toEqual([]);
    await end();
  });
}

test('everything to press on a phone is at least 44 px high or wide enough to hit', async () => {
  const { page, end } = await visit('/', { width: 360, height: 740 });
  await rest(page);
  const small = await page
    .locator('button:visible, summary:visible, .chips a:visible, .bar a:visible, input:visible')
    .evaluateAll((all) =>
      all
        .filter((one) => !one.closest('details:not([open]) > :not(summary)'))
        .map((one) => ({ one, box: (one.closest('label') ?? one).getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
        .map(({ one, box }) => `${Math.round(box.width)}×${Math.round(box.height)} ${one.outerHTML.slice(0, 100)}`),
    );
  expect(small).toEqual([]);
  await end();
});

test('the first Tab skips to the content, and focus is never lost', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe('#main');
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement !== null)).toBe(true);
  }
  await end();
});

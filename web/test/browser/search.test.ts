import { expect, test } from 'vitest';
import { leave, namedPlace, rest, visit } from './visit.ts';

test('typing suggests, arrows choose, Enter opens the card', async () => {
  const { properties } = await namedPlace();
  const { page, end } = await visit('/');
  await rest(page);
  await page.fill('#q', properties.name);
  const line = page.locator('#suggestions [role=option]', { hasText: properties.name }).first();
  await line.waitFor();
  expect(await page.getAttribute('#q', 'aria-expanded')).toBe('true');
  for (let i = 0; i < 12 && (await line.getAttribute('aria-selected')) !== 'true'; i++) {
    await page.keyboard.press('ArrowDown');
  }
  expect(await page.getAttribute('#q', 'aria-activedescendant')).toBe(await line.getAttribute('id'));
  await page.keyboard.press('Enter');
  await page.waitForSelector('#place:not([hidden])');
  expect(await page.textContent('#place')).toContain(properties.name);
  expect(await page.getAttribute('#q', 'aria-expanded')).toBe('false');
  await rest(page);
  await end();
});

test('Escape closes the suggestions, and Enter without one searches the list', async () => {
  const { properties } = await namedPlace();
  const { page, end } = await visit('/');
  await rest(page);
  await page.fill('#q', properties.name);
  await page.waitForSelector('#suggestions [role=option]');
  await page.keyboard.press('Escape');
  expect(await page.isHidden('#suggestions')).toBe(true);
  await leave(page, () => page.keyboard.press('Enter'));
  expect(page.url()).toMatch(/\/lieux\?/);
  expect(await page.textContent('main')).toContain(properties.name);
  await end();
});

test('a category suggested becomes the filter', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  await page.fill('#q', 'biblioth');
  await page.locator('#suggestions [role=option]', { hasText: 'Bibliothèque et médiathèque' }).first().click();
  await page.waitForURL((url) => url.searchParams.get('category') === 'library');
  await rest(page);
  await end();
});

test('what nobody knows is said, not hidden', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  await page.fill('#q', 'xqzwkxqzwk');
  await page.waitForSelector('#suggestions [aria-disabled=true]');
  await page.locator('#status', { hasText: 'xqzwkxqzwk' }).waitFor({ state: 'attached' });
  await end();
});

test('on a page without a map a suggestion leads to the place’s own page', async () => {
  const { id, properties } = await namedPlace();
  const { page, end } = await visit('/lieux');
  await page.fill('#q', properties.name);
  const line = page.locator('#suggestions [role=option]', { hasText: properties.name }).first();
  await leave(page, () => line.click());
  expect(page.url()).toMatch(/\/lieux\/\d+/);
  expect(await page.textContent('h1')).toContain(properties.name);
  expect(id).toBeGreaterThan(0);
  await end();
});

import { expect, test } from 'vitest';
import { coloursOfMap } from './pixels.ts';
import { namedPlace, origin, rest, visit } from './visit.ts';

test('a deep link shows the place: card, marker in view, focus on its name', async () => {
  const { id, properties } = await namedPlace();
  const { page, end } = await visit(`/?place=${id}`);
  await page.waitForSelector('#place:not([hidden])');
  await rest(page);
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  await expect.poll(focused).toContain(properties.name);
  // The ring of the chosen marker; the icon of "around me" has some of the colour too.
  const accent = async () => (await coloursOfMap(page, ['#1f5fa8']))[0];
  await expect.poll(accent).toBeGreaterThan(300);
  await end();
});

test('closing the card gives the focus back to its line in the list', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  const line = page.locator('#list [data-place]').first();
  const id = await line.getAttribute('data-place');
  await line.locator('a').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#place:not([hidden])');
  expect(await page.isHidden('#browse')).toBe(true);
  await rest(page); // the map may have gone there, and the list with it
  await page.keyboard.press('Escape');
  await page.waitForSelector('#place', { state: 'hidden' });
  await rest(page); // the list follows the map once more, and must keep the focus
  const back = await page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-place]')?.dataset.place);
  // The list may have followed the map meanwhile; then the focus is on the search field.
  const there = await page.locator(`#list [data-place="${id}"]`).count();
  if (there) expect(back).toBe(id);
  else expect(await page.evaluate(() => document.activeElement?.id)).toBe('q');
  await end();
});

test('the actions of the card are alive: directions lead out, sharing copies the address', async () => {
  const { id } = await namedPlace();
  const { page, context, end } = await visit(`/?place=${id}`);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.waitForSelector('#place:not([hidden])');
  await rest(page); // after which nothing else is announced
  const hrefs = await page
    .locator('#place a[href]')
    .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
  expect(hrefs.some((href) => href.startsWith('geo:') || href.includes('openstreetmap.org/directions'))).toBe(true);
  await page.evaluate(() => Object.defineProperty(navigator, 'share', { value: undefined }));
  await page.click('#place [data-action=share]');
  await page.locator('#status', { hasText: 'Adresse copiée' }).waitFor({ state: 'attached' });
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${origin}/lieux/${id}`);
  // Without a clipboard, as over plain HTTP, the address stands there to be copied by hand.
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await page.click('#place [data-action=share]');
  const shown = page.locator('#place [data-by-hand]');
  expect(await shown.inputValue()).toBe(`${origin}/lieux/${id}`);
  await expect.poll(() => shown.evaluate((field) => field === document.activeElement)).toBe(true);
  expect(await page.evaluate(() => getSelection()?.toString())).toContain(`/lieux/${id}`);
  await rest(page);
  await end();
});

test('on a phone the sheet has three stops, by keyboard and by finger', async () => {
  const { page, end } = await visit('/', { width: 360, height: 740 });
  await rest(page);
  const stop = () => page.getAttribute('#sheet', 'data-stop');
  const top = async () => (await page.locator('#sheet').boundingBox())?.y ?? 0;
  /** Presses a key and gives where the sheet's edge comes to rest. */
  const press = async (key: string, from: number) => {
    await page.keyboard.press(key);
    await page.waitForFunction((y) => document.getElementById('sheet')?.getBoundingClientRect().y !== y, from);
    return top();
  };
  const handle = page.locator('#sheet [data-action=stop]');
  await handle.focus();
  const half = await top();
  const full = await press('ArrowUp', half);
  expect(await stop()).toBe('full');
  expect(full).toBeLessThan(half);
  expect(await press('ArrowDown', full)).toBe(half);
  const peek = await press('ArrowDown', half);
  expect(await stop()).toBe('peek');
  expect(peek).toBeGreaterThan(half);
  const box = await handle.boundingBox();
  if (!box) throw new Error('the sheet has no handle');
  await page.mouse.move(box.x + box.width / 2, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, 380, { steps: 8 });
  await page.mouse.move(box.x + box.width / 2, 378, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => document.getElementById('sheet')?.dataset.stop !== 'peek');
  await rest(page);
  await end();
});

// The map in other places: a frame on somebody else's site, a sheet of paper.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { items, namedPlace, origin, rest, visit } from './visit.ts';

test('another site frames the map: it works there, without a cookie, and the back button stays with that site', async () => {
  const { numberMatched } = await items('limit=1&group=culture');
  const page = `<title>Une association</title><iframe src="${origin}/embed?group=culture" width="900" height="600"></iframe>`;
  const other = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(page));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const site = `http://localhost:${(other.address() as AddressInfo).port}/`;
  const { page: tab, context, end } = await visit('/a-propos', { expected: /./, elsewhere: new URL(site).origin });
  await tab.goto(site);
  const frame = tab.frameLocator('iframe');
  await rest(frame);
  expect(await frame.locator('.results').getAttribute('data-count')).toBe(String(numberMatched));
  const before = await tab.evaluate(() => history.length);
  await frame.locator('#sheet [data-action=stop]').focus();
  await tab.keyboard.press('ArrowUp');
  await frame.locator('#list [data-place] a').first().click();
  await frame.locator('#place [data-place]').waitFor();
  expect(await tab.evaluate(() => history.length)).toBe(before);
  expect(await context.cookies()).toEqual([]);
  expect(await frame.locator('.bar').count()).toBe(0);
  await tab.goto(`${origin}/a-propos`);
  other.close();
  await end();
});

test('no other page can be framed', async () => {
  const policy = async (path: string) => (await fetch(origin + path)).headers.get('content-security-policy') ?? '';
  expect(await policy('/embed')).toContain('frame-ancestors *');
  for (const path of ['/', '/lieux', '/integrer', '/contribuer/lieu', '/connexion', '/embed?bbox=1']) {
    expect(await policy(path), path).toContain("frame-ancestors 'none'");
  }
});

test('the snippet is copied with one button', async () => {
  const { page, context, end } = await visit('/integrer?group=culture');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.click('[data-action=copy]');
  await page.locator('#status', { hasText: 'Code copié' }).waitFor({ state: 'attached' });
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(`<iframe src="${origin}/embed?group=culture"`);
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined })); // as over plain HTTP
  await page.click('[data-action=copy]');
  await page.locator('#status', { hasText: 'À copier à la main' }).waitFor({ state: 'attached' });
  await end();
});

test('the sheet of paper has a drawn map and as many numbers as places, and fits A4', async () => {
  const { page, end } = await visit('/imprimer?group=culture');
  await page.waitForSelector('#paper[data-state=idle][role=img] img');
  const { numberMatched } = await items('limit=1&group=culture');
  expect(await page.locator('.paper__place').count()).toBe(Math.min(60, numberMatched));
  const image = await page.evaluate(async () => {
    const picture = document.querySelector<HTMLImageElement>('#paper img');
    const context = new OffscreenCanvas(100, 60).getContext('2d');
    if (!picture || !context) return { wide: 0, colours: 0 };
    context.drawImage(picture, 0, 0, 100, 60);
    const pixels = new Uint32Array(context.getImageData(0, 0, 100, 60).data.buffer);
    return { wide: picture.naturalWidth, colours: new Set(pixels).size };
  });
  expect(image.wide).toBeGreaterThan(1200); // fine enough for paper
  expect(image.colours).toBeGreaterThan(20);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  expect(pdf).toMatch(/MediaBox \[0 0 59[45][.\d]* 84[12]/); // A4 in points
  expect(pdf).toContain('/Subtype /Image');
  await end();
});

test('the map’s own links lead to the same question on paper and in a frame', async () => {
  const place = await namedPlace('group=culture');
  const [lon, lat] = place.geometry.coordinates;
  const { page, end } = await visit(`/?group=culture&z=17&lat=${lat}&lon=${lon}`);
  await rest(page);
  const href = (await page.getAttribute('a[data-tool="/imprimer"]', 'href')) ?? '';
  const asked = new URL(href, origin).searchParams;
  expect(asked.get('group')).toBe('culture');
  const [west = 0, , east = 0] = (asked.get('bbox') ?? '').split(',').map(Number);
  expect(west).toBeLessThan(lon);
  expect(east).toBeGreaterThan(lon);
  expect(east - west).toBeLessThan(0.02);
  await end();
});

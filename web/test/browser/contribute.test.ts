// From the form to the receipt and back by the secret link, with and without JavaScript.

import { expect, test } from 'vitest';
import { namedPlace, origin, visit } from './visit.ts';

async function spot(): Promise<[number, number]> {
  const [lon, lat] = (await namedPlace()).geometry.coordinates;
  return [lon + 0.0031, lat + 0.0007];
}

test('without JavaScript a visitor adds a place, and comes back with the code', async () => {
  const [lon, lat] = await spot();
  const { page, end } = await visit('/contribuer/lieu', { script: false });
  await page.fill('[name=name]', 'Boîte à livres du Port');
  await page.fill('[name=category_text]', 'Boîte à livres');
  await page.fill('[name=lat]', String(lat));
  await page.fill('[name=lon]', String(lon));
  await page.locator('#place-form > .form__actions button').click();
  const code = await page.inputValue('#code');
  expect(code).toMatch(/^\d+\.cqc_/);
  expect(page.url()).toBe(`${origin}/contribuer/lieu`);
  await page.goto(`${origin}/mes-contributions`);
  await page.fill('#code', code);
  await page.click('#code-form button');
  expect(await page.textContent('h1')).toContain('Boîte à livres du Port');
  expect(page.url()).toBe(`${origin}/mes-contributions`);
  await end();
});

test('the secret link opens the contribution, and its code leaves the address', async () => {
  const [lon, lat] = await spot();
  const { page, context, end } = await visit('/contribuer/lieu', { language: 'en' });
  const urls: string[] = [];
  context.on('request', (request) => urls.push(request.url() + (request.headers().referer ?? '')));
  await page.fill('[name=name]', 'Bench of the harbour');
  await page.fill('[name=category_text]', 'Bench');
  expect(await page.inputValue('[name=category]')).toBe('bench');
  await page.fill('[name=lat]', String(lat + 0.002));
  await page.fill('[name=lon]', String(lon));
  await page.locator('#place-form > .form__actions button').click();
  await page.waitForSelector('#code');
  const code = await page.inputValue('#code');
  await page.click(`a[href$="#${code}"]`);
  await page.waitForSelector('.story');
  expect(await page.textContent('h1')).toContain('Bench of the harbour');
  expect(page.url()).not.toContain('cqc_');
  expect(urls.filter((url) => url.includes('cqc_'))).toEqual([]);
  await end();
});

test('the cross on the map writes the two fields', async () => {
  const { page, end } = await visit('/contribuer/lieu', { width: 360, height: 740 });
  await page.click('[data-action=pick]');
  await page.waitForSelector('[data-picker][data-state=idle]');
  await page.locator('[data-picker] canvas').focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('[name=lon]')?.value !== '');
  expect(Number(await page.inputValue('[name=lat]'))).toBeGreaterThan(0);
  await end();
});

test('without JavaScript one tap on the place page says that it is still right', async () => {
  const { id } = await namedPlace();
  const { page, end } = await visit(`/lieux/${id}`, { script: false });
  await page.click('button[value=confirm]');
  expect(await page.textContent('h1')).toBeTruthy();
  expect(await page.inputValue('#code')).toMatch(/cqc_/);
  await end();
});

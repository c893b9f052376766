// From "+" to the receipt and back by the secret link, with and without JavaScript; and
// what one says of a place by one tap.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { asModerator, asResident, decided, leave, namedPlace, origin, rest, visit } from './visit.ts';

/** `TYPING=200 npm run test:browser -- contribute -t minute` types as people do, and prints how long adding takes. */
const typing = Number(process.env.TYPING ?? 0);
const phone = { width: 360, height: 740 } as const;

/** A spot where nothing is known, on dry land. */
async function spot(): Promise<[number, number]> {
  const [lon, lat] = (await namedPlace()).geometry.coordinates;
  return [lon + 0.0031, lat + 0.0007];
}

/** A person looks before each tap; a test does not. */
async function think(page: Page, times = 5): Promise<void> {
  if (typing > 0) await page.waitForTimeout(typing * times);
}

/** Taps like a thumb, after a look. */
async function tap(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor();
  await think(page);
  await page.locator(selector).first().click();
}

async function type(page: Page, selector: string, words: string): Promise<void> {
  await page.locator(selector).pressSequentially(words, { delay: typing });
}

/** What the keyboard comes to and nobody sees: the names of the fields under the bar that sends. */
async function hiddenBySend(page: Page): Promise<string[]> {
  const hidden: string[] = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const one = document.activeElement;
      const bar = document.querySelector('.send');
      if (!one || !bar || bar.contains(one)) return null;
      return one.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1 ? one.outerHTML.slice(0, 80) : '';
    });
    if (name === null) break;
    if (name) hidden.push(name);
  }
  return hidden;
}

const stored = (page: Page) => page.evaluate(() => localStorage.getItem('cartoquartiers.place'));

test('a resident adds a place by thumb in under a minute, through a lost network, and a moderator puts it on the map', async () => {
  const [lon, lat] = (await namedPlace()).geometry.coordinates;
  const { page, context, end } = await visit(`/#17/${lat}/${lon}`, { ...phone, headers: asResident });
  await page.waitForSelector('#map[data-state=idle]');
  const began = Date.now();
  await leave(page, () => tap(page, '.float--add'));
  await page.waitForSelector('[data-picker][data-state=idle]');
  await tap(page, '[data-next=alike]');
  await page.waitForSelector('.lookalike');
  expect(await page.locator('.lookalike').count()).toBeLessThanOrEqual(4);
  await think(page, 10);
  await tap(page, '[data-next=what]');
  await tap(page, '#chooser');
  await type(page, '#chooser', 'livr');
  await tap(page, '.choices [data-category=book_box]');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('name');
  await type(page, '[name=name]', 'Livres du Ponton rouge');
  await context.setOffline(true);
  await tap(page, '.send [type=submit]');
  await page.waitForSelector('[data-failed]:not([hidden])');
  expect(await stored(page)).toContain('Livres du Ponton rouge');
  await context.setOffline(false);
  await tap(page, '.send [type=submit]');
  await page.waitForSelector('#receipt');
  const seconds = (Date.now() - began) / 1000;
  console.log(`a place was added in ${seconds.toFixed(1)} s, ${typing || 'no'} ms a letter`);
  if (typing) expect(seconds).toBeLessThan(60); // a measurement, for who asks for one
  expect(await stored(page)).toBeNull();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');

  const id = /contributions\/(\d+)/.exec(
    (await page.getAttribute('a[href*="/mes-contributions/"]', 'href')) ?? '',
  )?.[1];
  const desk = await visit(`/moderation/${id}`, { headers: asModerator });
  await desk.page.waitForSelector('main[data-ready]');
  await desk.page.keyboard.press('a');
  await decided(desk.page, id);
  await desk.end();

  await page.goto(`${origin}/mes-contributions/${id}`);
  expect(await page.textContent('.heading')).toContain('Acceptée');
  const place = await page.getAttribute('a[href^="/lieux/"]', 'href');
  await page.goto(`${origin}/?place=${place?.split('/').pop()}`);
  await page.waitForSelector('#map[data-state=idle]');
  expect(await page.textContent('#place h2')).toContain('Livres du Ponton rouge');
  await end();
});

test('a draft comes back after the page was closed, mistakes stand beside their fields, and the keyboard does it all', async () => {
  const [lon, lat] = await spot();
  const { page, end } = await visit(`/contribuer/lieu?lang=en#19/${lat + 0.002}/${lon}`, {
    ...phone,
    headers: asResident,
    expected: /contribuer.lieu/,
  });
  await page.waitForSelector('[data-picker][data-state=idle]');
  await page.click('[data-coordinates] summary');
  await page.fill('[name=lat]', `${lat + 0.0021}`);
  await page.fill('[name=lon]', `${lon}`);
  await page.locator('[name=lon]').press('Enter'); // goes on from where one typed, and sends nothing
  await page.waitForSelector('form[data-at=what]');
  expect(Number(await page.inputValue('[name=lat]'))).toBeCloseTo(lat + 0.0021, 6);
  await page.click('.back');
  await page.waitForSelector('form[data-at=where]');
  await page.locator('[data-picker] canvas').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForSelector('form[data-at=what]');
  expect(Number(await page.inputValue('[name=lat]'))).toBeCloseTo(lat + 0.0021, 5);
  await page.keyboard.press('Tab');
  await page.keyboard.type('compost');
  await page.keyboard.press('Enter');
  expect(await page.inputValue('[name=category]')).toBe('compost');
  const address = page.url();
  await page.goto('about:blank');
  await page.goto(address);
  await page.waitForSelector('[data-draft]:not([hidden])');
  await page.click('.back'); // leads through the form, not out of it
  await page.waitForSelector('form[data-at=where]');
  await page.goForward();
  await page.waitForSelector('form[data-at=what]');
  expect(await page.inputValue('[name=category]')).toBe('compost');
  expect(Number(await page.inputValue('[name=lon]'))).toBeGreaterThan(lon);
  await page.locator('.send [type=submit]').press('Enter');
  await page.waitForSelector('[name=name][aria-invalid=true]');
  const wrong = await page.evaluate(() => document.activeElement?.getAttribute('aria-describedby'));
  expect(await page.textContent(`#${wrong}`)).toContain('Give a name.');
  await page.keyboard.type('Composter of the slope');
  await page.locator('[data-next=details]').press('Enter');
  await page.locator('.hours > p > button').press('Enter');
  await page.keyboard.press('Space'); // not on Mondays
  expect(await page.inputValue('[name=opening_hours]')).toBe('Tu-Fr 09:00-18:00');
  expect(await hiddenBySend(page)).toEqual([]);
  await page.locator('.send [type=submit]').press('Enter');
  await page.waitForSelector('#receipt');
  await end();
});

test('without JavaScript a visitor adds a place, and comes back with the code', async () => {
  const [lon, lat] = await spot();
  const { page, end } = await visit('/contribuer/lieu', { script: false });
  await page.fill('[name=name]', 'Boîte à livres du Port');
  await page.fill('[name=category_text]', 'Boîte à livres');
  await page.fill('[name=lat]', String(lat));
  await page.fill('[name=lon]', String(lon));
  await leave(page, () => page.locator('#place-form .send [type=submit]').click());
  const code = await page.inputValue('#code');
  expect(code).toMatch(/^\d+\.cqc_/);
  expect(page.url()).toBe(`${origin}/contribuer/lieu`);
  await page.goto(`${origin}/mes-contributions`);
  await page.fill('#code', code);
  await leave(page, () => page.click('#code-form button'));
  expect(await page.textContent('h1')).toContain('Boîte à livres du Port');
  expect(page.url()).toBe(`${origin}/mes-contributions`);
  await end();
});

test('one tap on the card says that it is still there, the secret link opens it, and its code leaves the address', async () => {
  const { id } = await namedPlace();
  const { page, context, end } = await visit(`/?place=${id}`, { ...phone, language: 'en' });
  const urls: string[] = [];
  context.on('request', (request) => urls.push(request.url() + (request.headers().referer ?? '')));
  await rest(page); // the sheet is where it stays
  await page.click('#place button[value=confirm]');
  const said = await page.locator('#place .said').boundingBox();
  expect((said?.y ?? 0) + (said?.height ?? 0), 'the answer is in view').toBeLessThan(phone.height + 1);
  await page.click('#place [data-undo] button');
  await page.waitForFunction(() => document.querySelector('[data-said]')?.textContent === 'It is undone.');
  await page.click('#place button[value=confirm]');
  await page.click('#place .said a');
  await page.waitForSelector('.story');
  expect(await page.textContent('.heading')).toContain('Still');
  expect(page.url()).not.toContain('cqc_');
  expect(urls.filter((url) => url.includes('cqc_'))).toEqual([]);
  await end();
});

test('the cross on the map writes the two fields of a correction', async () => {
  const { id } = await namedPlace();
  const { page, end } = await visit(`/lieux/${id}/modifier`, phone);
  await page.waitForSelector('#place-form[data-ready]');
  await page.click('[data-action=pick]');
  await page.waitForSelector('[data-picker][data-state=idle]');
  const before = await page.inputValue('[name=lon]');
  await page.locator('[data-picker] canvas').focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction((old) => document.querySelector<HTMLInputElement>('[name=lon]')?.value !== old, before);
  expect(Number(await page.inputValue('[name=lat]'))).toBeGreaterThan(0);
  await end();
});

test('without JavaScript one tap on the place page says that it is still right', async () => {
  const { id } = await namedPlace();
  const { page, end } = await visit(`/lieux/${id}`, { script: false });
  await leave(page, () => page.click('button[value=confirm]'));
  expect(await page.textContent('h1')).toBeTruthy();
  expect(await page.inputValue('#code')).toMatch(/cqc_/);
  await end();
});

test('a photo is made smaller on the device before it is sent', async () => {
  const { id } = await namedPlace();
  const { page, end } = await visit(`/lieux/${id}/photo`, { ...phone, headers: asResident });
  const before = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(2400, 300);
    const image = new ImageData(2400, 300);
    for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : (i * 2654435761) >>> 24;
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    const taken = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
    const input = document.querySelector<HTMLInputElement>('#photo');
    const list = new DataTransfer();
    list.items.add(new File([taken], 'IMG_1.jpg', { type: 'image/jpeg' }));
    if (input) input.files = list.files;
    input?.dispatchEvent(new Event('change', { bubbles: true }));
    return taken.size;
  });
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('#photo')?.files?.[0]?.name === 'photo.jpg',
  );
  const after = await page.evaluate(async () => {
    const file = document.querySelector<HTMLInputElement>('#photo')?.files?.[0] ?? new Blob();
    const { width, height } = await createImageBitmap(file);
    return { width, height, bytes: file.size };
  });
  expect(after).toMatchObject({ width: 1920, height: 240 });
  expect(after.bytes).toBeLessThan(before);
  await end();
});

test('a moderator refuses with a reason, and a visitor appeals with the code, without JavaScript', async () => {
  const [lon, lat] = await spot();
  const { page, end } = await visit('/contribuer/lieu', { ...phone, script: false });
  await page.fill('[name=name]', 'Fontaine du Fanal');
  await page.selectOption('[name=category]', 'drinking_water');
  await page.fill('[name=lat]', String(lat));
  await page.fill('[name=lon]', String(lon - 0.0008));
  await leave(page, () => page.locator('#place-form .send [type=submit]').click());
  const code = await page.inputValue('#code');
  const desk = await visit(`/moderation/${code.split('.')[0]}`, { headers: asModerator });
  await desk.page.waitForSelector('main[data-ready]');
  await desk.page.keyboard.press('r');
  await desk.page.selectOption('#reason', 'unverifiable');
  await desk.page.fill('#message', 'Nous y sommes passés, sans la trouver.');
  await desk.page.locator('#message').press('Control+Enter');
  await decided(desk.page, code.split('.')[0]);
  await desk.end();
  const open = async () => {
    await page.goto(`${origin}/mes-contributions`);
    await page.fill('#code', code);
    await leave(page, () => page.click('#code-form button'));
  };
  await open();
  expect(await page.textContent('.story')).toMatch(/Refusée[\s\S]*invérifiable[\s\S]*sans la trouver/);
  await page.fill('#appeal', 'Elle est derrière le fanal, côté quai.');
  await leave(page, () => page.click('form[action$="/appel"] button'));
  expect(await page.textContent('.heading')).toContain('Transmise');
  await open();
  expect(await page.textContent('.story')).toContain('côté quai');
  expect(await page.locator('form[action$="/appel"]').count(), 'once is all there is').toBe(0);
  await end();
});

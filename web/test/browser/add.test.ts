// Adding a place beside the story of contribute.test.ts: where the cross goes, what is
// asked on the way, the photo that comes along, and the code of the receipt.

import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { asModerator, asResident, decided, items, namedPlace, origin, type Place, visit } from './visit.ts';

type Decoded = { data: string } | null;
const readCode = createRequire(import.meta.url)('jsqr') as (
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
) => Decoded;

const phone = { width: 360, height: 740, headers: asResident } as const;

const field = async (page: Page, name: string) => Number(await page.inputValue(`[name=${name}]`));

/** Waits until a field of the position is no longer what it was, and gives it. */
async function moved(page: Page, name: string, from: number): Promise<number> {
  await page.waitForFunction(
    ([which, old]) => Number(document.querySelector<HTMLInputElement>(`[name=${which}]`)?.value) !== old,
    [name, from] as const,
  );
  return field(page, name);
}

/** Presses a key until the focus is where a selector says. */
async function pressUntil(page: Page, key: string, selector: string): Promise<void> {
  for (let i = 0; i < 40; i++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not lead to ${selector}`);
}

test('the cross goes where one stands, taps or presses arrows, and the look-alikes are answered by keys', async () => {
  const [lon, lat] = (await namedPlace()).geometry.coordinates;
  const position = { longitude: lon, latitude: lat, accuracy: 12 };
  const { page, end } = await visit('/contribuer/lieu', { ...phone, position });
  await page.waitForSelector('[data-picker][data-state=idle]');
  await page.click('[data-action=here]');
  await page.waitForFunction(
    (at) => document.querySelector<HTMLInputElement>('[name=lat]')?.value === at,
    lat.toFixed(6),
  );
  expect(await page.inputValue('[name=lon]')).toBe(lon.toFixed(6));
  await page.waitForSelector('[data-picker][data-state=idle]');
  const box = await page.locator('[data-picker] canvas').boundingBox();
  if (!box) throw new Error('there is no map');
  await page.mouse.click(box.x + box.width / 2 + 40, box.y + box.height / 2);
  const east = await moved(page, 'lon', Number(lon.toFixed(6)));
  expect(east).toBeGreaterThan(lon);
  await page.waitForSelector('[data-picker][data-state=idle]');
  await page.locator('[data-picker] canvas').focus();
  const south = await field(page, 'lat');
  await page.keyboard.press('ArrowUp');
  expect(await moved(page, 'lat', south)).toBeGreaterThan(south);
  await page.locator('[data-picker] canvas').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('form[data-at=alike]');
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('LEGEND');
  await pressUntil(page, 'Tab', '.lookalike a.button'); // "it is this one" is on the way
  await pressUntil(page, 'Tab', '[data-next=what]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('form[data-at=what]');
  await page.evaluate(() => localStorage.clear()); // the draft
  await end();
});

const metres = (a: [number, number], b: [number, number]) =>
  Math.hypot((a[0] - b[0]) * 111_320 * Math.cos((a[1] * Math.PI) / 180), (a[1] - b[1]) * 111_320);

/** A place with a name, and a spot within 100 m of it to which other places are nearer than it. */
async function crowded(): Promise<{ place: Place & { properties: { name: string } }; spot: [number, number] }> {
  const { features } = await items('limit=1000');
  for (const place of features) {
    if (!place.properties.name) continue;
    const [lon, lat] = place.geometry.coordinates;
    const spots: [number, number][] = [
      [lon + 0.00085, lat],
      [lon - 0.00085, lat],
      [lon, lat + 0.0006],
      [lon, lat - 0.0006],
    ];
    for (const spot of spots) {
      const far = metres(place.geometry.coordinates, spot);
      const nearer = features.filter((one) => metres(one.geometry.coordinates, spot) < far - 3);
      const asked = new Set(nearer.map((one) => one.properties.name || one.properties.category)); // of what has no name the nearest of each kind
      if (far < 92 && asked.size >= 4) return { place: place as Place & { properties: { name: string } }, spot };
    }
  }
  throw new Error('the demonstration town has no crowded corner');
}

test('what is called the same is shown before sending; photo and receipt go along', async () => {
  const { place, spot } = await crowded();
  const { page, end } = await visit(`/contribuer/lieu#19/${spot[1]}/${spot[0]}`, phone);
  await page.waitForSelector('[data-picker][data-state=idle]');
  await page.click('[data-next=alike]');
  await page.waitForSelector('#alike .lookalike');
  expect(await page.locator(`#alike [value="${place.id}"]`).count(), 'the four nearest are others').toBe(0);
  await page.click('#alike [data-next=what]');
  await page.selectOption('[name=category]', place.properties.category, { force: true });
  await page.fill('[name=name]', place.properties.name);
  await page.check(`[data-alike-named] [value="${place.id}"]`);

  await page.click('[data-next=details]');
  await page.click('summary:has(+ .form__part [name=photo])');
  expect(await page.getAttribute('[name=photo]', 'capture')).toBe('environment');
  await takePhoto(page);
  await page.fill('[name=photo_alt]', 'La porte et son banc');
  await page.click('.send [type=submit]');
  await page.waitForSelector('#receipt');
  expect(await page.textContent('.heading')).toContain('Votre photo attend avec lui');
  const own = await page.getAttribute('a[href*="/mes-contributions/"]', 'href');
  const leads = await decoded(page);
  expect(leads).toBe(await page.getAttribute('.proof a', 'href'));
  await page.goto(leads);
  expect(page.url()).toMatch(new RegExp(`^${origin}/journal/recu\\?ligne=[0-9a-f]{64}$`));
  expect(await page.textContent('main')).not.toContain('pas un reçu');

  const id = own?.split('/').pop();
  const desk = await visit(`/moderation/${id}`, { headers: asModerator });
  await desk.page.waitForSelector('main[data-ready]');
  const width = (one: Page) => one.evaluate(() => document.querySelector<HTMLImageElement>('img.shown')?.naturalWidth);
  await expect.poll(() => width(desk.page)).toBe(960);
  await desk.page.keyboard.press('a');
  await decided(desk.page, id);
  await desk.end();

  const followed = async () => {
    const answer = await fetch(`${origin}/api/v1/contributions/${id}`, { headers: asResident });
    return ((await answer.json()) as { photo_contribution?: number }).photo_contribution;
  };
  await expect.poll(followed).toBeTypeOf('number');
  await page.goto(`${origin}${own}`);
  await page.goto(`${origin}${await page.getAttribute('a:has-text("Suivre ma photo")', 'href')}`);
  expect(await page.textContent('.heading')).toContain('En attente');
  await expect.poll(() => width(page), { message: 'its author sees it' }).toBe(320);
  await end();
});

/** Chooses a large picture, as a camera gives it, and waits until it is smaller. */
async function takePhoto(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(2400, 1200);
    const image = new ImageData(2400, 1200);
    for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : (i >> 7) ^ (i >> 14);
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    const list = new DataTransfer();
    list.items.add(new File([await canvas.convertToBlob({ type: 'image/png' }), new Uint8Array(700_000)], 'IMG_1.png'));
    const input = document.querySelector<HTMLInputElement>('[name=photo]');
    if (input) input.files = list.files;
    input?.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('[name=photo]')?.files?.[0]?.name === 'photo.jpg',
  );
}

/** What a reader that knows nothing of us sees in the code of a receipt. */
async function decoded(page: Page): Promise<string> {
  const png = (await page.locator('svg.qr').screenshot()).toString('base64');
  const blank = await page.context().newPage();
  const { pixels, width, height } = await blank.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
    context?.drawImage(image, 0, 0);
    const drawn = context?.getImageData(0, 0, image.width, image.height).data ?? [];
    return { pixels: [...drawn], width: image.width, height: image.height };
  }, png);
  await blank.close();
  return readCode(new Uint8ClampedArray(pixels), width, height)?.data ?? '';
}

// What people do with their accounts in a real browser: a passkey, an area drawn on the
// map, a rectangle drawn on a photo.

import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve } from './server.ts';
import { asModerator, asResident, browser, leave, namedPlace, origin, visit } from './visit.ts';

/** The token in the letter to an address, once it lies in the folder. */
async function tokenFor(data: string, address: string): Promise<string> {
  const folder = join(data, 'mail');
  let token = '';
  const look = async () => {
    for (const name of await readdir(folder).catch(() => [])) {
      const letter = (await readFile(join(folder, name), 'utf8')).replace(/=\r?\n/g, '').replace(/=3D/g, '=');
      if (letter.includes(address)) token = /jeton=([\w-]+)/.exec(letter)?.[1] ?? token;
    }
    return token;
  };
  await expect.poll(look).not.toBe('');
  return token;
}

// Passkeys belong to a name, and 127.0.0.1 is none: this needs a server of its own, which is called localhost.
test('a passkey is added, and signs in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cartoquartiers-passkey-'));
  await chmod(folder, 0o755); // PostgreSQL runs as another user when we are root
  const server = await serve(folder, 'localhost');
  const here = server.origin;
  const context = await (await browser()).newContext({ locale: 'fr-FR' });
  try {
    const page = await context.newPage();
    const device = await context.newCDPSession(page);
    await device.send('WebAuthn.enable');
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
    } as const;
    await device.send('WebAuthn.addVirtualAuthenticator', {
      options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await page.goto(`${here}/connexion`);
    await page.fill('#email', 'passkey@example.org');
    await leave(page, () => page.click('main form button'));
    await page.goto(`${here}/connexion/lien?jeton=${await tokenFor(folder, 'passkey@example.org')}`);
    await leave(page, () => page.click('main form button'));
    expect(page.url()).toBe(`${here}/compte`);
    await leave(page, () => page.click('[data-action=add-passkey]'));
    await page.waitForSelector('form[action*="/compte/cles/retrait"]');
    await leave(page, () => page.click('form[action*="/deconnexion"] button'));
    await page.goto(`${here}/connexion?next=%2Fsuivi`);
    await leave(page, () => page.click('[data-action=use-passkey]'));
    expect(page.url()).toBe(`${here}/suivi`);
  } finally {
    await context.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test('an area is drawn with keys and by touch, and can be taken back', async () => {
  const { page, end } = await visit('/suivi', { headers: asResident });
  const area = async () => JSON.parse((await page.inputValue('#area')) || 'null');
  await page.waitForSelector('[data-draw][data-ready]');
  await page.click('[data-action=draw]');
  await page.waitForSelector('[data-drawing][data-state=idle]');
  const canvas = page.locator('[data-drawing] canvas');
  await page.click('[data-action=corner]');
  for (const key of ['ArrowRight', 'ArrowDown']) {
    await canvas.focus();
    await page.keyboard.press(key);
    await page.waitForSelector('[data-drawing][data-state=idle]');
    await page.click('[data-action=corner]');
  }
  const three = await area();
  expect(three.type).toBe('Polygon');
  expect(three.coordinates[0]).toHaveLength(4);
  expect(new Set(three.coordinates[0].map(String)).size, 'each elsewhere').toBe(3);
  await canvas.click({ position: { x: 60, y: 60 } });
  expect((await area()).coordinates[0]).toHaveLength(5);
  await page.click('[data-action=undo-corner]');
  expect(await area()).toEqual(three);
  await page.click('[data-action=clear-corners]');
  expect(await area()).toBeNull();
  await end();
});

test('a rectangle is drawn on a photo, moved with keys, and painted over', async () => {
  const place = await namedPlace();
  const shot = await visit('/a-propos', { width: 640, height: 480 });
  const picture = await shot.page.screenshot({ type: 'jpeg' });
  await shot.end();
  const send = async (path: string, body: BodyInit, type: string) => {
    const headers = { ...asResident, 'Content-Type': type };
    const response = await fetch(`${origin}/api/v1/${path}`, { method: 'POST', body, headers });
    expect(response.ok, await response.clone().text()).toBe(true);
    return (await response.json()) as { id: number };
  };
  const { id: photo } = await send('photos', new Uint8Array(picture), 'image/jpeg');
  const about = { action: 'photo', place_id: place.id, photo, alt: 'Une page', licence: 'CC0-1.0' };
  const { id } = await send('contributions', JSON.stringify(about), 'application/json');
  const { page, end } = await visit(`/moderation/${id}`, { headers: asModerator });
  await page.waitForSelector('main[data-ready]');
  await page.click('[data-blur-form] summary');
  await page.locator('[data-blur] img').evaluate((image) => (image as HTMLImageElement).decode());
  await page.locator('[data-blur]').evaluate((one) => one.scrollIntoView({ block: 'center', behavior: 'instant' }));
  const box = await page.locator('[data-blur]').boundingBox();
  if (!box) throw new Error('the photo is not shown');
  await page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.5, { steps: 4 });
  await page.mouse.up();
  const numbers = async () =>
    Promise.all(['x', 'y', 'w', 'h'].map(async (n) => Number(await page.inputValue(`#b-${n}`))));
  const drawn = await numbers();
  for (const [i, want] of [10, 20, 20, 30].entries()) expect(Math.abs((drawn[i] ?? 0) - want)).toBeLessThan(2);
  await page.locator('.blur__box--now').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  const moved = await numbers();
  expect(moved[0]).toBeCloseTo((drawn[0] ?? 0) + 1, 1);
  expect(moved[3]).toBeCloseTo((drawn[3] ?? 0) + 1, 1);
  await page.click('[data-action=blur-add]');
  expect(await page.locator('.blur__box--kept').count()).toBe(1);
  expect(await page.inputValue('#b-x'), 'nothing more is painted over than what is kept').toBe('');
  await leave(page, () => page.click('[data-blur-form] button[type=submit]'));
  await page.waitForSelector('text=C’est masqué');
  await end();
});

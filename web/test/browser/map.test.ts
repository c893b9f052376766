import { expect, test } from 'vitest';
import { coloursOfMap } from './pixels.ts';
import { items, light, namedPlace, origin, rest, visit } from './visit.ts';

const groupColours = ['#345fb2', '#7b489e', '#953d7c', '#1e7729', '#67680b', '#865901', '#a43a41', '#9f3960'];

/** The map page, looking at the whole town and some land around it. */
async function fromAfar(): Promise<string> {
  const [lon, lat] = (await namedPlace()).geometry.coordinates;
  return `/#10/${lat}/${lon}`;
}

test('the map shows the whole town as rings, and nothing shifts when it comes', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  const seen = async () => (await coloursOfMap(page, groupColours)).filter((pixels) => pixels > 20).length;
  await expect.poll(seen).toBeGreaterThan(3);
  const shift = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          resolve(list.getEntries().reduce((sum, entry) => sum + ((entry as { value?: number }).value ?? 0), 0));
        }).observe({ type: 'layout-shift', buffered: true });
        // Without any shift the observer never speaks.
        setTimeout(() => resolve(0), 500);
      }),
  );
  expect(shift).toBeLessThan(0.05);
  await end();
});

test('seen from afar every place of the town is in the list, and its count is the API’s', async () => {
  const { page, end } = await visit(await fromAfar());
  await rest(page);
  const { numberMatched } = await items('limit=1');
  expect(await page.getAttribute('.results', 'data-count')).toBe(String(numberMatched));
  await page.locator('#status', { hasText: numberMatched.toLocaleString('fr') }).waitFor({ state: 'attached' });
  await end();
});

test('a click on a marker opens its card, and the back button closes it', async () => {
  const place = await namedPlace('category=library,school,park,toilets');
  const [lon, lat] = place.geometry.coordinates;
  const { page, end } = await visit(`/#18/${lat}/${lon}`);
  await rest(page);
  await page.locator('#map canvas').click(); // its middle, where the place is
  await page.waitForSelector('#place:not([hidden])');
  expect(await page.textContent('#place')).toContain(place.properties.name);
  expect(new URL(page.url()).searchParams.get('place')).toBe(String(place.id));
  await page.goBack();
  await page.waitForSelector('#place', { state: 'hidden' });
  expect(new URL(page.url()).searchParams.has('place')).toBe(false);
  await page.goForward();
  await page.waitForSelector('#place:not([hidden])');
  await end();
});

test('a click on a ring goes nearer', async () => {
  const place = await namedPlace();
  const [lon, lat] = place.geometry.coordinates;
  const { page, end } = await visit(`/#5/${lat}/${lon}`);
  await rest(page);
  await page.locator('#map canvas').click();
  await page.waitForURL((url) => Number(url.hash.slice(1).split('/')[0]) > 6);
  await rest(page);
  await end();
});

test('the list follows the map, and lines and markers point at each other', async () => {
  const place = await namedPlace('category=library,school,park,toilets');
  const [lon, lat] = place.geometry.coordinates;
  const { page, end } = await visit(`/#18/${lat}/${lon}`);
  await rest(page);
  const here = Number(await page.getAttribute('.results', 'data-count'));
  expect(here).toBeGreaterThan(0);
  expect(here).toBeLessThan((await items('limit=1')).numberMatched);
  await page.locator('#map canvas').hover();
  await page.waitForSelector(`#list [data-place="${place.id}"][data-pointed]`);
  await page.locator(`#list [data-place="${place.id}"] a`).click();
  await page.waitForSelector('#place:not([hidden])');
  await end();
});

test('a theme chip changes the count, the address and the map; a second click undoes it', async () => {
  const { page, end } = await visit(await fromAfar());
  await rest(page);
  const all = (await items('limit=1')).numberMatched;
  const nature = (await items('limit=1&group=nature')).numberMatched;
  expect(nature).toBeLessThan(all);
  await page.click('.chips [data-group=nature]');
  await page.waitForSelector(`.results[data-count="${nature}"]`);
  await rest(page);
  expect(new URL(page.url()).searchParams.get('group')).toBe('nature');
  expect(await page.getAttribute('.chips [data-group=nature]', 'aria-current')).toBe('true');
  const drawn = async () => {
    const [civic = 0, green = 0] = await coloursOfMap(page, ['#345fb2', '#1e7729']);
    return { civic: civic > 0, green: green > 20 };
  };
  await expect.poll(drawn).toEqual({ civic: false, green: true });
  await page.click('.chips [data-group=nature]');
  await page.waitForSelector(`.results[data-count="${all}"]`);
  await page.goBack();
  await page.waitForSelector(`.results[data-count="${nature}"]`);
  await rest(page);
  await end();
});

test('open now: chip, list, counters and map ask the same minute', async () => {
  const { page, end } = await visit(await fromAfar());
  await rest(page);
  const all = Number(await page.getAttribute('.results', 'data-count'));
  const open = async () => {
    const counters = await fetch(`${origin}/api/v1/counters?open=now`);
    return ((await counters.json()) as { total: number }).total;
  };
  const before = await open();
  await page.click('.chip--open');
  await page.waitForFunction(
    (before) => Number(document.querySelector<HTMLElement>('.results')?.dataset.count) < before,
    all,
  );
  await rest(page);
  expect(new URL(page.url()).searchParams.get('open')).toBe('now');
  const here = Number(await page.getAttribute('.results', 'data-count'));
  expect([before, await open()]).toContain(here); // a minute may have turned between them
  const badges = await page
    .locator('#list .result')
    .evaluateAll((all) => all.map((one) => one.querySelector('.badge')?.textContent));
  expect(badges.every((words) => words?.startsWith('Ouvert'))).toBe(true);
  await page.goBack();
  await page.waitForSelector(`.results[data-count="${all}"]`);
  await end();
});

test('a category of the tree restricts by itself, without the chip it belongs to', async () => {
  const { category } = (await namedPlace()).properties;
  const { page, end } = await visit(await fromAfar());
  await rest(page);
  const { numberMatched } = await items(`limit=1&category=${category}`);
  await page.locator(`#filters input[value=${category}]`).evaluate((box: HTMLInputElement) => box.click());
  await page.waitForSelector(`.results[data-count="${numberMatched}"]`);
  expect(new URL(page.url()).searchParams.get('category')).toBe(category);
  await rest(page);
  await end();
});

test('chips tell how many places of their theme are in view', async () => {
  const { page, end } = await visit(await fromAfar());
  await rest(page);
  for (const group of ['culture', 'waste']) {
    const { numberMatched } = await items(`limit=1&group=${group}`);
    await page
      .locator(`.chips [data-group=${group}] [data-count]`, { hasText: String(numberMatched) })
      .waitFor({ state: 'attached' });
  }
  await end();
});

test('around me: with consent the map goes there and says how exact it is', async () => {
  const [longitude, latitude] = (await namedPlace()).geometry.coordinates;
  const { page, end } = await visit('/', { position: { longitude, latitude, accuracy: 40 } });
  await rest(page);
  const told = page.locator('.map__note', { hasText: '40 m' }).waitFor(); // it goes by itself
  await Promise.all([told, page.click('[data-action=locate]')]);
  await page.waitForURL((url) => url.hash.startsWith('#15'));
  // The list then begins with what is nearest, and tells how far it is.
  await page.waitForSelector('#list .result__distance');
  await rest(page);
  await end();
});

test('around me: refused, the page says so and goes on', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  const told = page.locator('.map__note', { hasText: 'partagée' }).waitFor();
  await Promise.all([told, page.click('[data-action=locate]')]);
  await end();
});

test('without WebGL a sentence stands in for the map, and the list is whole', async () => {
  const { page, end } = await visit('/', { flags: ['--disable-gpu', '--disable-3d-apis'] });
  await page.waitForSelector('#map[data-state=unavailable]');
  expect(await page.textContent('#map')).toContain('La liste, elle, fonctionne entièrement');
  const { numberMatched } = await items('limit=1');
  await page.waitForSelector(`.results[data-count="${numberMatched}"]`);
  await page.click('.chips [data-group=culture]');
  const culture = (await items('limit=1&group=culture')).numberMatched;
  await page.waitForSelector(`.results[data-count="${culture}"]`);
  await page.locator('#list [data-place] a').first().click();
  await page.waitForSelector('#place:not([hidden])');
  await end();
});

test('night falls while the page is open: the map follows', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  await light(page, 'dark');
  await rest(page);
  const drawn = async () => {
    const [day = 0, night = 0] = await coloursOfMap(page, ['#fbfaf7', '#12181d']);
    return { day: day > 0, night: night > 1000 };
  };
  await expect.poll(drawn).toEqual({ day: false, night: true });
  await end();
});

test('the map moves and zooms by keyboard', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  await page.locator('#map canvas').focus();
  await page.keyboard.press('+');
  await page.waitForURL((url) => url.hash.length > 1);
  const before = page.url();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL((url) => url.href !== before);
  await rest(page);
  await end();
});

test('the binary compresses and the budget holds: HTML, style and first script under 100 kB', async () => {
  const size = async (path: string) => {
    const response = await fetch(new URL(path, origin), { headers: { 'Accept-Encoding': 'gzip' } });
    expect(response.status, path).toBe(200);
    const body = new Uint8Array(await response.arrayBuffer());
    const squeezed = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'));
    return { text: new TextDecoder().decode(body), bytes: (await new Response(squeezed).arrayBuffer()).byteLength };
  };
  const { id } = await namedPlace();
  for (const path of [
    '/',
    `/lieux/${id}`,
    `/lieux/${id}/historique`,
    '/contribuer',
    '/contribuer/lieu',
    '/mes-contributions',
  ]) {
    const total = await firstLoad(path, size);
    console.log(`first load of ${path}: ${(total / 1000).toFixed(1)} kB gzipped`);
    expect(total, path).toBeLessThan(100_000);
  }
});

/** HTML, styles and first script of a page, in gzipped bytes. */
async function firstLoad(
  page: string,
  size: (path: string) => Promise<{ text: string; bytes: number }>,
): Promise<number> {
  const html = await size(page);
  const linked = [...html.text.matchAll(/(?:<script[^>]* src|<link rel="stylesheet" href)="([^"]+)"/g)];
  expect(linked.length).toBeGreaterThanOrEqual(2);
  let total = html.bytes;
  for (const [, path = ''] of linked) total += (await size(path)).bytes;
  return total;
}

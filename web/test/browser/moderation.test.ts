// The desk of moderators: with keys, the next one at once, and without JavaScript.

import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { asAdmin, asModerator, items, leave, origin, type Place, propose, type Visit, visit } from './visit.ts';

let item = 0;
let places: Place[] = [];

/** A contribution that waits, each about another place. */
async function waiting(): Promise<number> {
  const place = places.pop();
  return propose({
    action: 'edit',
    place_id: place?.id,
    base_revision: place?.properties.revision,
    patch: { operator: 'Association du Phare' },
  });
}

beforeAll(async () => {
  places = (await items('limit=40&group=culture,education')).features;
  item = await waiting();
});

/** The desk of an item, once its script is there. */
async function desk(path: string, options: Parameters<typeof visit>[1] = {}): Promise<Visit> {
  const opened = await visit(path, { headers: asModerator, ...options });
  await ready(opened.page);
  return opened;
}

async function ready(page: Page): Promise<void> {
  await page.waitForSelector('main[data-ready]');
}

/** Which contribution is on the desk. */
function onDesk(page: Page): Promise<number> {
  return page.$eval('#work', (one) => Number((one as HTMLElement).dataset.id));
}

/** Waits until another one is on the desk, or until nothing waits any more. */
async function left(page: Page, id: number): Promise<void> {
  await page.waitForFunction((old) => document.querySelector<HTMLElement>('#work')?.dataset.id !== old, `${id}`);
}

test('keys move in the queue, open the answers and write the usual text', async () => {
  const { page, end } = await desk('/moderation');
  await page.keyboard.press('j');
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('queue__about');
  await page.keyboard.press('x');
  expect(await page.isChecked('input[name=item] >> nth=0')).toBe(true);
  await leave(page, () => page.keyboard.press('Enter'));
  expect(page.url()).toMatch(/moderation\/\d+/);
  await page.goto(`${origin}/moderation/${item}`);
  await ready(page);
  await page.keyboard.press('r');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('reason');
  await page.keyboard.press('8');
  await expect.poll(() => page.inputValue('#reason')).toBe('unverifiable');
  await expect.poll(() => page.inputValue('#message')).toContain('vérifier');
  await page.click('[data-action=canned][data-language=en]');
  expect(await page.inputValue('#message')).toContain('verify');
  await page.fill('#message', 'a');
  await page.selectOption('#reason', 'spam');
  expect(await page.inputValue('#message'), 'what one wrote stays').toBe('a');
  await page.locator('#message').press('a');
  expect(page.url()).toContain(`/moderation/${item}`);
  await page.locator('#message').press('Escape');
  expect(await page.locator('details[data-refuse]').getAttribute('open')).toBeNull();
  await end();
});

test('keys can be switched off', async () => {
  const { page, context, end } = await desk(`/moderation/${item}`);
  await page.locator('details[data-help] > summary').click();
  await page.uncheck('[data-action=keys]');
  await page.locator('h1').click();
  await page.keyboard.press('r');
  expect(await page.locator('details[data-refuse]').getAttribute('open')).toBeNull();
  await page.check('[data-action=keys]'); // forgets the choice: nothing stays in the browser
  await page.locator('h1').click();
  await page.keyboard.press('r');
  expect(await page.locator('details[data-refuse]').getAttribute('open')).not.toBeNull();
  expect(await context.cookies()).toEqual([]);
  await end();
});

test('a key decides, and the next one stands there at once; the count follows', async () => {
  for (let i = 0; i < 3; i++) await waiting();
  const { page, end } = await desk('/moderation');
  await leave(page, () => page.click('form[action^="/moderation/suivante"] button'));
  expect(page.url()).toMatch(/moderation\/\d+/);
  const first = await waiting(); // not an appeal against this moderator, which waits for a colleague
  await page.goto(`${origin}/moderation/${first}`);
  await ready(page);
  const before = await page.textContent('[data-count=pending]');
  await page.waitForSelector('#bench-map canvas');
  await page.keyboard.down('a');
  await left(page, first);
  await page.waitForSelector('main:not([aria-busy])');
  const unread = await onDesk(page);
  await page.keyboard.down('a'); // held down: a repeat
  await page.keyboard.up('a');
  const busy = await page.$eval('main', (main) => main.ariaBusy);
  expect([busy, await onDesk(page)], 'a held key decides nothing unread').toEqual([null, unread]);
  expect(await page.textContent('#said')).toContain('Acceptée');
  expect(page.url()).toContain(`/moderation/${await onDesk(page)}`);
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  await page.waitForFunction((old) => document.querySelector('[data-count=pending]')?.textContent !== old, before);
  await page.goBack();
  await page.waitForFunction((id) => document.querySelector<HTMLElement>('#work')?.dataset.id === id, `${first}`);
  expect(await page.textContent('#work')).toContain('Acceptée');
  await end();
});

test('a moderator refuses with a reason and words of her own', async () => {
  await waiting(); // that there is a next one
  const id = await waiting();
  const { page, end } = await desk(`/moderation/${id}`);
  await page.keyboard.press('r');
  await page.keyboard.press('1');
  await page.fill('#message', 'Merci ! Nous y sommes passés : le nom affiché est encore l’ancien.');
  const asked = await page.evaluate(async () => {
    const { fetch } = window;
    let count = 0;
    window.fetch = (...request) => {
      const [address, options] = request;
      // The next one is perhaps being taken meanwhile: that is a POST.
      if (String(address).includes('fragment=work') && options?.method !== 'POST') count++;
      return fetch(...request);
    };
    await new Promise((done) => {
      addEventListener('hashchange', done);
      location.hash = 'main'; // as the skip link does
    });
    window.fetch = fetch;
    return count;
  });
  expect(asked, 'a link within the page fetches nothing').toBe(0);
  await page.evaluate((own) => {
    console.error = () => undefined; // the desk writes down what went wrong
    const { fetch } = window;
    window.fetch = async (...request) => {
      if (new URL(String(request[0]), location.href).pathname !== own) return fetch(...request);
      window.fetch = fetch;
      return new Response('<h1>503</h1>', { status: 503 });
    };
  }, `/moderation/${id}`);
  await page.locator('#message').press('Control+Enter');
  await page.waitForFunction(() => document.querySelector('#said')?.textContent?.includes('pas marché'));
  expect(await page.inputValue('#message')).toContain('Nous y sommes passés');
  await page.locator('#message').press('Control+Enter');
  await left(page, id);
  expect(await page.textContent('#said')).toContain('Refusée');
  await page.goto(`${origin}/moderation/${id}`);
  expect(await page.textContent('#story ~ .story')).toContain('Nous y sommes passés');
  await end();
});

/** Another moderator than the one of the other tests, made as an admin makes one. */
async function colleague(): Promise<Record<string, string>> {
  const { page, end } = await visit('/admin', { headers: asAdmin });
  const send = (fields: Record<string, string>) =>
    page.evaluate(async (form) => {
      const answer = await fetch('/admin', { method: 'POST', body: new URLSearchParams(form) });
      return answer.text();
    }, fields);
  const name = `Colin ${Date.now()}`; // each try has its own
  const made = await send({ do: 'user', name, role: 'moderator' });
  const user = new RegExp(`(\\d+) · <bdi>${name}</bdi>`).exec(made)?.[1] ?? '';
  const token = /cq_[\w-]+/.exec(await send({ do: 'token', id: user, days: '1' }))?.[0];
  await end();
  return { Authorization: `Bearer ${token}` };
}

test('two moderators collide: the second reads what happened, and nothing is decided twice', async () => {
  const id = await waiting();
  const expected = /moderation\/\d+/;
  const first = await desk(`/moderation/${id}`);
  const second = await desk(`/moderation/${id}`, { headers: await colleague(), expected });
  await first.page.keyboard.press('a');
  await left(first.page, id);
  await second.page.keyboard.press('r');
  await second.page.keyboard.press('1');
  await second.page.locator('#message').press('Control+Enter');
  const problem = second.page.locator('#problem');
  await problem.waitFor();
  const words = await problem.textContent();
  for (const word of ['Quelqu’un a été plus rapide', 'Acceptée', 'par une personne', 'n’a rien changé']) {
    expect(words).toContain(word);
  }
  expect(await onDesk(second.page), 'the item stays, with what happened').toBe(id);
  expect(await second.page.locator('#bar [data-key=a]').count()).toBe(0);
  await second.page.keyboard.press('n');
  await left(second.page, id);
  await first.end();
  await second.end();
});

test('without JavaScript a contribution is taken, accepted with an edit, and published', async () => {
  const id = await waiting();
  const { page, end } = await visit('/moderation', { headers: asModerator, script: false });
  await leave(page, () => page.click('form[action^="/moderation/suivante"] button'));
  await page.goto(`${origin}/moderation/${id}`);
  await page.locator('details:has([name="edit:operator"]) > summary').click();
  await page.fill('[name="edit:operator"]', 'Les amis du Phare');
  await leave(page, () => page.click('button[value=accepted]'));
  expect(await page.textContent('.heading')).toContain('Acceptée');
  await leave(page, () => page.click('.form__actions a[href^="/lieux/"]'));
  expect(await page.textContent('main')).toContain('Les amis du Phare');
  await end();
});

/** What the town said of a category or a theme is taken back, which an earlier try may have left. */
async function reset(path: string): Promise<void> {
  const headers = { ...asAdmin, 'Content-Type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(`${origin}/admin/categories/${path}`, { method: 'POST', headers, body: 'do=reset' });
  expect(answer.ok, await answer.clone().text()).toBe(true);
}

test('what a town says of a category is on the map within seconds, and taken back', async () => {
  await reset('bench');
  const { page, end } = await visit('/admin/categories/bench', { headers: asAdmin, script: false });
  const label = async () =>
    (
      (await (await fetch(`${origin}/ogc/collections/categories/items/bench`)).json()) as {
        properties: { label_fr: string };
      }
    ).properties.label_fr;
  await expect.poll(label).toBe('Banc');
  await page.fill('[name=label_fr]', 'Banc public');
  await page.locator('.choice__one:has([value=park])').click();
  await leave(page, () => page.click('main button[type=submit]:not([name])'));
  expect(await page.textContent('.heading')).toContain('Banc public');
  await expect.poll(label).toBe('Banc public');
  const atlas = async () => (await fetch(`${origin}/`)).text();
  await expect.poll(atlas).toMatch(/"id":"bench"[^}]*"pictogram":"park"/);
  await page.goto(`${origin}/admin/categories/bench`);
  await leave(page, () => page.click('button[value=reset]'));
  await expect.poll(label).toBe('Banc');
  await end();
});

test('the preview keeps up with the form, and a chosen colour is on the map', async () => {
  await reset('theme/nature');
  const { page, end } = await visit('/admin/categories/theme/nature', { headers: asAdmin });
  await page.waitForSelector('[data-look][data-ready]');
  const style = async () => (await fetch(`${origin}/style.json`)).text();
  const chosen = page.locator('.choice__one:not(:has(:checked)) input').first();
  const [day = ''] = ((await chosen.getAttribute('value')) ?? '').split(' ');
  await page.locator('.choice__one:not(:has(:checked))').first().click();
  await page.locator(`circle[data-look-day][fill="${day}"]`).first().waitFor();
  await leave(page, () => page.click('main button[type=submit]:not([name])'));
  await expect.poll(style).toContain(`"nature","${day}"`);
  const shown = async () => {
    await page.goto(`${origin}/admin/categories/theme/nature`);
    return page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--nature').trim());
  };
  await expect.poll(shown).toBe(day);
  await leave(page, () => page.click('button[value=reset]'));
  await expect.poll(style).not.toContain(`"nature","${day}"`);
  await page.goto(`${origin}/admin/categories/bench`);
  await page.waitForSelector('[data-look][data-ready]');
  await page.locator('details:has([name=new]) > summary').click();
  await page.fill('details:has([name=new]) [name=field_fr]', 'Dossier');
  await page.locator('[data-look-fields] label', { hasText: 'Dossier' }).waitFor();
  await end();
});

test.each([360, 768, 1280])('the desk fits %i px without sideways scrolling', async (width) => {
  for (const path of ['/moderation', `/moderation/${item}`, '/moderation/relectures', '/moderation/doublons']) {
    const { page, end } = await visit(path, { headers: asModerator, width, language: 'fr' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    await end();
  }
});

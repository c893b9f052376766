// axe-core on every page and state, in both languages, by day and by night; and what
// axe cannot see: what a thumb must hit.

import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  asAdmin,
  asModerator,
  asResident,
  items,
  leave,
  light,
  namedPlace,
  origin,
  propose,
  rest,
  visit,
} from './visit.ts';

type State = {
  name: string;
  path: () => Promise<string> | string;
  reach?: (page: Page) => Promise<void>;
  width?: number;
  headers?: Record<string, string>;
};

/** Makes something the first time that it is asked for; anew where that failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** A contribution that waits. */
const waiting = once(async () => {
  const { id } = await namedPlace();
  const patch = { operator: 'Axe', description: 'Un mot de plus.' };
  return propose({ action: 'edit', place_id: id, base_revision: 1, patch });
});

/** The page of a place whose name and website have nowhere to break. */
const unbroken = once(async () => {
  const place = (await items('limit=1000')).features.at(-1);
  const body = JSON.stringify({
    action: 'edit',
    place_id: place?.id,
    base_revision: place?.properties.revision,
    patch: { name: { fr: `${'Nom'.repeat(30)}${Date.now()}` }, website: `https://example.org/${'long'.repeat(30)}` },
  });
  const headers = { ...asModerator, 'Content-Type': 'application/json' };
  const sent = await fetch(`${origin}/api/v1/contributions`, { method: 'POST', headers, body });
  expect(sent.status, await sent.clone().text()).toBe(201);
  return `/lieux/${place?.id}`;
});

/** The page of an organisation with a record. */
const organised = once(async () => {
  const name = `Les amis ${Date.now()}`;
  const headers = { ...asAdmin, 'Content-Type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ do: 'organisation', name });
  const page = await (await fetch(`${origin}/admin`, { method: 'POST', headers, body })).text();
  const path = [...page.matchAll(/href="(\/organisations\/\d+)\/equipe"/g)].at(-1)?.[1] ?? '';
  const owner = JSON.stringify({ organisation: Number(path.split('/').at(-1)) });
  const { id } = await namedPlace();
  await fetch(`${origin}/api/v1/places/${id}/owner`, {
    method: 'PUT',
    headers: { ...asAdmin, 'Content-Type': 'application/json' },
    body: owner,
  });
  return path;
});

async function open(page: Page): Promise<void> {
  for (const details of await page.locator('main details').all()) {
    await details.evaluate((one) => {
      (one as HTMLDetailsElement).open = true;
    });
  }
}

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
  {
    name: 'the embedded map',
    path: () => '/embed?group=culture',
    width: 480,
    reach: async (page) => {
      await rest(page);
      await page.locator('#sheet [data-action=stop]').focus();
      await page.keyboard.press('ArrowUp');
    },
  },
  { name: 'the snippet of the map', path: () => '/integrer?group=culture' },
  {
    name: 'the sheet to print',
    path: () => '/imprimer?group=culture',
    reach: async (page) => {
      await page.waitForSelector('#paper[data-state=idle]');
    },
  },
  { name: '/lieux', path: () => '/lieux' },
  { name: '/lieux filtered', path: () => '/lieux?group=culture&q=e' },
  { name: 'the place page', path: async () => `/lieux/${(await namedPlace()).id}` },
  {
    name: 'the page of a place with long words',
    path: unbroken,
    reach: async (page) => {
      await page.locator('a', { hasText: 'longlong' }).first().waitFor();
    },
  },
  { name: 'contribute', path: () => '/contribuer' },
  { name: 'the correction of a place', path: async () => `/lieux/${(await namedPlace()).id}/modifier` },
  { name: 'the small forms about a place', path: async () => `/lieux/${(await namedPlace()).id}/signaler?what=report` },
  { name: 'the history of a place', path: async () => `/lieux/${(await namedPlace()).id}/historique` },
  { name: 'the code of a visitor', path: () => '/mes-contributions' },
  {
    name: 'the figures',
    path: () => '/chiffres',
    reach: async (page) => page.locator('main details > summary').first().click(),
  },
  {
    name: 'the public log, checked here',
    path: () => '/journal',
    reach: async (page) => {
      await page.waitForSelector('#verify[data-ready]');
      await page.fill('#verify-place', '999999'); // no such place: good steps and a bad one
      await page.click('#verify button[type=submit]');
      await page.waitForSelector('#verify-verdict.verdict--bad');
    },
  },
  { name: 'the check of a receipt', path: () => '/journal/recu' },
  {
    name: 'the queue',
    headers: asModerator,
    path: async () => `/moderation?state=pending&min_risk=0#${await waiting()}`,
    reach: async (page) => {
      await page.waitForSelector('main[data-ready]');
      await page.locator('details:has([name=outcome]) > summary').first().click();
    },
  },
  {
    name: 'an item of the queue',
    headers: asModerator,
    path: async () => `/moderation/${await waiting()}`,
    reach: async (page) => {
      await page.waitForSelector('main[data-ready]');
      await open(page);
    },
  },
  {
    name: 'the administration',
    headers: asAdmin,
    path: () => '/admin',
    reach: async (page) => {
      for (const summary of await page.locator('main details > summary').all()) await summary.click();
    },
  },
  { name: 'the categories', headers: asAdmin, path: () => '/admin/categories' },
  { name: 'a category', headers: asAdmin, path: () => '/admin/categories/bench', width: 360 },
  { name: 'the colour of a theme', headers: asAdmin, path: () => '/admin/categories/theme/nature', width: 360 },
  { name: 'the imports', headers: asAdmin, path: () => '/admin/imports' },
  { name: 'the form of a photo', path: async () => `/lieux/${(await namedPlace()).id}/photo` },
  {
    name: 'one of my contributions',
    headers: asResident,
    path: async () => `/mes-contributions/${await waiting()}`,
  },
  { name: 'my contributions', headers: asResident, path: () => '/mes-contributions' },
  { name: 'reviews', headers: asModerator, path: () => '/moderation/relectures' },
  { name: 'duplicates', headers: asModerator, path: () => '/moderation/doublons' },
  { name: 'the accessibility statement', path: () => '/accessibilite' },
  { name: 'an entry of the public log', path: () => '/journal/0' },
  {
    name: 'what a visitor is told after sending',
    path: async () => `/lieux/${(await namedPlace()).id}/signaler?what=report`,
    headers: asResident,
    reach: async (page) => {
      await page.fill('main textarea', 'Une marche à l’entrée.');
      await page.locator('main form:has(textarea) button[type=submit]').click();
      await page.locator('main [data-said] .said').first().waitFor();
    },
  },
  {
    name: 'what I follow',
    headers: asResident,
    path: async () => `/suivi?place=${(await namedPlace()).id}`,
    reach: open,
  },
  { name: 'an account, as administrators see it', headers: asAdmin, path: () => '/admin/comptes/1', reach: open },
  { name: 'an organisation', headers: asAdmin, path: organised },
  { name: 'its team', headers: asAdmin, path: async () => `${await organised()}/equipe` },
  {
    name: 'who owns a place',
    headers: asModerator,
    path: async () => `/lieux/${(await namedPlace()).id}/organisation`,
  },
  { name: 'an invitation that is over', path: () => '/organisations/invitation?jeton=x' },
  {
    name: 'what undoing an author did',
    headers: asModerator,
    path: async () => `/moderation/${await waiting()}`,
    reach: async (page) => {
      await page.locator('form[action$="/auteur"]').evaluate((form) => {
        for (let one = form.parentElement; one; one = one.parentElement) {
          if (one instanceof HTMLDetailsElement) one.open = true;
        }
      });
      await page.fill('form[action$="/auteur"] textarea', 'Publicité.');
      await leave(page, () => page.locator('form[action$="/auteur"] button').click());
    },
  },
  { name: 'a page that does not exist', path: () => '/no-such-page' },
];

type Axe = { axe?: typeof axe };

/** What axe finds: by all its rules, or by those about colour alone. */
async function findings(page: Page, colourAlone = false): Promise<string[]> {
  // Evaluated, not added as a tag: the policy of the page would refuse a tag.
  if (!(await page.evaluate(() => Boolean((globalThis as Axe).axe)))) await page.evaluate(axe.source);
  return page.evaluate(async (colourAlone) => {
    const { axe } = globalThis as unknown as Required<Axe>;
    const { violations } = await axe.run({
      resultTypes: ['violations'], // what is well is not written down: that takes as long as looking
      ...(colourAlone ? { runOnly: { type: 'tag', values: ['cat.color'] } } : {}),
    });
    return violations.flatMap((found) =>
      found.nodes.map((node) => `${found.impact} ${found.id}: ${node.html.slice(0, 160)}`),
    );
  }, colourAlone);
}

/** All that axe judges except colours: the document, and where each element stands. */
function shape(): string {
  const boxes = [...document.body.querySelectorAll('*')].map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return [x, y, width, height, one.checkVisibility({ visibilityProperty: true })];
  });
  return document.documentElement.outerHTML + JSON.stringify(boxes);
}

/** By day by all rules; by night by those about colour, where nothing else has changed. */
async function dayAndNight(page: Page, what = ''): Promise<void> {
  await light(page, 'light');
  await page.waitForFunction(isSettled);
  const byDay = await page.evaluate(shape);
  expect(await findings(page), `${what} by day`).toEqual([]);
  await light(page, 'dark');
  await page.waitForFunction(isSettled);
  const same = (await page.evaluate(shape)) === byDay;
  expect(await findings(page, same), `${what} by night`).toEqual([]);
}

/** Colours have faded into the night. A fade in a closed <details> waits until it opens, and does not count. */
function isSettled(): boolean {
  return document.getAnimations().every((one) => {
    const target = one.effect instanceof KeyframeEffect ? one.effect.target : null;
    return !(one instanceof CSSTransition) || !target?.checkVisibility();
  });
}

/** In one language each, by turns; in both in the soak: that takes minutes more. */
function languagesOf(turn: number): Array<'fr' | 'en'> {
  if (process.env.CARTOQUARTIERS_SOAK) return ['fr', 'en'];
  return [turn % 2 === 0 ? 'fr' : 'en'];
}

for (const [turn, state] of states.entries()) {
  test.each(languagesOf(turn))(`axe finds nothing in ${state.name} (%s), by day and by night`, async (language) => {
    const { page, end } = await visit(await state.path(), {
      language,
      width: state.width ?? 1280,
      headers: state.headers,
      expected: /no-such-page|contribuer.lieu|organisations.invitation/,
    });
    await state.reach?.(page);
    await dayAndNight(page);
    await page.setViewportSize({ width: 320, height: 400 }); // 1280 px at 400 %: WCAG 2.2, 1.4.10
    expect(await page.evaluate(wider), 'at 400 %').toEqual([]);
    await end();
  });
}

test.each(['fr', 'en'] as const)(
  'axe finds nothing in any step of adding a place (%s), by day and by night',
  async (language) => {
    const [lon, lat] = (await namedPlace()).geometry.coordinates;
    const { page, end } = await visit(`/contribuer/lieu#17/${lat}/${lon}`, {
      language,
      width: 360,
      headers: asResident,
      expected: /contribuer.lieu/,
    });
    const look = async (step: string) => {
      await dayAndNight(page, step);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), step).toBeLessThanOrEqual(360);
    };
    await page.waitForSelector('[data-picker][data-state=idle]');
    await look('where');
    await page.click('[data-next=alike]');
    await page.waitForSelector('.lookalike');
    await look('is it one of these');
    await page.click('[data-next=what]');
    await page.locator('.theme summary').first().click();
    await look('what');
    await page.click('.send [type=submit]');
    await page.waitForSelector('#problem');
    await look('what is wrong');
    await page.fill('#chooser', 'b');
    await page.click('[data-chooser] [data-category]');
    await page.fill('[name=name]', `Axe ${language} ${Date.now()}`);
    await page.click('[data-next=details]');
    await page.locator('.hours > p > button').click();
    await look('details');
    await page.click('.send [type=submit]');
    await page.waitForSelector('#receipt');
    await look('sent');
    await end();
  },
);

/** What makes the page scroll sideways: nothing, or the innermost elements that stick out. */
function wider(): string[] {
  const page = document.scrollingElement;
  if (!page || page.scrollWidth <= page.clientWidth) return [];
  const out = [...document.body.querySelectorAll('*')].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && (box.right > page.clientWidth + 1 || box.left < -1);
  });
  const innermost = out.filter((one) => !out.some((other) => other !== one && one.contains(other)));
  return [`${page.scrollWidth} px`, ...innermost.slice(0, 5).map((one) => one.outerHTML.slice(0, 120))];
}

/** How far a finger may land around an element and still hit it: width and height in CSS pixels. */
function reachOf(one: Element): [number, number] {
  one.scrollIntoView({ block: 'nearest', inline: 'center', behavior: 'instant' });
  const target = one.closest('label') ?? one;
  const box = target.getBoundingClientRect();
  const hit = (x: number, y: number) => target.contains(document.elementFromPoint(x, y));
  const along = (dx: number, dy: number) => {
    let distance = 0;
    while (distance < 40 && hit(box.x + box.width / 2 + dx * distance, box.y + box.height / 2 + dy * distance))
      distance++;
    return distance;
  };
  return [along(-1, 0) + along(1, 0), along(0, -1) + along(0, 1)];
}

test('everything to press on a phone takes a finger of 44 px', async () => {
  const { page, end } = await visit('/', { width: 360, height: 740 });
  await rest(page);
  const controls = page.locator('.bar a:visible, button:visible, summary:visible, .chips a:visible, input:visible');
  const missed: string[] = [];
  for (const control of await controls.all()) {
    const [width, height] = await control.evaluate(reachOf);
    if (Math.min(width, height) >= 44) continue;
    missed.push(`${width}×${height} ${(await control.evaluate((one) => one.outerHTML)).slice(0, 120)}`);
  }
  expect(missed).toEqual([]);
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

// What a screen reader would say, from Chromium's accessibility tree: names, roles and
// states in reading order, live regions, languages. It is the tree, not a person who
// listens; docs/accessibility.md says what that leaves open.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { asResident, namedPlace, rest, visit } from './visit.ts';

type Value = { value?: unknown };
type Node = {
  nodeId: string;
  ignored: boolean;
  role?: Value;
  name?: Value;
  properties?: { name: string; value: Value }[];
  childIds?: string[];
};

/** What is said of one thing: "button: Filtrer (expanded)". */
type Said = { role: string; name: string; states: string[]; live: string };

const controls =
  'button|link|textbox|searchbox|combobox|checkbox|radio|switch|slider|spinbutton|DisclosureTriangle|option';
const spoken = new RegExp(
  `^(${controls}|heading|image|img|list|listitem|region|navigation|main|banner|form|group|dialog|alert|status|application|StaticText)$`,
);
const told = ['expanded', 'checked', 'pressed', 'selected', 'disabled', 'required', 'invalid', 'current'];

/** The page as it is read from top to bottom. */
async function read(page: Page): Promise<Said[]> {
  const device = await page.context().newCDPSession(page);
  const { nodes } = (await device.send('Accessibility.getFullAXTree')) as { nodes: Node[] };
  await device.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const said: Said[] = [];
  const walk = (id: string, within: string) => {
    const node = byId.get(id);
    if (!node) return;
    const role = String(node.role?.value ?? '');
    const property = (name: string) => node.properties?.find((one) => one.name === name)?.value.value;
    if (!node.ignored && spoken.test(role)) {
      const states = told.flatMap((name) => {
        const value = property(name);
        return value === undefined || value === false || value === 'false' ? [] : [`${name}=${value}`];
      });
      const name = String(node.name?.value ?? '');
      // The text inside a named control is its name, said already.
      if (role !== 'StaticText' || !new RegExp(`^(${controls}|heading)$`).test(within))
        said.push({ role, name, states, live: String(property('live') ?? '') });
    }
    const next = node.ignored || /^(generic|none|InlineTextBox)$/.test(role) ? within : role;
    for (const child of node.childIds ?? []) walk(child, next);
  };
  if (nodes[0]) walk(nodes[0].nodeId, '');
  return said;
}

/** What no page may say. */
function badly(said: Said[]): string[] {
  const control = new RegExp(`^(${controls})$`);
  const wrong: string[] = [];
  for (const [i, one] of said.entries()) {
    const words = `${one.role}: ${one.name}`;
    if ((control.test(one.role) || one.role === 'heading') && !one.name.trim()) wrong.push(`nameless ${words}`);
    if (/^(image|img)$/.test(one.role) && /^(maki|temaki|#|.*\.svg)/i.test(one.name)) wrong.push(`pictogram ${words}`);
    if (/[▸▾►▶▼✕→←↗\u{E000}-\u{F8FF}]/u.test(one.name)) wrong.push(`a sign read aloud ${words}`);
    if (/^(\p{L}.{2,}?)\s*[,·]?\s+\1$/u.test(one.name.trim())) wrong.push(`twice in itself ${words}`);
    const before = said[i - 1];
    if (control.test(one.role) && one.name && before && before.role === one.role && before.name === one.name)
      wrong.push(`twice in a row ${words}`);
  }
  if (said.filter((one) => one.role === 'main').length !== 1) wrong.push('not one main');
  return wrong;
}

const lines = (said: Said[]) => said.map((one) => [`${one.role}: ${one.name}`, ...one.states].join(' '));

/** That these come in this order, whatever stands between them. */
function inOrder(said: Said[], ...wanted: RegExp[]): void {
  const all = lines(said);
  let from = 0;
  for (const want of wanted) {
    const at = all.findIndex((line, i) => i >= from && want.test(line));
    expect(at, `${want} after line ${from} of\n${all.join('\n')}`).toBeGreaterThanOrEqual(0);
    from = at + 1;
  }
}

/** What live regions say from here on, without repeating themselves. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    const regions = '[aria-live]:not([aria-live=off]), [role=status], [role=alert], output';
    new MutationObserver((changes) => {
      const spoke = new Set<Element>();
      for (const { target } of changes) {
        const region = (target instanceof Element ? target : target.parentElement)?.closest(regions);
        if (region) spoke.add(region);
      }
      for (const region of spoke) if (region.textContent?.trim()) heard.push(region.textContent.trim());
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { heard: string[] }).heard.splice(0));
}

/** Texts in the other language without its lang attribute, among links to the other language. */
async function languages(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const own = document.documentElement.lang;
    const other = own === 'fr' ? 'en' : 'fr';
    return [...document.body.querySelectorAll(`[hreflang=${other}], option[value=${other}]`)]
      .filter((one) => one.closest('[lang]')?.getAttribute('lang') !== other)
      .map((one) => one.outerHTML.slice(0, 120));
  });
}

test('the map page is read as: search, map, count, places', async () => {
  const { page, end } = await visit('/');
  await rest(page);
  const said = await read(page);
  expect(badly(said)).toEqual([]);
  expect(await languages(page)).toEqual([]);
  inOrder(
    said,
    /^link: Aller au contenu/,
    /^(searchbox|combobox|textbox): Chercher/,
    /^main/,
    /^heading: \d+ lieux/,
    /^link: /,
  );
  const heard = await listen(page);
  await page.locator('.chips a[data-group]').first().click();
  await page.waitForURL(/group=/);
  await rest(page);
  await expect.poll(heard, { message: 'the new count is announced' }).toContainEqual(expect.stringMatching(/lieux?/));
  await end();
});

test('a card is read as: name, category, hours, then what can be done', async () => {
  const { id, properties } = await namedPlace('group=culture');
  const { page, end } = await visit(`/?place=${id}`);
  await page.waitForSelector('#place:not([hidden])');
  await rest(page);
  const said = await read(page);
  expect(badly(said)).toEqual([]);
  inOrder(
    said,
    new RegExp(`^heading: ${properties.name}`),
    /^(link|button): Y aller/,
    /^(link|button): Corriger/,
    /^(link|button): Partager/,
  );
  expect(lines(said).filter((line) => line === `heading: ${properties.name}`)).toHaveLength(1);
  await end();
});

test('each step of adding a place is announced once, and the receipt is read', async () => {
  const [lon, lat] = (await namedPlace()).geometry.coordinates;
  const at = `/contribuer/lieu#17/${lat}/${lon}`;
  const { page, end } = await visit(at, { width: 360, headers: asResident, expected: /contribuer.lieu/ });
  const heard = await listen(page);
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  const step = async (question: RegExp) => {
    await expect.poll(focused).toMatch(question);
    const said = await read(page);
    expect(badly(said), String(question)).toEqual([]);
    inOrder(said, /^main/, new RegExp(`^(heading|group): .*${question.source}`));
    const words = await heard();
    expect(
      words.filter((word, i) => words.indexOf(word) !== i),
      'said twice',
    ).toEqual([]);
    return said;
  };
  await page.waitForSelector('[data-picker][data-state=idle]');
  inOrder(await read(page), /^heading: Ajouter un lieu/, /^group: Où est-ce/, /^button: C’est ici/);
  await page.click('[data-next=alike]');
  await page.waitForSelector('.lookalike');
  await step(/Est-ce l’un d’eux/);
  await page.click('[data-next=what]');
  await page.click('.send [type=submit]');
  await page.waitForSelector('#problem');
  const wrong = lines(await read(page));
  expect(wrong.filter((line) => line.includes('invalid=true')).length, wrong.join('\n')).toBeGreaterThan(0);
  await page.fill('#chooser', 'banc');
  await page.click('[data-chooser] [data-category]');
  await page.fill('[name=name]', `Lecture ${Date.now()}`);
  await page.click('.send [type=submit]');
  await page.waitForSelector('#receipt');
  const receipt = await read(page);
  expect(badly(receipt)).toEqual([]);
  inOrder(receipt, /^main/, /^heading: /, /reçu/i);
  await end();
});

test('the list, in English, says places in the page’s language and in order', async () => {
  const { page, end } = await visit('/lieux?group=culture', { language: 'en' });
  const said = await read(page);
  expect(badly(said)).toEqual([]);
  expect(await languages(page)).toEqual([]);
  inOrder(said, /^link: Skip/, /^main/, /^heading: \d+ places/, /^list/, /^link: /);
  await end();
});

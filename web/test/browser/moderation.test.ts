// The desk of moderators: with keys, and without JavaScript.

import { beforeAll, expect, test } from 'vitest';
import { asModerator, namedPlace, origin, propose, visit } from './visit.ts';

let item = 0;

beforeAll(async () => {
  const { id } = await namedPlace();
  item = await propose({ action: 'edit', place_id: id, base_revision: 1, patch: { operator: 'Association du Phare' } });
});

test('keys move in the queue, open the answers and write the usual text', async () => {
  const { page, end } = await visit('/moderation', { headers: asModerator });
  await page.keyboard.press('j');
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('queue__about');
  await page.keyboard.press('Enter');
  await page.waitForURL(/moderation\/\d+/);
  await page.goto(`${origin}/moderation/${item}`);
  await page.keyboard.press('r');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('reason');
  await page.selectOption('#reason', 'unverifiable');
  expect(await page.inputValue('#message')).toContain('vérifier');
  await page.fill('#message', 'a');
  await page.locator('#message').press('a');
  expect(page.url()).toContain(`/moderation/${item}`);
  await end();
});

test('keys can be switched off', async () => {
  const { page, context, end } = await visit(`/moderation/${item}`, { headers: asModerator });
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

test('without JavaScript a contribution is taken, accepted with an edit, and published', async () => {
  const { page, end } = await visit('/moderation', { headers: asModerator, script: false });
  await page.click('form[action^="/moderation/suivante"] button');
  await page.waitForURL(/moderation\/\d+/);
  await page.goto(`${origin}/moderation/${item}`);
  await page.locator('details:has([name="edit:operator"]) > summary').click();
  await page.fill('[name="edit:operator"]', 'Les amis du Phare');
  await page.click('button[value=accepted]');
  expect(await page.textContent('.desk__head')).toContain('Acceptée');
  await page.click('.form__actions a[href^="/lieux/"]');
  expect(await page.textContent('main')).toContain('Les amis du Phare');
  await end();
});

test.each([360, 768, 1280])('the desk fits %i px without sideways scrolling', async (width) => {
  for (const path of ['/moderation', `/moderation/${item}`, '/moderation/relectures', '/moderation/doublons']) {
    const { page, end } = await visit(path, { headers: asModerator, width, language: 'fr' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    await end();
  }
});

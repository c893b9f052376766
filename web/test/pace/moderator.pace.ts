// How long a moderator needs for twenty ordinary contributions (`make pace`): she reads
// each for four seconds, accepts four of five and refuses the fifth with a reason, with
// keys, at the pace of a hand. docs/performance.md says what came of it.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { asModerator, items, leave, propose, visit } from '../browser/visit.ts';

const ordinary = 20;
const reading = 4000;
/** Between two keys, and to glance at the text that a refusal proposes. */
const finger = 150;
const glance = 800;

declare global {
  interface Window {
    /** When the item on the desk was last changed for another one, on the page's clock. */
    changed: number;
    /** When a key was last pressed. */
    pressed: number;
  }
}

async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const observer = new MutationObserver((records) => {
      const work = records.some(({ addedNodes }) => [...addedNodes].some((one) => (one as Element).id === 'work'));
      if (work) window.changed = performance.now();
    });
    observer.observe(document.querySelector('main') as HTMLElement, { childList: true });
    addEventListener('keydown', () => (window.pressed = performance.now()), { capture: true });
  });
}

/** From the last key, and from the server's answer, until the next item stood there: milliseconds. */
function waits(page: Page): Promise<{ key: number; swap: number }> {
  return page.evaluate(() => {
    const posts = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const answered = posts.filter(
      ({ name, responseEnd }) => /moderation\/\d+\?fragment/.test(name) && responseEnd <= window.changed,
    );
    const last = Math.max(...answered.map(({ responseEnd }) => responseEnd));
    return { key: Math.round(window.changed - window.pressed), swap: Math.round(window.changed - last) };
  });
}

function rank(values: number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? 0;
}

async function refuse(page: Page): Promise<void> {
  await page.keyboard.press('r');
  await page.waitForTimeout(finger);
  await page.keyboard.press('8');
  await page.waitForTimeout(glance);
  await page.keyboard.press('Control+Enter');
}

test('twenty ordinary contributions', async () => {
  const { features } = await items(`limit=${ordinary}`);
  for (const [i, { id }] of features.entries()) {
    const patch = i % 2 ? { phone: `024011${1000 + i}` } : { opening_hours: 'Mo-Fr 09:00-18:00', operator: 'Ville' };
    await propose({ action: 'edit', place_id: id, base_revision: 1, patch });
  }
  const { page, context } = await visit('/moderation', { headers: asModerator });
  await page.waitForSelector('main[data-ready]');
  const began = Date.now();
  await leave(page, () => page.keyboard.press('n'));
  await page.waitForSelector('main[data-ready]');
  await watch(page);
  const seen: { key: number; swap: number }[] = [];
  for (let done = 1; done <= ordinary; done++) {
    const here = await page.getAttribute('#work', 'data-id');
    await page.waitForTimeout(reading);
    if (done % 5 === 0) await refuse(page);
    else await page.keyboard.press('a');
    if (done === ordinary) break;
    await page.waitForFunction((id) => document.querySelector<HTMLElement>('#work')?.dataset.id !== id, here);
    seen.push(await waits(page));
  }
  await page.waitForURL(/nothing=1/);
  const seconds = (Date.now() - began) / 1000;
  const keys = seen.map(({ key }) => key);
  const swaps = seen.map(({ swap }) => swap);
  process.stdout.write(
    `${ordinary} in ${seconds.toFixed(1)} s, of which ${(ordinary * reading) / 1000} s reading; from the key to the next item: ` +
      `median ${rank(keys, 0.5)} ms, p90 ${rank(keys, 0.9)} ms; from the server's answer: median ${rank(swaps, 0.5)} ms, p90 ${rank(swaps, 0.9)} ms\n`,
  );
  await context.close();
  expect(seconds).toBeLessThan(180);
});

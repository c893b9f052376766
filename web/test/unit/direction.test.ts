// Pages turn around for languages that are written from right to left: sheets say start
// and end, not left and right.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const sources = new URL('../../src', import.meta.url).pathname;
const sheets = (readdirSync(sources, { recursive: true }) as string[]).filter((name) => name.endsWith('.css'));

const physical =
  /(?:^|[\s;{])((?:margin|padding|border|inset)-(?:left|right)|left|right|border-(?:top|bottom)-(?:left|right)-radius)\s*:|text-align:\s*(?:left|right)|float:\s*(?:left|right)/;

/** Four values that are not the same on both sides. */
function isLopsided(declaration: string): boolean {
  const [, values = ''] = /^(?:margin|padding):\s*(.+)/s.exec(declaration.trim()) ?? [];
  const [, end, , start] = values.match(/[\w.%-]*\((?:[^()]|\([^()]*\))*\)|\S+/g) ?? [];
  return end !== start && start !== undefined;
}

test.each(sheets)('%s says start and end', (name) => {
  const text = readFileSync(join(sources, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const declarations = text.split(/[;{}]/);
  const found = declarations.filter((one) => physical.test(`${one};`.replace(/\n/g, ' ')) || isLopsided(one));
  expect(found.map((one) => one.trim())).toEqual([]);
});

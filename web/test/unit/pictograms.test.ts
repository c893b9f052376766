import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allPictograms, readPictogram, sprite, spriteFile, taxonomyIcons } from '../../icons/build.ts';

test('every category and group of the taxonomy has its pictogram', () => {
  const all = allPictograms();
  expect(taxonomyIcons().size).toBe(74);
  expect(Object.keys(all)).toHaveLength(74 + 13);
  for (const [id, { size, path }] of Object.entries(all)) {
    expect([15, 50], id).toContain(size);
    expect(path, id).toMatch(/^[Mm][\d\s.,a-zA-Z+-]+$/);
  }
});

// `npm run icons` writes the file instead of comparing it.
test('the sprite in the repository is the one the taxonomy asks for', async () => {
  const text = sprite(allPictograms());
  expect(text.match(/<symbol id="[\w-]+"/g)).toHaveLength(87);
  if (process.env.npm_lifecycle_event === 'icons') return expect(text).toMatchFileSnapshot(spriteFile);
  expect(readFileSync(spriteFile, 'utf8')).toBe(text);
});

test('an icon that does not exist stops the build', () => {
  expect(() => readPictogram('maki:no-such-icon')).toThrow();
  expect(() => readPictogram('post')).toThrow('neither maki:NAME nor temaki:NAME');
});

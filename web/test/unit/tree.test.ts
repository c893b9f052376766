// Proofs made from tiles, over trees of many sizes, against roots that are computed
// from all leaves; and that a changed hash is noticed.

import { expect, test } from 'vitest';
import { same } from '../../src/verify/note.ts';
import { continues, type Hash, leafHash, rootFrom, rootOf, Tree, tilePath } from '../../src/verify/tree.ts';

const most = 700; // two full tiles, and one of level 1
const leaves: Hash[] = await Promise.all(Array.from({ length: most }, (_, i) => leafHash(`entry ${i}`)));

/** Tiles of a log of some size, as the server has them. */
async function tiles(size: number): Promise<Tree> {
  const rows = [leaves.slice(0, size)];
  for (let row = rows[0] as Hash[]; row.length >= 256; rows.push(row)) {
    const full = Math.floor(row.length / 256);
    row = await Promise.all(
      Array.from({ length: full }, (_, n) => rootOf((row as Hash[]).slice(n * 256, n * 256 + 256))),
    );
  }
  return new Tree(size, async (path) => {
    const [, level, name = ''] = /\/log\/tile\/(\d+)\/(.+)$/.exec(path) ?? [];
    const [digits = '', width] = name.split('.p/');
    const n = Number(digits.replaceAll(/[x/]/g, ''));
    const row = rows[Number(level)] ?? [];
    const hashes = row.slice(n * 256, n * 256 + Number(width ?? 256));
    if (hashes.length !== Number(width ?? 256)) throw new Error(`no tile ${path}`);
    return Uint8Array.from(hashes.flatMap((hash) => [...hash]));
  });
}

test('numbers of tiles are written as C2SP says', () => {
  expect(tilePath(0, 256)).toBe('000');
  expect(tilePath(1234067, 256)).toBe('x001/x234/067');
  expect(tilePath(5, 3)).toBe('005.p/3');
});

test.each([1, 2, 3, 7, 8, 255, 256, 257, 511, 513, 700])(
  'a tree of %i proves its leaves and its beginnings',
  async (size) => {
    const tree = await tiles(size);
    const root = await rootOf(leaves.slice(0, size));
    expect(same(await tree.range(0, size), root)).toBe(true);
    for (const index of new Set([0, 1, Math.floor(size / 2), 255, 256, size - 1].filter((one) => one < size))) {
      const proof = await tree.inclusion(index);
      const leaf = leaves[index] as Hash;
      expect(same((await rootFrom(leaf, index, size, proof)) ?? leaf, root) || size === 1, `leaf ${index}`).toBe(true);
      if (proof[0]) {
        const wrong = [Uint8Array.from(proof[0], (one, i) => (i === 0 ? one ^ 1 : one)), ...proof.slice(1)];
        expect(same((await rootFrom(leaf, index, size, wrong)) ?? leaf, root), `leaf ${index}, one bit`).toBe(false);
      }
    }
    for (const m of new Set([1, 2, 3, 6, 128, 255, 256, 257, size - 1, size].filter((one) => one > 0 && one <= size))) {
      const proof = await tree.consistency(m);
      const old = await rootOf(leaves.slice(0, m));
      expect(await continues(m, old, size, root, proof), `from ${m}`).toBe(true);
      const other = await rootOf([...leaves.slice(0, m - 1), leaves[most - 1] as Hash]);
      if (m < most) expect(await continues(m, other, size, root, proof), `from another ${m}`).toBe(false);
    }
  },
);

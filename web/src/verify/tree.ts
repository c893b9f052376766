// The Merkle tree of the log (RFC 9162, 2.1), read from its tiles (c2sp.org/tlog-tiles).
// Proofs are made here from the tiles and checked against roots that are signed: a
// tile that lies leads to another root.

import { same, sha256, utf8 } from './note.ts';

export type Hash = Uint8Array<ArrayBuffer>;
export type Fetch = (path: string) => Promise<Hash>;

export const leafHash = (entry: string | Uint8Array): Promise<Hash> =>
  sha256(Uint8Array.of(0), typeof entry === 'string' ? utf8(entry) : entry);
const join = (left: Hash, right: Hash): Promise<Hash> => sha256(Uint8Array.of(1), left, right);

/** The largest power of two below n, which is two at least. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The root of a list of leaves. */
export async function rootOf(hashes: Hash[]): Promise<Hash> {
  if (hashes.length < 2) return hashes[0] ?? sha256();
  const k = split(hashes.length);
  return join(await rootOf(hashes.slice(0, k)), await rootOf(hashes.slice(k)));
}

/** A tile's number as its address says it: x001/234, and .p/WIDTH where it is not full. */
export function tilePath(n: number, width: number): string {
  const digits = String(n);
  const parts = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.../g) ?? [];
  const name = parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join('/');
  return width < 256 ? `${name}.p/${width}` : name;
}

export class Tree {
  private readonly tiles = new Map<string, Promise<Hash>>();

  constructor(
    readonly size: number,
    private readonly fetch: Fetch,
  ) {}

  private tile(path: string): Promise<Hash> {
    const found = this.tiles.get(path) ?? this.fetch(`/log/tile/${path}`);
    this.tiles.set(path, found);
    return found;
  }

  /** The entries of a tile of 256, as they lie in the log. */
  async entries(n: number): Promise<Uint8Array[]> {
    const bytes = await this.tile(`entries/${tilePath(n, Math.min(256, this.size - n * 256))}`);
    const found: Uint8Array[] = [];
    for (let at = 0; at + 2 <= bytes.length; ) {
      const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
      found.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    return found;
  }

  /** The root of the leaves from lo up to hi. */
  async range(lo: number, hi: number): Promise<Hash> {
    const n = hi - lo;
    const level = Math.log2(n);
    if (Number.isInteger(level) && lo % n === 0) return this.node(level, lo / n);
    const k = split(n);
    return join(await this.range(lo, lo + k), await this.range(lo + k, hi));
  }

  /** The root of the complete subtree at a level: leaves are level 0. */
  private async node(level: number, index: number): Promise<Hash> {
    const row = Math.floor(level / 8);
    const count = 2 ** (level % 8);
    const first = index * count;
    const n = Math.floor(first / 256);
    const width = Math.min(256, Math.floor(this.size / 256 ** row) - n * 256);
    const bytes = await this.tile(`${row}/${tilePath(n, width)}`);
    const hashes = Array.from({ length: count }, (_, i) => {
      const at = ((first % 256) + i) * 32;
      return bytes.slice(at, at + 32);
    });
    return rootOf(hashes);
  }

  /** The hashes that lead from a leaf to the root, the nearest first. */
  async inclusion(index: number, lo = 0, hi = this.size): Promise<Hash[]> {
    if (hi - lo === 1) return [];
    const middle = lo + split(hi - lo);
    return index < middle
      ? [...(await this.inclusion(index, lo, middle)), await this.range(middle, hi)]
      : [...(await this.inclusion(index, middle, hi)), await this.range(lo, middle)];
  }

  /** The hashes that lead from the tree of the first m leaves to this one (RFC 9162, 2.1.4.1). */
  async consistency(m: number, lo = 0, hi = this.size, whole = true): Promise<Hash[]> {
    if (m === hi) return whole ? [] : [await this.range(lo, hi)];
    const middle = lo + split(hi - lo);
    return m <= middle
      ? [...(await this.consistency(m, lo, middle, whole)), await this.range(middle, hi)]
      : [...(await this.consistency(m, middle, hi, false)), await this.range(lo, middle)];
  }
}

const half = (n: number): number => Math.floor(n / 2);

/** RFC 9162, 2.1.3.2: the root that a leaf and its proof lead to. */
export async function rootFrom(leaf: Hash, index: number, size: number, proof: Hash[]): Promise<Hash | null> {
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const one of proof) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      hash = await join(one, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else hash = await join(hash, one);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? hash : null;
}

/** RFC 9162, 2.1.4.2: the tree of size m is the beginning of the tree of size n. */
export async function continues(m: number, old: Hash, n: number, now: Hash, proof: Hash[]): Promise<boolean> {
  if (m === n) return same(old, now);
  if (m === 0) return true;
  const path = Number.isInteger(Math.log2(m)) ? [old, ...proof] : [...proof];
  let at = m - 1;
  let last = n - 1;
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  let before = path[0];
  let after = path[0];
  for (const one of path.slice(1)) {
    if (last === 0 || !before || !after) return false;
    if (at % 2 === 1 || at === last) {
      before = await join(one, before);
      after = await join(one, after);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else after = await join(after, one);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && before !== undefined && after !== undefined && same(before, old) && same(after, now);
}

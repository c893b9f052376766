// What is checked, step by step, of the log and of one receipt or one place. Each step
// says what it found; the first that fails ends the run, and says what that means.

import { base64, canonical, commitment, hex, type Key, openNote, readKey, same, unhex } from './note.ts';
import { continues, type Hash, leafHash, rootFrom, rootOf, Tree } from './tree.ts';

export type Step = 'key' | 'checkpoint' | 'continues' | 'receipt' | 'leaf' | 'content' | 'entry' | 'included';
export type Values = Record<string, string | number>;
/** Tells the page: a step begins, went well, or failed. */
export type Tell = (step: Step, state: 'run' | 'ok' | 'bad', what?: string, values?: Values) => void;

/** What this browser keeps of the last tree that it checked. */
export type Seen = { key: string; size: number; root: string };
export type Question = { receipt: string; place: number };

class Failed extends Error {
  constructor(
    readonly what: string,
    readonly values: Values = {},
  ) {
    super(what);
  }
}

async function get(path: string): Promise<Response> {
  const response = await fetch(path);
  if (!response.ok) throw new Failed('fetch', { path, status: response.status });
  return response;
}

const bytes = async (path: string): Promise<Hash> => new Uint8Array(await (await get(path)).arrayBuffer());
const text = async (path: string): Promise<string> => (await get(path)).text();

/** Runs all steps; what is to be remembered of the tree, or null where one failed. */
export async function check(question: Question, seen: Seen | null, tell: Tell): Promise<Seen | null> {
  const at: { step: Step } = { step: 'key' };
  const run = async <T>(name: Step, what: () => Promise<[T, string, Values?]>): Promise<T> => {
    at.step = name;
    tell(name, 'run');
    const [found, said, values] = await what();
    tell(name, 'ok', said, values);
    return found;
  };
  try {
    const [key, keyText] = await run('key', () => checkKey(seen));
    const [tree, root] = await run('checkpoint', () => checkCheckpoint(key));
    await run('continues', () => checkContinues(seen, tree, root));
    if (question.receipt.trim()) await checkReceipt(run, question.receipt, key, tree, root);
    else if (question.place > 0) await checkPlace(run, question.place, tree, root);
    return { key: keyText, size: tree.size, root: hex(root) };
  } catch (error) {
    if (error instanceof Failed) tell(at.step, 'bad', error.what, error.values);
    else if (error instanceof DOMException && error.name === 'NotSupportedError') tell(at.step, 'bad', 'unsupported');
    else tell(at.step, 'bad', ['checkpoint', 'receipt'].includes(at.step) ? 'signature' : 'broken');
    return null;
  }
}

type Run = <T>(name: Step, what: () => Promise<[T, string, Values?]>) => Promise<T>;

async function checkKey(seen: Seen | null): Promise<[[Key, string], string, Values]> {
  const shown = (await text('/log/key')).trim();
  if (seen && seen.key !== shown) throw new Failed('other_key', { key: shown });
  return [[await readKey(shown), shown], seen ? 'same_key' : 'new_key', { key: shown }];
}

async function checkCheckpoint(key: Key): Promise<[[Tree, Hash], string, Values]> {
  const [, size = '', root = ''] = await openNote(await text('/log/checkpoint'), key);
  return [[new Tree(Number(size), bytes), base64(root)], 'signed', { size: Number(size), root }];
}

async function checkContinues(seen: Seen | null, tree: Tree, root: Hash): Promise<[null, string, Values]> {
  if (!seen) {
    const built = await tree.range(0, tree.size);
    if (!same(built, root)) throw new Failed('tiles');
    return [null, 'first', { size: tree.size }];
  }
  if (seen.size > tree.size) throw new Failed('shorter', { before: seen.size, now: tree.size });
  const proof = await tree.consistency(seen.size);
  if (!(await continues(seen.size, unhex(seen.root), tree.size, root, proof)))
    throw new Failed('rewritten', { before: seen.size });
  return [null, seen.size === tree.size ? 'unchanged' : 'grown', { before: seen.size, more: tree.size - seen.size }];
}

async function checkReceipt(run: Run, given: string, key: Key, tree: Tree, root: Hash): Promise<void> {
  const note = noteIn(given);
  const fields = await run('receipt', async () => {
    const lines = await openNote(note, key);
    if (lines[1] !== 'receipt v1') throw new Failed('no_receipt');
    const found = new Map(
      lines.slice(2).map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    );
    return [found, 'receipt_signed', { received: found.get('received') ?? '', by: found.get('logged-by') ?? '' }];
  });
  const leaf = await run('leaf', async () => {
    const hash = await leafHash(fields.get('entry') ?? '');
    if (hex(hash) !== fields.get('leaf')) throw new Failed('leaf_differs');
    return [hash, 'leaf_hash', { hash: hex(hash) }];
  });
  const index = await run('entry', async () => {
    const response = await fetch(`/log/receipts/${hex(leaf)}`);
    if (!response.ok) throw new Failed(new Date(fields.get('logged-by') ?? 0) < new Date() ? 'omitted' : 'soon');
    const at = Number(((await response.json()) as { index: number }).index);
    await entryAt(tree, at, leaf);
    return [at, 'entry_at', { index: at }];
  });
  await run('included', () => checkIncluded(tree, root, index, leaf));
}

/** A receipt as it was pasted: the note, or the JSON that holds it. */
function noteIn(given: string): string {
  const pasted = given.replaceAll('\r\n', '\n').trim();
  if (!pasted.startsWith('{')) return `${pasted}\n`;
  try {
    return `${String((JSON.parse(pasted) as { receipt?: string }).receipt).trim()}\n`;
  } catch {
    return pasted;
  }
}

/** The entry at a position is the one with this hash. */
async function entryAt(tree: Tree, index: number, leaf: Hash): Promise<void> {
  if (!(index >= 0 && index < tree.size)) throw new Failed('soon');
  const entry = (await tree.entries(Math.floor(index / 256)))[index % 256];
  if (!entry || !same(await leafHash(entry), leaf)) throw new Failed('entry_differs', { index });
}

async function checkIncluded(tree: Tree, root: Hash, index: number, leaf: Hash): Promise<[null, string, Values]> {
  const proof = await tree.inclusion(index);
  const reached = await rootFrom(leaf, index, tree.size, proof);
  if (!reached || !same(reached, root)) throw new Failed('not_included');
  return [null, 'path', { hashes: proof.length, size: tree.size }];
}

type Opened = {
  c: string;
  key?: string;
  place: number;
  revision: number;
  erased?: boolean;
  document?: { name?: Record<string, string> };
};

async function checkPlace(run: Run, place: number, tree: Tree, root: Hash): Promise<void> {
  const opened = await run('content', async () => {
    const lines = (await text(`/log/revisions?after=${place}.0`)).split('\n').filter(Boolean);
    const last = lines.map((line) => JSON.parse(line) as Opened).findLast((one) => one.place === place);
    if (!last) throw new Failed('no_place', { place });
    const { c, key, ...content } = last;
    if (!key) throw new Failed('erased_place', { place });
    if ((await commitment(key, content)) !== c) throw new Failed('content_differs', { place, revision: last.revision });
    const name = Object.values(last.document?.name ?? {})[0] ?? `${place}`;
    return [last, 'content_fixed', { place, revision: last.revision, name, commitment: c }];
  });
  const { index, leaf } = await run('entry', async () => {
    const found = await findCommitment(tree, opened);
    return [found, found.imported ? 'in_import' : 'entry_at', { index: found.index }];
  });
  await run('included', () => checkIncluded(tree, root, index, leaf));
}

/** So many tiles of entries are read to find one, from the newest back: some 25,000 entries. */
const mostTiles = 100;

type Entry = {
  event: string;
  c?: string;
  place?: number;
  revision?: number;
  item: string;
  root?: string;
  count?: number;
};
type Found = { index: number; leaf: Hash; imported: boolean };

/** The entry that fixed a revision: its own, or that of the import that brought it. */
async function findCommitment(tree: Tree, opened: Opened): Promise<Found> {
  const last = Math.ceil(tree.size / 256) - 1;
  for (let n = last; n >= 0 && last - n < mostTiles; n--) {
    const entries = await tree.entries(n);
    for (let i = entries.length - 1; i >= 0; i--) {
      const raw = entries[i] as Uint8Array;
      const entry = JSON.parse(new TextDecoder().decode(raw)) as Entry;
      const own = entry.c === opened.c && entry.place === opened.place && entry.revision === opened.revision;
      const imported = !own && entry.event === 'imported' && (entry.count ?? 0) > 0 && (await inImport(entry, opened));
      if (own || imported) return { index: n * 256 + i, leaf: await leafHash(raw), imported };
    }
  }
  throw new Failed(last >= mostTiles ? 'too_far' : 'uncommitted', { place: opened.place });
}

/** An import published this revision, and its list has the root that its entry fixed. */
async function inImport(entry: Entry, opened: Opened): Promise<boolean> {
  const lines = (await text(`/log/imports/${entry.item}`)).split('\n').filter(Boolean);
  const mine = canonical({ c: opened.c, place: opened.place, revision: opened.revision });
  if (!lines.includes(mine)) return false;
  const hashes = await Promise.all(lines.map(leafHash));
  if (hex(await rootOf(hashes)) !== entry.root) throw new Failed('import_differs', { item: entry.item });
  return true;
}

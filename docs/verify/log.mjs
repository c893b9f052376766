// Reads the log at an address, and makes sure that it is signed, whole, and continues what it was before.
import { leafHash, must, openNote, tilePath, treeOf } from "./standards.mjs";

// get() is the body at a path of the map; lines() its lines; pages() the lines of a list that comes in pages,
// each of which is asked for with the place of what came last.
export function reader(map) {
  async function get(path) {
    const answer = await fetch(`${map.replace(/\/$/, "")}/${path}`);
    must(answer.ok, `${path} answers ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }
  const lines = async (path) => String(await get(path)).split("\n").filter((line) => line !== "");
  async function pages(path, read, placeOf) {
    const all = [];
    for (let after = "", page; (page = await lines(`${path}?after=${after}`)).length; after = placeOf(all.at(-1))) {
      all.push(...page.map(read));
    }
    return all;
  }
  return { get, lines, pages };
}

// The log that the last checkpoint signs; seen is the checkpoint of an earlier look, if there was one.
export async function readLog({ get, pages }, key, seen) {
  const checkpoint = String(await get("log/checkpoint")), [, sizeText, rootText] = openNote(checkpoint, key);
  const size = Number(sizeText), entries = [];
  for (let n = 0; n * 256 < size; n++) {
    entries.push(...split(await get(`log/tile/entries/${tilePath(n, Math.min(256, size - n * 256))}`)));
  }
  const hashes = entries.map(leafHash), root = treeOf(hashes), rootAt = (n) => root(0, Number(n)).toString("base64");
  must(entries.length === size && rootAt(size) === rootText, "The entries are not those that the log signed");
  await checkTiles(get, root, size);
  const signed = await pages("log/checkpoints", (line) => openNote(JSON.parse(line), key), ([, n]) => n);
  must(signed.some(([, n, hash]) => n === sizeText && hash === rootText), "The checkpoint is not in the list of what was signed");
  for (const [, n, hash] of signed) must(n > size || rootAt(n) === hash, `The first ${n} entries are not those that the log once signed`);
  const [, seenSize, seenRoot] = seen ? openNote(seen, key) : [null, 0, rootAt(0)];
  must(seenSize <= size && rootAt(seenSize) === seenRoot, "The log does not continue what was seen at the last check");
  const leaves = entries.map((entry) => JSON.parse(entry));
  must(leaves.every((leaf) => leaf.v === 1), "There are entries of a version that is not known here");
  return { checkpoint, hashes, leaves, trees: signed.length };
}

// The revisions that an import published: the leaves of a tree whose root its entry holds.
export async function importedRows({ lines }, { item, count, root }) {
  const rows = await lines(`log/imports/${item}`), hash = treeOf(rows.map(leafHash))(0, rows.length);
  must(rows.length === count && hash.toString("hex") === root, `Import ${item} is not the one that the log fixed`);
  return rows.map((row) => JSON.parse(row));
}

// Whether the log keeps what a receipt promised.
export function checkReceipt(note, key, hashes) {
  const [, kind, ...rest] = openNote(note, key), told = Object.fromEntries(rest.map((line) => line.split(/ (.*)/)));
  must(kind === "receipt v1" && leafHash(told.entry).toString("hex") === told.leaf, "The receipt is not one");
  const index = hashes.findIndex((hash) => hash.toString("hex") === told.leaf);
  must(index >= 0 || new Date(told["logged-by"]) > new Date(), `The log broke its promise of ${told.received}: the receipt is not in it`);
  console.log(index < 0 ? "The receipt is not in the log yet." : `The receipt is entry ${index} of the log.`);
}

// The entries of a bundle, each behind its length in two bytes.
function* split(bundle) {
  for (let rest = bundle; rest.length; rest = rest.subarray(2 + rest.readUInt16BE())) yield rest.subarray(2, 2 + rest.readUInt16BE());
}

// Tile n of a level holds up to 256 hashes, each the root of 256^level entries.
async function checkTiles(get, root, size) {
  for (let level = 0, width = 1; width <= size; level++, width *= 256) {
    for (let n = 0, left; (left = Math.floor(size / width) - 256 * n) > 0; n++) {
      const tile = Array.from({ length: Math.min(256, left) }, (_, i) => root((256 * n + i) * width, (256 * n + i + 1) * width));
      const shown = await get(`log/tile/${level}/${tilePath(n, tile.length)}`);
      must(shown.equals(Buffer.concat(tile)), `Tile ${n} of level ${level} is not made of the entries`);
    }
  }
}

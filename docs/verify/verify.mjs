// Checks the public log of a map with nothing but Node.js 18 or later: no account, no database, no other package.
//   node verify.mjs https://carte.example.fr [--key KEY] [--state FILE] [--receipt FILE]
// docs/verify.md says what each check means. Exit status 0: sound; 1: one sentence for each problem.
import { createHash, createHmac, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [base, ...flags] = process.argv.slice(2);
const flag = (name) => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : undefined);
const fail = (problem) => { throw new Error(problem); };
const get = async (path) => {
  const answer = await fetch(`${base.replace(/\/$/, "")}/${path}`);
  return answer.ok ? Buffer.from(await answer.arrayBuffer()) : fail(`${path} answers ${answer.status}`);
};
const lines = async (path) => (await get(path)).toString().split("\n").filter((line) => line !== "");

// RFC 6962 trees: push() keeps one hash per complete subtree, root() joins them.
const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leafHash = (entry) => sha(Buffer.of(0), Buffer.from(entry));
const join = (left, right) => sha(Buffer.of(1), left, right);
const push = (peaks, hash, level = 0) => {
  while (peaks.at(-1)?.level === level) { hash = join(peaks.pop().hash, hash); level++; }
  peaks.push({ hash, level });
  return peaks;
};
const root = (peaks) => (peaks.length ? peaks.map((peak) => peak.hash).reduceRight((right, left) => join(left, right)) : sha());
const treeOf = (hashes) => root(hashes.reduce((peaks, hash) => push(peaks, hash), []));

// RFC 8785 canonical JSON: sorted members, no space; numbers and strings are JavaScript's own.
const jcs = (v) => (Array.isArray(v) ? `[${v.map(jcs)}]` : v === null || typeof v !== "object" ? JSON.stringify(v)
  : `{${Object.keys(v).sort().filter((k) => v[k] !== undefined).map((k) => `${JSON.stringify(k)}:${jcs(v[k])}`)}}`);

// Signed notes (c2sp.org/signed-note): the text, an empty line, "— name base64(key hash, Ed25519 signature)".
const openNote = (note, key) => {
  const [name, id, spki] = [...key.split("+").slice(0, 2), Buffer.from(key.split("+").slice(2).join("+"), "base64").subarray(1)];
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: spki.toString("base64url") }, format: "jwk" });
  const [text, signature] = note.split("\n\n");
  const raw = Buffer.from(signature?.split(" ")[2] ?? "", "base64");
  const exact = signature === `— ${name} ${raw.toString("base64")}\n` && raw.subarray(0, 4).toString("hex") === id;
  if (!exact || !verify(null, Buffer.from(`${text}\n`), publicKey, raw.subarray(4)) || text.split("\n")[0] !== name) fail("A note is not signed by the log's key");
  return text.split("\n");
};
const tilePath = (n, width) => {
  const digits = String(n).padStart(Math.ceil(Math.max(String(n).length, 1) / 3) * 3, "0").match(/.../g);
  return digits.map((d, i) => (i < digits.length - 1 ? `x${d}` : d)).join("/") + (width < 256 ? `.p/${width}` : "");
};
const tilesOf = (hashes) => Array.from({ length: Math.ceil(hashes.length / 256) }, (_, n) => hashes.slice(n * 256, n * 256 + 256));

// What a published feature says of a revision; group, neighbourhood and updated_at follow from the map around it.
const plain = (t = {}) => t.und ?? t.fr ?? t.en ?? t[Object.keys(t).sort()[0]];
const other = (t = {}, language) => (t[language] && t[language] !== plain(t) ? t[language] : undefined);
const photosOf = (photos) => photos && Object.keys(photos).map(Number).sort((a, b) => a - b).map((id) => {
  const { file, alt, licence, role: credit, taken, width, height } = photos[id], longest = Math.max(width, height);
  const fit = (side, size) => (longest <= size ? side : Math.max(1, Math.floor((side * size + Math.floor(longest / 2)) / longest)));
  return { id, alt: plain(alt), alt_en: other(alt, "en"), licence, credit, taken, sizes: [320, 960, 1920].map((n) => ({ url: `/photos/${file}-${n}.jpg`, width: fit(width, n), height: fit(height, n) })) };
});
const featureOf = ({ document: d, provenance, place, revision }) => {
  const { position, name, description, identifiers: { osm, ...identifiers } = {}, ...same } = d, from = Object.values(provenance);
  return { type: "Feature", id: place, geometry: { type: "Point", coordinates: position }, properties: { ...same, revision, osm, photos: photosOf(d.photos),
    verified_by: (d.verified_at && provenance.verified_at?.role) || undefined,
    name: plain(name) || undefined, name_fr: other(name, "fr"), name_en: other(name, "en"),
    description: plain(description) || undefined, description_en: other(description, "en"),
    identifiers: Object.keys(identifiers).length ? identifiers : undefined, categories: [d.category, ...(d.categories ?? [])],
    licence: from.some((f) => f.licence === "ODbL-1.0") ? "ODbL-1.0" : "etalab-2.0", sources: [...new Set(from.map((f) => f.source))].sort() } };
};

async function main() {
  const before = flag("--state") && existsSync(flag("--state")) ? JSON.parse(readFileSync(flag("--state"), "utf8")) : {};
  const shownKey = (await get("log/key")).toString().trim(), key = flag("--key") ?? before.key ?? shownKey;
  if (key !== shownKey) fail(`The log shows another key, ${shownKey}`);
  // What is published is read before the log, which must then know all of it.
  const features = new Map(), revisions = [], latest = new Map();
  for (const line of await lines("ogc/collections/places/items?f=geojsonl&state=open,closed_temporarily,closed")) features.set(JSON.parse(line).id, JSON.parse(line));
  for (let page; (page = await lines(`log/revisions?after=${revisions.length ? `${revisions.at(-1).place}.${revisions.at(-1).revision}` : ""}`)).length;) revisions.push(...page.map((line) => JSON.parse(line)));
  // The tree: entries, tiles, and every tree that was signed before.
  const note = (await get("log/checkpoint")).toString(), [, sizeText, rootText] = openNote(note, key), size = Number(sizeText), entries = [];
  for (let n = 0; n * 256 < size; n++) {
    for (let rest = await get(`log/tile/entries/${tilePath(n, Math.min(256, size - n * 256))}`); rest.length; rest = rest.subarray(2 + rest.readUInt16BE())) entries.push(rest.subarray(2, 2 + rest.readUInt16BE()));
  }
  const hashes = entries.map(leafHash), signed = new Map();
  if (entries.length !== size || treeOf(hashes).toString("base64") !== rootText) fail("The entries are not those that the log signed");
  for (let level = 0, row = hashes; row.length; level++) {
    for (const [n, tile] of tilesOf(row).entries()) if (!(await get(`log/tile/${level}/${tilePath(n, tile.length)}`)).equals(Buffer.concat(tile))) fail(`Tile ${n} of level ${level} is not made of the entries`);
    row = tilesOf(row).filter((tile) => tile.length === 256).map(treeOf);
  }
  for (let after = -1, page; (page = await lines(`log/checkpoints?after=${after}`)).length;) {
    for (const line of page) { const [, n, hash] = openNote(JSON.parse(line), key); signed.set(after = Number(n), hash); }
  }
  if (signed.get(size) !== rootText) fail("The checkpoint is not in the list of what was signed");
  const [, seenSize, seenRoot] = before.checkpoint ? openNote(before.checkpoint, key) : [];
  if (Number(seenSize) > size || (signed.get(Number(seenSize)) ?? seenRoot) !== seenRoot && seenRoot) fail("The log does not continue what was seen at the last check");
  if (seenRoot) signed.set(Number(seenSize), seenRoot);
  for (let n = 0, peaks = []; n <= size; push(peaks, hashes[n] ?? sha()), n++) if (signed.has(n) && root(peaks).toString("base64") !== signed.get(n)) fail(`The first ${n} entries are not those that the log once signed`);
  // What the log says of places.
  const committed = new Map(), withdrawn = new Set(), erased = new Set(), name = (r) => `place ${r.place}, revision ${r.revision}`;
  const commit = (r) => ((committed.get(name(r))?.c ?? r.c) === r.c ? committed.set(name(r), r) : fail(`The log has two contents for ${name(r)}`));
  for (const leaf of entries.map((entry) => JSON.parse(entry))) {
    if (leaf.v !== 1) fail(`An entry of version ${leaf.v}`);
    if (leaf.event === "imported" && leaf.count) {
      const list = await lines(`log/imports/${leaf.item}`);
      if (list.length !== leaf.count || treeOf(list.map(leafHash)).toString("hex") !== leaf.root) fail(`Import ${leaf.item} is not the one that the log fixed`);
      for (const line of list) commit(JSON.parse(line));
    } else if (leaf.c && leaf.revision && ["decided", "reverted", "restored"].includes(leaf.event)) commit(leaf);
    if (["hidden", "merged"].includes(leaf.event) || (leaf.event === "erased" && !leaf.revision)) withdrawn.add(leaf.place);
    if (leaf.event === "restored") withdrawn.delete(leaf.place);
    if (leaf.event === "erased") erased.add(leaf.revision ? name(leaf) : leaf.place);
  }
  // Shown and logged must be the same, both ways.
  const problems = [], shown = new Set(revisions.map(name));
  for (const { c, key: k, ...content } of revisions) {
    const hmac = content.erased ? c : createHmac("sha256", Buffer.from(k, "hex")).update(jcs(content)).digest("hex");
    if (committed.get(name(content))?.c !== hmac || c !== hmac) problems.push(`${name(content)} is not what the log committed to`);
    if (content.erased && !erased.has(name(content)) && !erased.has(content.place)) problems.push(`${name(content)} was emptied, and the log does not say so`);
    latest.set(content.place, content);
  }
  for (const [which, r] of committed) if (shown.has(which) === withdrawn.has(r.place)) problems.push(`${which} is ${shown.has(which) ? "shown though withdrawn" : "gone, and the log does not say why"}`);
  for (const [place, content] of latest) {
    const feature = features.get(place);
    for (const derived of ["group", "neighbourhood", "updated_at"]) delete feature?.properties?.[derived];
    if (!feature || content.erased || jcs(feature) !== jcs(featureOf(content))) problems.push(`place ${place} is not published as its last revision says`);
  }
  for (const place of features.keys()) if (!latest.has(place)) problems.push(`place ${place} is published without a history`);
  if (flag("--receipt")) {
    const receipt = openNote(readFileSync(flag("--receipt"), "utf8"), key), field = (label) => receipt.find((line) => line.startsWith(`${label} `))?.slice(label.length + 1);
    if (receipt[1] !== "receipt v1" || leafHash(field("entry")).toString("hex") !== field("leaf")) fail("The receipt is not one");
    const index = hashes.findIndex((hash) => hash.toString("hex") === field("leaf"));
    if (index >= 0) console.log(`The receipt is entry ${index} of the log.`);
    else if (new Date(field("logged-by")) < new Date()) problems.push(`The log broke its promise of ${field("received")}: the receipt is not in it`);
  }
  if (problems.length) fail(problems.join(".\n"));
  if (flag("--state")) writeFileSync(flag("--state"), JSON.stringify({ key, checkpoint: note }));
  console.log(`Sound: ${size} entries, ${signed.size} signed trees, ${revisions.length} revisions, ${features.size} places, ${erased.size} erased.`);
}

await main().catch((problem) => { console.error(`${problem.message}.`); process.exitCode = 1; });

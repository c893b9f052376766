// Checks the public log of a map with Node.js 18.3 and the four files beside it: no account, no database, no package.
//   node verify.mjs https://carte.example.fr [--key KEY] [--state FILE] [--receipt FILE]
// docs/verify.md says what each check means. Exit status 0: sound; 1: what is wrong.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { checkFeatures } from "./feature.mjs";
import { figuresOf } from "./figures.mjs";
import { checkReceipt, importedRows, reader, readLog } from "./log.mjs";
import { canonical, commitment, must } from "./standards.mjs";

const text = { type: "string" }, options = { key: text, state: text, receipt: text };
const { values: flags, positionals } = parseArgs({ args: process.argv.slice(2), allowPositionals: true, options });
const ask = reader(positionals[0]), nameOf = ({ place, revision }) => `place ${place}, revision ${revision}`;

// What the log says of places: the contents that it fixed, and what is withdrawn or erased.
async function readLedger(leaves) {
  const fixed = new Map(), withdrawn = new Set(), erased = new Set();
  const fix = (one) => {
    must((fixed.get(nameOf(one)) ?? one).c === one.c, `The log has two contents for ${nameOf(one)}`);
    fixed.set(nameOf(one), one);
  };
  for (const leaf of leaves) {
    if (leaf.event === "imported" && leaf.count) (await importedRows(ask, leaf)).forEach(fix);
    if (leaf.c && leaf.revision && ["decided", "reverted", "restored"].includes(leaf.event)) fix(leaf);
    if (["hidden", "merged"].includes(leaf.event) || (leaf.event === "erased" && !leaf.revision)) withdrawn.add(leaf.place);
    if (leaf.event === "restored") withdrawn.delete(leaf.place);
    if (leaf.event === "erased") erased.add(leaf.revision ? nameOf(leaf) : leaf.place);
  }
  return { fixed, withdrawn, erased };
}

// Shown and logged must be the same, both ways.
function compare({ fixed, withdrawn, erased }, revisions, features) {
  const last = new Map(), shown = new Set(revisions.map(nameOf));
  for (const { c, key, ...content } of revisions) {
    const what = nameOf(content), emptied = erased.has(what) || erased.has(content.place);
    must(fixed.get(what)?.c === c, `${what} is not what the log committed to`);
    must(content.erased ? emptied : commitment(key, content) === c, `${what} does not show what the log committed to`);
    last.set(content.place, content);
  }
  for (const [what, { place }] of fixed) must(shown.has(what) !== withdrawn.has(place), `${what}: shown though withdrawn, or gone unsaid`);
  checkFeatures(features, last);
}

async function main() {
  const before = flags.state && existsSync(flags.state) ? JSON.parse(readFileSync(flags.state, "utf8")) : {};
  const shownKey = String(await ask.get("log/key")).trim(), key = flags.key ?? before.key ?? shownKey;
  must(key === shownKey, `The log shows another key, ${shownKey}`);
  // What is published is read first: the log that is read after it must have it all.
  const features = await ask.lines("ogc/collections/places/items?f=geojsonl&state=open,closed_temporarily,closed");
  const revisions = await ask.pages("log/revisions", (line) => JSON.parse(line), (last) => `${last.place}.${last.revision}`);
  const figures = JSON.parse(await ask.get("api/v1/figures"));
  const log = await readLog(ask, key, before.checkpoint);
  compare(await readLedger(log.leaves), revisions, features.map((line) => JSON.parse(line)));
  must(canonical(figures) === canonical(figuresOf(log.leaves, figures)), "/api/v1/figures is not what the log tells");
  if (flags.receipt) checkReceipt(readFileSync(flags.receipt, "utf8"), key, log.hashes);
  if (flags.state) writeFileSync(flags.state, JSON.stringify({ key, checkpoint: log.checkpoint }));
  console.log(`Sound: ${log.leaves.length} entries, ${log.trees} signed trees, ${revisions.length} revisions, ${features.length} places, ${figures.decision_days} days promised.`);
}
await main().catch((problem) => { console.error(`${problem.message}.`); process.exitCode = 1; });

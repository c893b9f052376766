// What verify.mjs needs of published standards, with Node.js alone: Merkle trees (RFC 6962), canonical JSON
// (RFC 8785), commitments (RFC 2104), signed notes and tiles (c2sp.org). Nothing here knows of a map.
import { createHash, createHmac, createPublicKey, verify } from "node:crypto";

export function must(holds, problem) {
  if (!holds) throw new Error(problem);
}

const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
export const leafHash = (entry) => sha256(Buffer.of(0), Buffer.from(entry));

// treeOf(hashes)(from, to) is the root of these leaves: RFC 6962, 2.1. What was computed once is kept.
export function treeOf(hashes, known = new Map()) {
  return function root(from, to) {
    if (to - from < 2) return to > from ? hashes[from] : sha256();
    const half = 1 << (31 - Math.clz32(to - from - 1)); // the largest power of two below their number
    const name = `${from}-${to}`;
    if (!known.has(name)) known.set(name, sha256(Buffer.of(1), root(from, from + half), root(from + half, to)));
    return known.get(name);
  };
}

// Canonical JSON: members sorted, no space; numbers and strings are written as JavaScript does.
export function canonical(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  const names = Object.keys(value).sort().filter((name) => value[name] !== undefined);
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
}

export const commitment = (key, content) => createHmac("sha256", Buffer.from(key, "hex")).update(canonical(content)).digest("hex");

// The lines of a note: a text, an empty line, "— name base64(key hash, Ed25519 signature)".
// A key is "name+key hash+base64(1, public key)".
export function openNote(note, key) {
  const [, name, id, point] = key.match(/^([^+]+)\+([0-9a-f]{8})\+(.+)$/) ?? [];
  must(point, `${key} is not a key`);
  const [text, mark] = note.split("\n\n");
  const signature = Buffer.from(mark?.split(" ")[2] ?? "", "base64");
  const x = Buffer.from(point, "base64").subarray(1).toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const exact = mark === `— ${name} ${signature.toString("base64")}\n` && signature.toString("hex", 0, 4) === id;
  must(exact && verify(null, Buffer.from(`${text}\n`), publicKey, signature.subarray(4)), "A note is not signed by the log's key");
  must(text.startsWith(`${name}\n`), "A note is of another log");
  return text.split("\n");
}

// x001/234 for 1234; .p/7 behind it for a tile of which the tree has 7 yet.
export function tilePath(number, width) {
  const digits = String(number).padStart(3 * Math.ceil(String(number).length / 3), "0");
  return digits.replace(/...(?=...)/g, "x$&/") + (width < 256 ? `.p/${width}` : "");
}

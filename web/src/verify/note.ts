// Signed notes (c2sp.org/signed-note): a text, an empty line, and signatures of it.
// Ed25519 and SHA-256 are the browser's own (Web Cryptography API).

export type Key = { name: string; id: string; bytes: Uint8Array<ArrayBuffer> };

export const hex = (bytes: Uint8Array): string => [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');

export function unhex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function base64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

export async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Reads name+id+base64, and fails where the id is not that of the name and the key. */
export async function readKey(text: string): Promise<Key> {
  const [name = '', id = '', ...rest] = text.trim().split('+');
  const raw = base64(rest.join('+'));
  const digest = await sha256(utf8(`${name}\n`), raw);
  if (raw[0] !== 1 || raw.length !== 33 || hex(digest.subarray(0, 4)) !== id) throw new Error('key');
  return { name, id, bytes: raw.slice(1) };
}

/** The lines of a note that the key signed; fails where it did not, or where this browser knows no Ed25519. */
export async function openNote(note: string, key: Key): Promise<string[]> {
  const [body = '', signatures = ''] = note.split('\n\n');
  const line = signatures.split('\n').find((one) => one.startsWith(`— ${key.name} `));
  const raw = base64(line?.split(' ')[2] ?? '');
  const publicKey = await crypto.subtle.importKey('raw', key.bytes, { name: 'Ed25519' }, false, ['verify']);
  const text = utf8(`${body}\n`) as Uint8Array<ArrayBuffer>;
  const good = await crypto.subtle.verify({ name: 'Ed25519' }, publicKey, raw.slice(4), text);
  if (!good || hex(raw.subarray(0, 4)) !== key.id || !body.startsWith(`${key.name}\n`)) throw new Error('signature');
  return body.split('\n');
}

/** RFC 8785, canonical JSON: sorted members, no space; numbers and strings are JavaScript's own. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}

/** HMAC-SHA256, which commits to a content under a key. */
export async function commitment(key: string, content: unknown): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const secret = await crypto.subtle.importKey('raw', unhex(key), algorithm, false, ['sign']);
  return hex(
    new Uint8Array(await crypto.subtle.sign('HMAC', secret, utf8(canonical(content)) as Uint8Array<ArrayBuffer>)),
  );
}

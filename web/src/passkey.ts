// Passkeys: a button [data-action=use-passkey] signs in, [data-action=add-passkey] adds
// a key to the account. Both are hidden where the browser cannot: there is the link.

import { announce, closest } from './dom.ts';
import { text } from './text.ts';

interface Ceremony {
  ceremony: string;
  options: { publicKey: PublicKeyCredentialCreationOptionsJSON & PublicKeyCredentialRequestOptionsJSON };
}

export function startPasskeys(): void {
  const buttons = document.querySelectorAll<HTMLElement>('[data-action=use-passkey], [data-action=add-passkey]');
  const able = 'PublicKeyCredential' in window && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
  for (const button of buttons) button.hidden = !able;
  if (!able || buttons.length === 0) return;
  document.addEventListener('click', (event) => {
    const use = closest(event, '[data-action=use-passkey]');
    if (use) void attempt(use, () => sign(use.dataset.next ?? ''));
    const add = closest(event, '[data-action=add-passkey]');
    if (add) void attempt(add, create);
  });
}

/** Does it, and says so in words where it did not work. */
async function attempt(button: HTMLElement, work: () => Promise<string>): Promise<void> {
  const said = button.parentElement?.querySelector<HTMLElement>('[data-said]');
  try {
    location.assign(await work());
  } catch (error) {
    const words = error instanceof Refused ? error.message : text('passkey.failed');
    if (said) said.textContent = words;
    announce(words);
  }
}

async function sign(next: string): Promise<string> {
  const { ceremony, options } = await post<Ceremony>('/connexion/cle/debut');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey);
  const key = await navigator.credentials.get({ publicKey });
  return finish('/connexion/cle', { ceremony, next }, key);
}

async function create(): Promise<string> {
  const { ceremony, options } = await post<Ceremony>('/compte/cles/debut');
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey);
  const key = await navigator.credentials.create({ publicKey });
  return finish('/compte/cles', { ceremony }, key);
}

async function finish(path: string, query: Record<string, string>, key: Credential | null): Promise<string> {
  const url = `${path}?${new URLSearchParams(query)}`;
  const answer = await post<{ next: string }>(url, JSON.stringify((key as PublicKeyCredential).toJSON()));
  return answer.next;
}

/** What the server says in words. */
class Refused extends Error {}

async function post<T>(url: string, body?: string): Promise<T> {
  const init: RequestInit = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
  if (body !== undefined) init.body = body;
  const response = await fetch(url, init);
  const answer = (await response.json()) as T & { detail?: string };
  if (!response.ok) throw new Refused(answer.detail ?? text('passkey.failed'));
  return answer;
}

// "Toujours là", "Fermé", "Quelque chose ne va pas": one tap sends, and the answer stands
// beside the button, with the way back. Without this the same buttons lead to a page.
//
// Each tap has a key of its own, which stays until an answer came: after a lost network
// one taps again, and it is one contribution.

import { announce, closest, element } from './dom.ts';
import { text } from './text.ts';
import { uuid } from './uuid.ts';

/** Keys of what was sent and not answered, by form. */
const keys = new WeakMap<HTMLFormElement, string>();
const done = new WeakSet<HTMLFormElement>();

export function startQuick(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    const box = closest(event, '[data-quick]');
    if (!box) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    void (form.dataset.undo === undefined ? tell(form, body, box) : undo(form, body, box));
  });
}

async function tell(form: HTMLFormElement, body: FormData, box: HTMLElement): Promise<void> {
  if (form.ariaBusy === 'true' || done.has(form)) return;
  const key = keys.get(form) ?? uuid();
  keys.set(form, key);
  body.set('key', key);
  const url = new URL(addressOf(form));
  url.searchParams.set('fragment', 'said');
  form.ariaBusy = 'true';
  try {
    const response = await send(url.href, body);
    const fragment = await fragmentOf(response);
    if (!fragment.querySelector('.said')) throw new Error(`${url.pathname}: ${response.status}`);
    if (response.status < 500) keys.delete(form); // else it may have been done
    if (response.ok) done.add(form);
    say(box, fragment);
  } catch {
    say(box, element('p', { class: 'said said--bad' }, text('quick.failed')));
  }
  form.ariaBusy = null;
}

async function undo(form: HTMLFormElement, body: FormData, box: HTMLElement): Promise<void> {
  try {
    const response = await send(addressOf(form), body);
    if (!response.ok) throw new Error(`undo: ${response.status}`);
    for (const one of box.querySelectorAll('form')) done.delete(one);
    say(box, element('p', { class: 'said' }, text('quick.undone')));
    box.querySelector<HTMLElement>('button')?.focus();
  } catch {
    announce(text('quick.not_undone'));
    form.after(element('p', { class: 'field__error' }, text('quick.not_undone')));
  }
}

/** Where a form goes. form.action would be the button of that name. */
function addressOf(form: HTMLFormElement): string {
  return new URL(form.getAttribute('action') ?? '', location.href).href;
}

/** Our forms are urlencoded; FormData alone would be multipart. */
function send(url: string, body: FormData): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(body as unknown as Record<string, string>) });
}

async function fragmentOf(response: Response): Promise<DocumentFragment> {
  const template = document.createElement('template');
  template.innerHTML = await response.text();
  return template.content;
}

function say(box: HTMLElement, content: Node): void {
  const said = box.querySelector('[data-said]');
  said?.replaceChildren(content);
  said?.scrollIntoView({ block: 'nearest' }); // on a phone the sheet may end above it
}

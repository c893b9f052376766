// The preview of a category or a theme keeps up with its form. Without this script the
// button "preview" shows the same, drawn by the server; so does a field that one defines.

import { Latest } from './api.ts';
import { closest, debounce } from './dom.ts';

export function startLooking(look: HTMLElement): void {
  const form = document.querySelector<HTMLFormElement>('[data-looking]');
  if (!form) return;
  form.addEventListener('input', (event) => {
    const touched = event.target;
    if (touched instanceof HTMLInputElement && touched.type === 'color') choose(form, '');
    show(look, form);
  });
  let defining: HTMLFormElement | undefined;
  const ask = debounce(400, () => defining && void showField(look, defining));
  document.addEventListener('input', (event) => {
    const field = closest(event, 'form[data-field]');
    if (!(field instanceof HTMLFormElement)) return;
    defining = field;
    ask();
  });
  look.dataset.ready = '';
}

const latest = new Latest();

/** The field that one defines, among those of the preview, as the server draws it. */
async function showField(look: HTMLElement, field: HTMLFormElement): Promise<void> {
  const body = new URLSearchParams(new FormData(field) as unknown as Record<string, string>);
  body.set('do', 'previewfield');
  try {
    const answer = await latest.run(async (signal) =>
      (await fetch(field.action, { method: 'POST', body, signal })).text(),
    );
    if (!answer) return; // it was typed on
    const drawn = new DOMParser().parseFromString(answer, 'text/html').querySelector('[data-look-fields]');
    if (drawn) look.querySelector('[data-look-fields]')?.replaceChildren(...drawn.childNodes);
  } catch {
    // The preview stays as it was; the button shows it when there is a network.
  }
}

/** One's own colours are chosen as soon as one touches them. */
function choose(form: HTMLFormElement, pair: string): void {
  for (const one of form.querySelectorAll<HTMLInputElement>('[name=pair]')) one.checked = one.value === pair;
}

function show(look: HTMLElement, form: HTMLFormElement): void {
  const said = new FormData(form);
  const value = (name: string) => String(said.get(name) ?? '');
  const [day = '', night = ''] = value('pair') ? value('pair').split(' ') : [value('day'), value('night')];
  const set = (part: string, attribute: string, text: string) => {
    if (text) for (const one of look.querySelectorAll(`[data-look-${part}]`)) one.setAttribute(attribute, text);
  };
  set('day', 'fill', day);
  set('night', 'fill', night);
  const pictogram = form.querySelector<HTMLInputElement>('[name=pictogram]:checked');
  set('icon', 'href', pictogram?.parentElement?.querySelector('use')?.getAttribute('href') ?? '');
  const label = value(`label_${document.documentElement.lang}`).trim();
  if (label) for (const one of look.querySelectorAll('[data-look-label]')) one.textContent = label;
}

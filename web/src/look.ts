// The preview of a category or a theme keeps up with its form. Without this script the
// button "preview" shows the same, drawn by the server.

export function startLooking(look: HTMLElement): void {
  const form = document.querySelector<HTMLFormElement>('[data-looking]');
  if (!form) return;
  form.addEventListener('input', (event) => {
    const touched = event.target;
    if (touched instanceof HTMLInputElement && touched.type === 'color') choose(form, '');
    show(look, form);
  });
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

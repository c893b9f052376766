// The form of a place: loaded by the pages that have one. A correction gets a map for
// its position and an editor of its hours; an addition goes step by step.

import type { AtlasData } from '../atlas.ts';
import { Picker } from '../picker.ts';
import { Adding } from './adding.ts';
import { followCategory } from './extra.ts';
import { editHours } from './hours_editor.ts';

export function start(form: HTMLFormElement, data: AtlasData): void {
  if (form.dataset.add !== undefined) {
    new Adding(form, data);
    followCategory(form);
    return;
  }
  const picker = new Picker(form, data);
  form.querySelector('[data-action=pick]')?.addEventListener('click', () => void picker.open());
  form.querySelector('[data-action=here]')?.addEventListener('click', () => picker.here());
  editHours(form);
  followCategory(form);
  chooseByName(form);
  form.dataset.ready = '';
}

/** What is typed into the search of categories chooses in the list. */
function chooseByName(form: HTMLFormElement): void {
  const typed = form.querySelector<HTMLInputElement>('[name=category_text]');
  const list = form.querySelector<HTMLSelectElement>('[name=category]');
  typed?.addEventListener('input', () => {
    const words = typed.value.trim().toLocaleLowerCase();
    const found = [...(list?.options ?? [])].find((one) => one.value && one.text.toLocaleLowerCase() === words);
    if (list && found) {
      list.value = found.value;
      typed.value = '';
      list.dispatchEvent(new Event('input', { bubbles: true }));
      list.focus();
    }
  });
}

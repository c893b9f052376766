// Choosing a category with a thumb: a few letters, or a theme and its pictograms. The
// select of the form stays the truth.

import type { AtlasData } from '../atlas.ts';
import { announce, debounce, element, symbol } from '../dom.ts';
import type { Category } from '../map/style.ts';
import { text } from '../text.ts';

/** How many categories a search offers. */
const most = 8;
/** From this zoom on the map shows what has no name: benches, bins. */
const furnitureFrom = 16;

export class Chooser {
  private readonly select: HTMLSelectElement | null;
  private readonly name: HTMLInputElement | null;
  private readonly field: HTMLInputElement;
  private readonly found = element('div', { class: 'choices', role: 'group' });
  private readonly none = element('p', { class: 'quiet' }, text('add.none'));
  private readonly browse = element('div', { class: 'themes' });
  private readonly chosen = element('p', { class: 'chosen' });

  constructor(
    private readonly form: HTMLFormElement,
    private readonly data: AtlasData,
  ) {
    this.select = form.querySelector('[name=category]');
    this.name = form.querySelector('[name=name]');
    const label = form.querySelector('label[for=f-category_text]')?.textContent ?? '';
    this.field = element('input', {
      type: 'search',
      id: 'chooser',
      autocomplete: 'off',
      placeholder: text('add.search'),
      enterkeyhint: 'done',
    });
    if (this.select?.ariaInvalid === 'true') {
      this.field.ariaInvalid = 'true';
      this.field.setAttribute('aria-describedby', 'h-category');
    }
    const search = element('p', { class: 'field' }, element('label', { for: 'chooser' }, label), this.field);
    for (const group of data.groups) this.browse.append(this.theme(group.id, group.label));
    form.querySelector('[data-chooser]')?.replaceChildren(search, this.none, this.found, this.browse, this.chosen);
    this.listen();
    this.show();
  }

  focus(): void {
    this.field.focus();
  }

  private listen(): void {
    const say = debounce(400, () => announce(text('add.found', { count: this.found.childElementCount })));
    this.field.addEventListener('input', () => {
      this.search();
      if (this.field.value) say();
    });
    this.field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault(); // it would send the form
      this.found.querySelector('button')?.click();
    });
    this.form.querySelector('[data-chooser]')?.addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null;
      if (button?.dataset.category) this.choose(button.dataset.category);
      else if (button) this.again();
    });
  }

  private theme(id: string, label: string): HTMLElement {
    const choices = element('div', { class: 'choices' });
    for (const one of this.data.categories) if (one.group === id) choices.append(this.choice(one));
    const dot = element('span', { class: 'tree__dot', 'aria-hidden': 'true' });
    return element(
      'details',
      { class: 'theme', name: 'theme', 'data-group': id },
      element('summary', { class: 'tree__summary' }, dot, element('span', { class: 'tree__label' }, label)),
      choices,
    );
  }

  private choice(category: Category): HTMLElement {
    return element(
      'button',
      { class: 'choice', type: 'button', 'data-category': category.id, 'data-group': category.group },
      this.pictogram(category),
      category.label,
    );
  }

  private pictogram(category: Category): HTMLElement {
    const badge = element('span', { class: `pictogram pictogram--${category.kind}`, 'aria-hidden': 'true' });
    badge.append(symbol(`${this.data.pictograms}#${category.id}`, ''));
    return badge;
  }

  private search(): void {
    const words = folded(this.field.value).split(/\s+/).filter(Boolean);
    const fits = ({ label }: Category) => {
      const parts = folded(label).split(/[^\p{L}\p{N}]+/u);
      return words.every((word) => parts.some((part) => part.startsWith(word)));
    };
    const found = words.length > 0 ? this.data.categories.filter(fits).slice(0, most) : [];
    this.found.replaceChildren(...found.map((one) => this.choice(one)));
    this.none.hidden = words.length === 0 || found.length > 0;
    this.browse.hidden = found.length > 0;
  }

  private choose(id: string): void {
    const category = this.data.categories.find((one) => one.id === id);
    if (!category || !this.select) return;
    this.select.value = id;
    if (this.name && this.name.value === '' && category.min_zoom >= furnitureFrom) this.name.value = category.label;
    this.select.dispatchEvent(new Event('input', { bubbles: true }));
    announce(text('add.chosen', { category: category.label }));
    this.show();
    this.name?.focus();
    this.name?.select();
  }

  /** One question at a time: what is chosen stands alone, with the way back. */
  private show(): void {
    const category = this.data.categories.find((one) => one.id === this.select?.value);
    const open = category === undefined;
    this.field.value = '';
    this.search();
    for (const part of [this.field.parentElement, this.browse]) if (part) part.hidden = !open;
    this.chosen.hidden = open;
    if (!category) return;
    this.chosen.dataset.group = category.group;
    const change = element('button', { class: 'button', type: 'button' }, text('add.change'));
    this.chosen.replaceChildren(this.pictogram(category), element('strong', {}, category.label), change);
  }

  private again(): void {
    if (this.select) this.select.value = '';
    this.show();
    this.focus();
  }
}

/** As one types on a phone: without accents and capitals. */
export function folded(words: string): string {
  return words.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('œ', 'oe').toLowerCase().trim();
}

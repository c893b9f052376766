// Search with suggestions: the combobox with a list popup of the WAI-ARIA authoring
// practices (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). Focus stays in the
// field; arrows move through the list, Enter takes, Escape closes. Without a choice
// the form does what it does without us: it shows /lieux?q=….

import { fetchSuggestions, Latest, type Suggestion } from './api.ts';
import { announce, byId, closest, debounce, element, symbol } from './dom.ts';
import { text } from './text.ts';

export type SearchOptions = {
  pictograms: string; // URL of the sprite, empty on a page that has none
  near: () => [number, number] | null;
  take: (suggestion: Suggestion) => void;
};

/** Makes the field of the page a combobox. */
export function startSearch(options: SearchOptions): void {
  const field = byId<HTMLInputElement>('q');
  const list = byId('suggestions');
  if (field && list) new Search(field, list, options);
}

class Search {
  private readonly latest = new Latest();
  private shown: Suggestion[] = [];
  private active = -1;

  constructor(
    private readonly field: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly options: SearchOptions,
  ) {
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', field.labels?.[0]?.textContent ?? '');
    field.setAttribute('role', 'combobox');
    field.setAttribute('aria-autocomplete', 'list');
    field.setAttribute('aria-controls', list.id);
    field.setAttribute('aria-expanded', 'false');
    const update = debounce(120, () => this.update());
    field.addEventListener('input', update);
    field.addEventListener('keydown', (event) => this.key(event));
    field.addEventListener('blur', () => this.close());
    // The field would lose focus, and close the list, before the click arrives.
    list.addEventListener('pointerdown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => this.clicked(event));
  }

  private async update(): Promise<void> {
    const typed = this.field.value.trim();
    if (typed.length < 2) return this.close();
    try {
      const found = await this.latest.run((signal) => fetchSuggestions(typed, this.options.near(), signal));
      if (found && document.activeElement === this.field) this.show(typed, found);
    } catch {
      this.close(); // the form still works, and says so itself when it does not
    }
  }

  private show(typed: string, found: Suggestion[]): void {
    this.shown = found;
    this.active = -1;
    this.field.removeAttribute('aria-activedescendant');
    this.list.replaceChildren(...found.map((suggestion, i) => this.line(suggestion, i)));
    if (found.length === 0) {
      const nothing = element('li', { class: 'search__none', role: 'option', 'aria-disabled': 'true' });
      nothing.textContent = text('search.none', { query: typed });
      this.list.append(nothing);
    }
    this.list.hidden = false;
    this.field.setAttribute('aria-expanded', 'true');
    announce(found.length ? text('search.results', { count: found.length }) : text('search.none', { query: typed }));
  }

  private line(suggestion: Suggestion, i: number): HTMLLIElement {
    const detail = suggestion.type === 'place' ? suggestion.detail : text(`search.${suggestion.type}`);
    const words = element(
      'span',
      { class: 'search__words' },
      element('span', { class: 'search__name' }, suggestion.name),
    );
    if (detail) words.append(element('span', { class: 'search__detail' }, detail));
    const line = element('li', { class: 'search__suggestion', role: 'option', id: `suggestion-${i}` });
    line.setAttribute('aria-selected', 'false');
    if (suggestion.group) line.dataset.group = suggestion.group;
    line.append(this.mark(suggestion), words);
    return line;
  }

  private mark(suggestion: Suggestion): HTMLElement {
    const kind = suggestion.kind ?? 'service';
    const mark = element('span', { class: `pictogram pictogram--${kind}`, 'aria-hidden': 'true' });
    const category = suggestion.type === 'category' ? suggestion.id : suggestion.category;
    const id = category ?? (suggestion.group ? `group-${suggestion.group}` : '');
    if (id && this.options.pictograms) mark.append(symbol(`${this.options.pictograms}#${id}`, ''));
    else mark.classList.add('pictogram--area');
    return mark;
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const move = moves[event.key];
    if (move && !this.list.hidden && this.shown.length > 0) {
      event.preventDefault();
      // From the field (-1) up is the last line; past either end is the field again.
      const stops = this.shown.length + 1;
      this.activate(((this.active + 1 + move + stops) % stops) - 1);
    } else if (event.key === 'ArrowDown') {
      this.update();
    } else if (event.key === 'Escape' && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === 'Enter' && this.active >= 0) {
      event.preventDefault();
      this.take(this.active);
    }
  }

  private activate(line: number): void {
    this.active = line;
    [...this.list.children].forEach((child, i) => {
      child.setAttribute('aria-selected', String(i === line));
      if (i === line) child.scrollIntoView({ block: 'nearest' });
    });
    if (line < 0) this.field.removeAttribute('aria-activedescendant');
    else this.field.setAttribute('aria-activedescendant', `suggestion-${line}`);
  }

  private clicked(event: Event): void {
    const line = closest(event, '[role=option]:not([aria-disabled])');
    if (line) this.take([...this.list.children].indexOf(line));
  }

  private take(line: number): void {
    const suggestion = this.shown[line];
    if (!suggestion) return;
    this.field.value = suggestion.type === 'place' || suggestion.type === 'neighbourhood' ? suggestion.name : '';
    this.close();
    this.options.take(suggestion);
  }

  private close(): void {
    this.list.hidden = true;
    this.active = -1;
    this.field.setAttribute('aria-expanded', 'false');
    this.field.removeAttribute('aria-activedescendant');
  }
}

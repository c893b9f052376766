// Chips and the tree of categories: they show the question's filters and change
// them. Chips choose groups, the tree refines by category, and one empties the
// other, because a place must satisfy both and most pairs would find nothing.

import type { Counts } from './api.ts';
import { byId, closest, isForBrowser } from './dom.ts';
import { type Filters, filterNames, toggled } from './question.ts';
import { number } from './text.ts';

export class FilterPanel {
  private readonly form = byId<HTMLFormElement>('filters');
  private readonly chips = document.querySelector<HTMLElement>('.chips');
  private filters: Filters = {};

  constructor(private readonly changed: (filters: Filters) => void) {
    this.chips?.addEventListener('click', (event) => this.chip(event));
    this.form?.addEventListener('change', () => changed(this.read()));
    this.form?.addEventListener('submit', (event) => {
      event.preventDefault();
      changed(this.read());
      this.form?.closest('details')?.removeAttribute('open');
    });
    this.form?.querySelector('[data-action=reset]')?.addEventListener('click', (event) => {
      if (isForBrowser(event as MouseEvent)) return;
      event.preventDefault();
      changed({});
    });
  }

  private chip(event: MouseEvent): void {
    const chip = closest(event, 'a.chip');
    if (!chip || isForBrowser(event)) return;
    event.preventDefault();
    const { group = '', filter } = chip.dataset;
    const { category: _, ...others } = this.filters;
    if (filter === 'open') this.changed({ ...this.filters, open: toggled(this.filters.open, 'now') });
    else this.changed({ ...others, group: toggled(this.filters.group, group) });
  }

  /** The filters that the form's controls say; groups stay while no category is named. */
  private read(): Filters {
    const data = new FormData(this.form ?? undefined);
    const filters: Filters = {};
    for (const name of filterNames) {
      const values = data.getAll(name).flatMap(partsOf);
      if (values.length > 0) filters[name] = values;
    }
    if (!filters.category && this.filters.group) filters.group = this.filters.group;
    return filters;
  }

  /** Shows the filters as they are now, whoever changed them. */
  show(filters: Filters): void {
    this.filters = filters;
    for (const chip of this.chips?.querySelectorAll<HTMLElement>('a.chip') ?? []) {
      const { group = '', filter } = chip.dataset;
      const current = filter === 'open' ? filters.open !== undefined : filters.group?.includes(group);
      if (current) chip.setAttribute('aria-current', 'true');
      else chip.removeAttribute('aria-current');
    }
    for (const control of this.form?.elements ?? []) showIn(control, filters);
  }

  /** Writes the counts of what is in view beside each group and category. */
  count(counts: Counts): void {
    for (const place of document.querySelectorAll<HTMLElement>('[data-group] [data-count], [data-group][data-count]')) {
      const category = place.dataset.count;
      const group = place.closest<HTMLElement>('[data-group]')?.dataset.group ?? '';
      const count = category ? counts.categories[category] : counts.groups[group];
      place.textContent = number(count ?? 0);
    }
  }
}

/** The values that a control stands for: one, several joined by commas, or none. */
function partsOf(value: FormDataEntryValue): string[] {
  return String(value).split(',').filter(Boolean);
}

function showIn(control: Element, filters: Filters): void {
  const name = filterNames.find((known) => known === (control as HTMLInputElement).name);
  if (!name) return;
  const values = filters[name] ?? [];
  if (control instanceof HTMLInputElement && control.type === 'checkbox') {
    const parts = partsOf(control.value);
    control.checked = parts.length > 0 && parts.every((part) => values.includes(part));
  } else if (control instanceof HTMLSelectElement) {
    control.value = values[0] ?? '';
  }
}

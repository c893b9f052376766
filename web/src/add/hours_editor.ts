// The editor of opening hours: lines of days and times above the field, which it
// writes. Hours that say more than lines can are left as they are written.

import { element } from '../dom.ts';
import { text } from '../text.ts';
import { days, type Hours, type Line, linesOf, noHours, readHours, weekOf, writeHours } from './hours.ts';

export function editHours(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLElement>('[data-hours]');
  const field = form.querySelector<HTMLInputElement>('[name=opening_hours]');
  const read = field && readHours(field.value);
  if (place && field && read && field.ariaInvalid !== 'true') new HoursEditor(place, field, read);
}

class HoursEditor {
  private readonly lines: Line[];
  private readonly list = element('div', { class: 'hours__lines' });
  private readonly written = element('p', { class: 'quiet', role: 'status' });

  constructor(
    place: HTMLElement,
    private readonly field: HTMLInputElement,
    private readonly hours: Hours,
  ) {
    this.lines = linesOf(hours.week);
    const add = element('button', { class: 'button', type: 'button' }, text('hours.add'));
    add.addEventListener('click', () => this.add());
    const raw = element('details', { class: 'more' }, element('summary', {}, text('hours.raw')));
    const legend = element('legend', { class: 'hours__legend' }, this.label());
    const editor = element('fieldset', { class: 'hours' }, legend, this.list, element('p', {}, add), this.written);
    editor.append(this.check('always', 'hours.always'), this.check('holidaysOff', 'hours.holidays_off'));
    place.prepend(editor);
    place.append(raw);
    for (const child of [...place.children]) if (child !== editor && child !== raw) raw.append(child);
    field.addEventListener('change', () => this.reread());
    this.draw();
  }

  private label(): string {
    return this.field.labels?.[0]?.textContent ?? '';
  }

  private add(): void {
    const free = days.map((_, day) => !this.lines.some((line) => line.on[day]));
    const workdays = free.map((isFree, day) => isFree && (day < 5 || this.lines.length > 0));
    this.lines.push({ on: workdays, spans: [{ from: '09:00', to: '18:00' }] });
    this.draw();
    this.write();
    this.list.lastElementChild?.querySelector('input')?.focus();
  }

  private check(of: 'always' | 'holidaysOff', label: string): HTMLElement {
    const box = element('input', { type: 'checkbox' });
    box.checked = this.hours[of];
    box.addEventListener('change', () => {
      this.hours[of] = box.checked;
      this.draw();
      this.write();
    });
    return element('label', { class: 'check' }, box, ` ${text(label)}`);
  }

  private draw(): void {
    this.list.hidden = this.hours.always;
    this.list.replaceChildren(...this.lines.map((line, i) => this.line(line, i)));
    this.tell();
  }

  private line(line: Line, number: number): HTMLElement {
    const remove = element('button', { class: 'button', type: 'button' }, text('hours.remove'));
    remove.addEventListener('click', () => this.remove(number));
    const boxes = element('div', { class: 'hours__days' }, ...days.map((day, i) => this.day(line, day, i)));
    const times = line.spans.map((_, i) => this.times(line, i));
    const actions = element('p', { class: 'form__actions' }, remove);
    if (line.spans.length < 2) actions.prepend(this.pause(line));
    const name = text('hours.line', { number: number + 1 });
    return element('div', { class: 'hours__line', role: 'group', 'aria-label': name }, boxes, ...times, actions);
  }

  private day(line: Line, day: string, i: number): HTMLElement {
    const box = element('input', { type: 'checkbox' });
    box.checked = line.on[i] ?? false;
    box.addEventListener('change', () => {
      line.on[i] = box.checked;
      this.write();
    });
    return element('label', { class: 'hours__day' }, box, element('span', {}, text(`hours.${day}`)));
  }

  private times(line: Line, i: number): HTMLElement {
    return element('div', { class: 'hours__times' }, this.time(line, i, 'from'), this.time(line, i, 'to'));
  }

  private time(line: Line, i: number, end: 'from' | 'to'): HTMLElement {
    const span = line.spans[i] ?? { from: '', to: '' };
    const input = element('input', { type: 'time', value: span[end] });
    input.addEventListener('input', () => {
      span[end] = input.value;
      this.write();
    });
    return element('label', { class: 'field' }, element('span', {}, text(`hours.${end}`)), input);
  }

  /** Closed at noon: a second span of the same days. */
  private pause(line: Line): HTMLElement {
    const button = element('button', { class: 'button', type: 'button' }, text('hours.pause'));
    button.addEventListener('click', () => {
      const [first] = line.spans;
      line.spans = [
        { from: first?.from ?? '09:00', to: '12:00' },
        { from: '14:00', to: first?.to ?? '18:00' },
      ];
      this.draw();
      this.write();
    });
    return button;
  }

  private remove(number: number): void {
    this.lines.splice(number, 1);
    this.draw();
    this.write();
    this.list.parentElement?.querySelector<HTMLElement>(':scope > p > button')?.focus();
  }

  private write(): void {
    this.field.value = writeHours({ ...this.hours, week: weekOf(this.lines) });
    this.field.dispatchEvent(new Event('input', { bubbles: true }));
    this.tell();
  }

  private tell(): void {
    this.written.textContent = this.field.value && text('hours.written', { hours: this.field.value });
  }

  /** What was typed by hand shows in the lines, where they can say it. */
  private reread(): void {
    const read = readHours(this.field.value);
    if (!read) {
      this.tell();
      return;
    }
    Object.assign(this.hours, noHours(), read);
    this.lines.splice(0, this.lines.length, ...linesOf(read.week));
    this.draw();
  }
}

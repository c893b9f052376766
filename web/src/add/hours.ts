// Opening hours as an editor shows them: for each day of the week, from when to when.
// Written in the syntax of OpenStreetMap (wiki.openstreetmap.org/wiki/Key:opening_hours),
// and read back where they say no more than that.

export const days = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'] as const;

/** From and to as HH:MM. */
export type Span = { from: string; to: string };

/** A week: the spans of each day, from Monday on. */
export type Week = Span[][];

/** What the editor can show: always open, or a week and whether public holidays are closed. */
export type Hours = { always: boolean; week: Week; holidaysOff: boolean };

export const noHours = (): Hours => ({ always: false, week: days.map(() => []), holidaysOff: false });

/** Reads hours; null where they say more than the editor can show. */
export function readHours(text: string): Hours | null {
  const hours = noHours();
  if (text.trim() === '') return hours;
  if (text.trim() === '24/7') return { ...hours, always: true };
  for (const rule of text.split(';').map((one) => one.trim())) {
    if (rule === '') continue;
    if (/^PH off$/i.test(rule)) hours.holidaysOff = true;
    else if (!readRule(hours.week, rule)) return null;
  }
  return hours;
}

/** A later rule replaces an earlier one on its days, as the syntax has it. */
function readRule(week: Week, rule: string): boolean {
  const [, selector = '', times = ''] = /^((?:[A-Z][a-z](?:\s*[-,]\s*)?)*)\s*(.*)$/.exec(rule) ?? [];
  const on = selector.trim() === '' ? days.map((_, i) => i) : readDays(selector.trim());
  const spans = /^(off|closed)$/i.test(times) ? [] : readSpans(times);
  if (!on || !spans || (selector.trim() === '' && spans.length === 0)) return false;
  for (const day of on) week[day] = spans.map((span) => ({ ...span }));
  return true;
}

function readDays(selector: string): number[] | null {
  const found: number[] = [];
  for (const part of selector.split(',').map((one) => one.trim())) {
    const [first, last, more] = part.split('-').map((name) => (days as readonly string[]).indexOf(name.trim()));
    if (first === undefined || first < 0 || last === -1 || more !== undefined) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      found.push(day);
      if (day === (last ?? first)) break;
    }
  }
  return found;
}

function readSpans(times: string): Span[] | null {
  const spans: Span[] = [];
  for (const part of times.split(',')) {
    const found = /^\s*([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)\s*$/.exec(part);
    if (!found) return null;
    const to = `${found[3]}:${found[4]}`;
    spans.push({ from: `${found[1]}:${found[2]}`, to: to === '24:00' ? '00:00' : to });
  }
  return spans;
}

/** Writes hours; days with the same spans share a rule. Empty when nothing is said. */
export function writeHours(hours: Hours): string {
  if (hours.always) return '24/7';
  const rules: string[] = [];
  const written = new Set<string>();
  for (const spans of hours.week) {
    const times = writeSpans(spans);
    if (times === '' || written.has(times)) continue;
    written.add(times);
    const on = days.map((_, i) => i).filter((i) => writeSpans(hours.week[i] ?? []) === times);
    rules.push(`${writeDays(on)} ${times}`);
  }
  if (rules.length > 0 && hours.holidaysOff) rules.push('PH off');
  return rules.join('; ');
}

function writeSpans(spans: Span[]): string {
  const whole = spans.filter((span) => span.from !== '' && span.to !== '');
  const sorted = [...whole].sort((a, b) => a.from.localeCompare(b.from));
  return sorted.map((span) => `${span.from}-${span.to === '00:00' ? '24:00' : span.to}`).join(',');
}

/** Three days and more in a row are a range. */
function writeDays(on: number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < on.length; ) {
    let end = i;
    while (on[end + 1] === (on[end] ?? 0) + 1) end++;
    const first = days[on[i] ?? 0];
    const last = days[on[end] ?? 0];
    if (end - i >= 2) parts.push(`${first}-${last}`);
    else for (let k = i; k <= end; k++) parts.push(days[on[k] ?? 0] ?? '');
    i = end + 1;
  }
  return parts.join(',');
}

/** A line of the editor: the same spans on several days. */
export type Line = { on: boolean[]; spans: Span[] };

/** The week as lines, one for each way to be open. */
export function linesOf(week: Week): Line[] {
  const lines: Line[] = [];
  week.forEach((spans, day) => {
    if (spans.length === 0) return;
    const same = lines.find((line) => writeSpans(line.spans) === writeSpans(spans));
    if (same) same.on[day] = true;
    else lines.push({ on: days.map((_, i) => i === day), spans: spans.map((span) => ({ ...span })) });
  });
  return lines;
}

/** Lines as a week: what two lines say of a day holds both. */
export function weekOf(lines: Line[]): Week {
  return days.map((_, day) => lines.flatMap((line) => (line.on[day] ? line.spans : [])));
}

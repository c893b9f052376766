// "Open until six" was true when the server wrote it. A page that stays open tells it
// anew each minute, by the same hours: the library that reads them comes then, not before.

import type { Standing } from './opening/hours.ts';
import { language, text } from './text.ts';

const minute = 60_000;

export function startOpening(): void {
  setInterval(() => void refresh(), minute);
  document.addEventListener('visibilitychange', () => void refresh());
}

async function refresh(): Promise<void> {
  const badges = document.querySelectorAll<HTMLElement>('.badge[data-hours]');
  if (document.hidden || badges.length === 0) return;
  const { clocks, standing } = await import('./opening/hours.ts');
  const now = clocks(new Date());
  for (const badge of badges) show(badge, standing(badge.dataset.hours ?? '', now), now);
}

function show(badge: HTMLElement, found: Standing, now: Date): void {
  badge.hidden = found.state === 'unknown';
  badge.classList.toggle('badge--good', found.state === 'open');
  badge.classList.toggle('badge--quiet', found.state === 'closed');
  const words = wordsFor(found, now);
  if (words && badge.textContent !== words) badge.textContent = words;
}

const day = 24 * 60 * minute;

/** The words of web/opening.go. */
export function wordsFor({ state, until }: Standing, now: Date, locale = language): string {
  if (state === 'unknown') return '';
  if (state === 'open') {
    const near = until !== null && until.getTime() - now.getTime() <= day;
    return near ? text('hours.open_until', { time: clock(until, locale) }) : text('hours.open');
  }
  if (!until) return text('hours.closed');
  const time = clock(until, locale);
  const days = Math.round((midnight(until) - midnight(now)) / day);
  if (days === 0) return text('hours.opens_today', { time });
  if (days === 1) return text('hours.opens_tomorrow', { time });
  const name = new Intl.DateTimeFormat(locale, { weekday: 'long' }).format(until);
  return text('hours.opens_on', { day: name, time });
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** A time of day: 8 h, 8 h 30; 08:00 in English. */
function clock(at: Date, locale: string): string {
  const [hour, minutes] = [at.getHours(), String(at.getMinutes()).padStart(2, '0')];
  if (hour === 0 && minutes === '00') return text('hours.midnight');
  if (locale === 'en') return `${String(hour).padStart(2, '0')}:${minutes}`;
  return minutes === '00' ? `${hour}\u00a0h` : `${hour}\u00a0h\u00a0${minutes}`;
}

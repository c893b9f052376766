// The colours of the map, read from styles/tokens.css, so that the page and the
// map change together when night falls.

import type { Theme } from './base.ts';

export type Palette = {
  night: boolean;
  theme: Theme;
  ink: string;
  inkSoft: string;
  paper: string;
  card: string;
  sunk: string;
  line: string;
  accent: string;
  groups: Record<string, string>;
};

/** What the reader's eyes ask for now. */
export function themeNow(night: boolean): Theme {
  const contrast = matchMedia('(prefers-contrast: more)').matches;
  if (contrast) return night ? 'contrast-dark' : 'contrast';
  return night ? 'dark' : 'light';
}

/** The palette that the page shows now, with a colour for each group id. */
export function readPalette(groups: string[]): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const night = matchMedia('(prefers-color-scheme: dark)').matches;
  return {
    night,
    theme: themeNow(night),
    ink: colour('ink'),
    inkSoft: colour('ink-soft'),
    paper: colour('paper'),
    card: colour('card'),
    sunk: colour('sunk'),
    line: colour('line'),
    accent: colour('accent'),
    groups: Object.fromEntries(groups.map((id) => [id, colour(id) || colour('commerce')])),
  };
}

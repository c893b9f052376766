// Writes the styles that the server hands out as /style.json: one a theme, from the
// same base map as the pages and the colours of tokens.css.

import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';
import { allPictograms } from '../icons/build.ts';
import { type Theme, themes } from '../src/map/base.ts';
import { type Discs, outsideStyle } from '../src/map/outside.ts';

const tokens = new URL('../src/styles/tokens.css', import.meta.url);

/** The colours of the sheet by day, and those that it gives by night. */
export function colours(): { day: Record<string, string>; night: Record<string, string> } {
  const [day = '', night = ''] = readFileSync(tokens, 'utf8').split('@media (prefers-color-scheme: dark)');
  const read = (text: string) =>
    Object.fromEntries([...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]));
  return { day: read(day), night: { ...read(day), ...read(night) } };
}

/** The ids of the groups of the taxonomy. */
export function groups(): string[] {
  const prefix = 'group-';
  return Object.keys(allPictograms()).flatMap((id) => (id.startsWith(prefix) ? [id.slice(prefix.length)] : []));
}

function discs(theme: Theme): Discs {
  const { day, night } = colours();
  const all = theme.endsWith('dark') ? night : day;
  const named = (name: string) => all[name] ?? '#000000';
  return {
    groups: Object.fromEntries(groups().map((id) => [id, named(id)])),
    other: named('commerce'),
    ink: named('ink'),
    paper: named('paper'),
  };
}

/** The file of each theme, and what is in it. */
export function styles(): Record<string, ReturnType<typeof outsideStyle>> {
  return Object.fromEntries(themes.map((theme) => [`style/${theme}.json`, outsideStyle(theme, 'fr', discs(theme))]));
}

export function outsideStyles(): Plugin {
  return {
    name: 'outside-styles',
    generateBundle() {
      for (const [fileName, style] of Object.entries(styles())) {
        this.emitFile({ type: 'asset', fileName, source: JSON.stringify(style) });
      }
    },
  };
}

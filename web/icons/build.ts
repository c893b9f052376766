// Pictograms of the categories, from Maki and Temaki (both CC0 1.0): a sprite for
// HTML (src/icons/pictograms.svg, written by `npm run icons` and kept in the
// repository, because pages need it before any build) and, for the map, the bare
// outlines that src/map/images.ts draws at the density of the screen.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An outline: the side of its square view box, and one path. */
export type Pictogram = { size: number; path: string };

const folder = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** The category whose pictogram stands for its group. */
const groupSpeakers: Record<string, string> = {
  civic: 'townhall',
  community: 'community_centre',
  sharing: 'give_box',
  nature: 'park',
  waste: 'recycling',
  education: 'school',
  culture: 'library',
  health: 'hospital',
  solidarity: 'social_other',
  sports: 'playground',
  amenities: 'drinking_water',
  mobility: 'bicycle_rental',
  commerce: 'food_shop',
};

/** Where the sprite lies. */
export const spriteFile = join(folder, '../src/icons/pictograms.svg');

const packages = {
  maki: dirname(require.resolve('@mapbox/maki/package.json')),
  temaki: dirname(require.resolve('@rapideditor/temaki/package.json')),
};

/** Reads one icon; an unknown name or a shape that is not plain paths stops the build. */
export function readPictogram(icon: string): Pictogram {
  const [, set, name] = /^(maki|temaki):([\w-]+)$/.exec(icon) ?? [];
  if (!set || !name) throw new Error(`pictogram ${icon}: neither maki:NAME nor temaki:NAME`);
  const svg = readFileSync(join(packages[set as 'maki' | 'temaki'], 'icons', `${name}.svg`), 'utf8');
  const box = /viewBox="0 0 (\d+) (\d+)"/.exec(svg);
  const foreign = [...svg.matchAll(/<([a-z]\w*)/gi)].some(([, tag]) => !/^(svg|path|g|title)$/.test(tag ?? ''));
  if (!box || box[1] !== box[2] || foreign || /transform=|fill-rule=|stroke=/.test(svg)) {
    throw new Error(`pictogram ${icon}: not plain paths in a square`);
  }
  const path = [...svg.matchAll(/\sd="([^"]+)"/g)].map((match) => match[1]).join('');
  // Some files break their lines with entities, which Path2D does not know.
  return { size: Number(box[1]), path: path.replace(/(?:&#x?(?:9|10|13|a|d);|\s)+/gi, ' ').trim() };
}

/** The icon of each category of the shipped taxonomy, in its order. */
export function taxonomyIcons(): Map<string, string> {
  const csv = readFileSync(join(folder, '../../places/categories.csv'), 'utf8');
  const rows = csv.matchAll(/^\w+,(?:"[^"]*"|[^,]*),(\w+),.*?,((?:maki|temaki):[\w-]+),/gm);
  return new Map([...rows].map(([, id, icon]) => [id as string, icon as string]));
}

/** Every pictogram: by category id, and "group-ID" for groups. */
export function allPictograms(): Record<string, Pictogram> {
  const icons = taxonomyIcons();
  const all: Record<string, Pictogram> = {};
  for (const [category, icon] of icons) all[category] = readPictogram(icon);
  for (const [group, category] of Object.entries(groupSpeakers)) {
    all[`group-${group}`] = readPictogram(icons.get(category) ?? category);
  }
  return all;
}

/** The sprite: <svg><use href="…/pictograms.svg#post_office"/></svg>. */
export function sprite(all: Record<string, Pictogram>): string {
  const symbols = Object.entries(all).map(
    ([id, { size, path }]) => `<symbol id="${id}" viewBox="0 0 ${size} ${size}"><path d="${path}"/></symbol>`,
  );
  const origin = '<!-- From Maki and Temaki, CC0 1.0. Written by `npm run icons`; do not edit. -->';
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${origin}\n${symbols.join('\n')}\n</svg>\n`;
}

// Rings: below zoom 13 a cell of the map is a ring of group shares around a count.
// The style names the ring it wants by what it shows, so that equal cells share one
// picture, and images.ts draws a picture when its name first comes up.

/** A ring is cut in this many parts; fewer pictures, and no share that cannot be seen. */
export const ringParts = 24;

/** Sides of the four sizes, in CSS pixels, and from which count they hold. */
export const ringSizes = [
  { from: 1, side: 28 },
  { from: 10, side: 34 },
  { from: 100, side: 42 },
  { from: 1000, side: 52 },
] as const;

/** A ring: its side in CSS pixels and the parts that each group holds, in the order of the groups. */
export type Ring = { side: number; parts: number[] };

/** The expression that names the ring of a cluster feature. */
export function ringName(groups: string[], night: boolean): unknown[] {
  const sides: unknown[] = ringSizes.slice(1).flatMap(({ from, side }) => [from, String(side)]);
  const parts = groups.map((group) => [
    'concat',
    '/',
    ['to-string', ['round', ['*', ringParts, ['/', ['coalesce', ['get', group], 0], ['max', 1, ['get', 'count']]]]]],
  ]);
  const side = ['step', ['get', 'count'], String(ringSizes[0].side), ...sides];
  return ['concat', `ring/${night ? 'night' : 'day'}/`, side, ...parts];
}

/** Reads the parts of a ring's name after "ring" and the time of day. */
export function readRing(parts: string[]): Ring {
  const [side, ...shares] = parts.map(Number);
  return { side: side || ringSizes[0].side, parts: shares };
}

/** An arc of a ring: which group, from where to where, in turns from the top. */
export type Arc = { group: number; from: number; to: number };

/** The arcs of a ring. Rounding may leave the parts short of a turn or beyond it: they are stretched to one. */
export function arcs(parts: number[]): Arc[] {
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const all: Arc[] = [];
  let at = 0;
  parts.forEach((part, group) => {
    if (part <= 0) return;
    const to = at + part / whole;
    all.push({ group, from: at, to });
    at = to;
  });
  return all;
}

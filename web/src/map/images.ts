// The pictures of the map, drawn when the style first asks for them, at the density
// of the screen: badges and dots of places, rings of clusters. Names say everything:
//
//   badge/day/library/culture/service/open      dot/night/nature/initiative/open
//   chosen/day/library/culture/service/open     ring/day/48/0/12/12/…
//
// A public service is a circle, an initiative a rounded square, a closed one hollow,
// one that is still proposed (state pending) hollow with a dashed edge.

import outlines from 'virtual:pictograms';
import type { Palette } from './palette.ts';
import { arcs, readRing } from './ring.ts';

type Canvas = OffscreenCanvasRenderingContext2D;

/** Side of the shape of each mark, in CSS pixels. */
const sides = { badge: 26, chosen: 40, dot: 9 } as const;
/** Room around the shape for its outline and shadow. */
const margin = 5;

function canvas(side: number, density: number): Canvas {
  const pixels = Math.ceil(side * density);
  const context = new OffscreenCanvas(pixels, pixels).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2d canvas');
  context.scale(density, density);
  return context;
}

/** The outline of a mark around the middle of its picture, grown by some pixels. */
function shape(middle: number, side: number, kind: string, grown = 0): Path2D {
  const path = new Path2D();
  const half = side / 2 + grown;
  // A square of the same area as the circle looks larger: take a little off.
  const edge = half * 0.93;
  if (kind === 'initiative') path.roundRect(middle - edge, middle - edge, 2 * edge, 2 * edge, half * 0.42);
  else path.arc(middle, middle, half, 0, 2 * Math.PI);
  return path;
}

let chosen: Record<string, string> = {};

/** A town may give a category the pictogram of another one. */
export function choosePictograms(categories: { id: string; pictogram?: string }[]): void {
  chosen = Object.fromEntries(categories.flatMap(({ id, pictogram }) => (pictogram ? [[id, pictogram]] : [])));
}

function drawPictogram(context: Canvas, category: string, group: string, middle: number, side: number): void {
  const outline = outlines[chosen[category] ?? category] ?? outlines[`group-${group}`];
  if (!outline) return;
  const scale = side / outline.size;
  context.save();
  context.translate(middle - side / 2, middle - side / 2);
  context.scale(scale, scale);
  context.fill(new Path2D(outline.path));
  context.restore();
}

type Mark = { category: string; group: string; kind: string; hollow: boolean; dashed?: boolean };

function drawBadge(mark: Mark, chosen: boolean, palette: Palette, density: number): ImageData {
  const side = chosen ? sides.chosen : sides.badge;
  const outline = chosen ? 3 : 1.5;
  const whole = side + 2 * (margin + outline + (chosen ? 3 : 0));
  const middle = whole / 2;
  const context = canvas(whole, density);
  const colour = palette.groups[mark.group] ?? palette.inkSoft;
  context.shadowColor = palette.night ? 'rgb(0 0 0 / 60%)' : 'rgb(20 33 43 / 35%)';
  context.shadowBlur = 3 * density;
  context.shadowOffsetY = density;
  context.fillStyle = chosen ? palette.accent : palette.card;
  context.fill(shape(middle, side, mark.kind, outline + (chosen ? 3 : 0)));
  context.shadowColor = 'transparent';
  context.fillStyle = palette.card;
  context.fill(shape(middle, side, mark.kind, outline));
  context.fillStyle = mark.hollow ? palette.card : colour;
  context.fill(shape(middle, side, mark.kind));
  if (mark.hollow) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    if (mark.dashed) context.setLineDash([4, 2.6]);
    context.stroke(shape(middle, side - 2, mark.kind));
    context.setLineDash([]);
  }
  context.fillStyle = mark.hollow ? colour : palette.night ? palette.paper : palette.card;
  drawPictogram(context, mark.category, mark.group, middle, chosen ? 24 : 15);
  return picture(context);
}

function drawDot(mark: Mark, palette: Palette, density: number): ImageData {
  const whole = sides.dot + 4;
  const context = canvas(whole, density);
  context.fillStyle = palette.card;
  context.fill(shape(whole / 2, sides.dot, mark.kind, 1.5));
  context.fillStyle = palette.groups[mark.group] ?? palette.inkSoft;
  context.fill(shape(whole / 2, sides.dot, mark.kind));
  if (mark.hollow) {
    context.fillStyle = palette.card;
    context.fill(shape(whole / 2, sides.dot - 4, mark.kind));
  }
  return picture(context);
}

function drawRing(parts: string[], palette: Palette, density: number): ImageData {
  const ring = readRing(parts);
  const thickness = ring.side > 30 ? 5 : 4;
  const radius = ring.side / 2;
  const middle = radius + margin;
  const context = canvas(ring.side + 2 * margin, density);
  const colours = Object.values(palette.groups);
  context.shadowColor = palette.night ? 'rgb(0 0 0 / 55%)' : 'rgb(20 33 43 / 22%)';
  context.shadowBlur = 4 * density;
  context.shadowOffsetY = density;
  context.fillStyle = palette.card;
  context.fill(shape(middle, ring.side, 'service'));
  context.shadowColor = 'transparent';
  context.lineWidth = thickness;
  const all = arcs(ring.parts);
  // A hair of the disc's own colour between two groups; none where there is one.
  const gap = all.length > 1 ? 1.5 / (2 * Math.PI * radius) : 0;
  for (const { group, from, to } of all) {
    context.beginPath();
    context.strokeStyle = colours[group] ?? palette.inkSoft;
    const turn = (part: number) => (part - 0.25) * 2 * Math.PI;
    context.arc(middle, middle, radius - thickness / 2 - 1.5, turn(from + gap / 2), turn(to - gap / 2));
    context.stroke();
  }
  return picture(context);
}

function picture(context: Canvas): ImageData {
  return context.getImageData(0, 0, context.canvas.width, context.canvas.height);
}

/** Draws the picture of a name; null for a name that is none of ours. */
export function draw(name: string, palette: Palette, density: number): ImageData | null {
  const [what, , ...rest] = name.split('/');
  if (what === 'ring') return drawRing(rest, palette, density);
  if (what === 'dot') {
    const [group = '', kind = '', state = ''] = rest;
    return drawDot({ category: '', group, kind, hollow: state !== 'open' }, palette, density);
  }
  if (what !== 'badge' && what !== 'chosen') return null;
  const [category = '', group = '', kind = '', state = ''] = rest;
  return drawBadge(
    { category, group, kind, hollow: state !== 'open', dashed: state === 'pending' },
    what === 'chosen',
    palette,
    density,
  );
}

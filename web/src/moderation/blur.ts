// Choosing what to paint over on a photo: a rectangle drawn with a pointer, or moved and
// sized with keys, writes the four numbers of the form, which stay the truth. Several can
// be kept before they are sent. Listens on the document: the desk changes what it shows.

import { closest, element } from '../dom.ts';
import { text } from '../text.ts';

export type Box = { x: number; y: number; width: number; height: number }; // in percent of the picture

const names = ['x', 'y', 'width', 'height'] as const;
const step = 1; // percent, by key

/** The box between two points, within the picture. */
export function between(ax: number, ay: number, bx: number, by: number): Box {
  const clamp = (n: number) => Math.min(100, Math.max(0, n));
  const [left, right] = [clamp(Math.min(ax, bx)), clamp(Math.max(ax, bx))];
  const [top, bottom] = [clamp(Math.min(ay, by)), clamp(Math.max(ay, by))];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The box after an arrow key, moved or sized, still within the picture. */
export function nudged(box: Box, key: string, sizes: boolean): Box {
  const moves: Record<string, [number, number]> = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, -step],
    ArrowDown: [0, step],
  };
  const [dx, dy] = moves[key] ?? [0, 0];
  const within = (n: number, most: number, least = 0) => Math.min(most, Math.max(least, n));
  return sizes
    ? {
        ...box,
        width: within(box.width + dx, 100 - box.x, step),
        height: within(box.height + dy, 100 - box.y, step),
      }
    : { ...box, x: within(box.x + dx, 100 - box.width), y: within(box.y + dy, 100 - box.height) };
}

export function startBlurring(): void {
  document.addEventListener('pointerdown', (event) => {
    const part = closest(event, '[data-blur]');
    if (part && event.button === 0 && form(part)?.closest('details')?.open) draw(part, event);
  });
  document.addEventListener('keydown', (event) => {
    const shown = closest(event, '.blur__box--now');
    if (!shown || !event.key.startsWith('Arrow')) return;
    event.preventDefault();
    event.stopPropagation();
    write(
      shown.parentElement as HTMLElement,
      nudged(read(shown.parentElement as HTMLElement), event.key, event.shiftKey),
    );
  });
  document.addEventListener('click', (event) => {
    const part = document.querySelector<HTMLElement>('[data-blur]');
    if (part && closest(event, '[data-action=blur-add]')) keep(part);
    if (part && closest(event, '[data-action=blur-undo]')) undo(part);
  });
  document.addEventListener('input', (event) => {
    const part = document.querySelector<HTMLElement>('[data-blur]');
    if (part && closest(event, '[data-blur-form]')) show(part, read(part));
  });
  document.addEventListener(
    'toggle',
    (event) => {
      const part = document.querySelector<HTMLElement>('[data-blur]');
      const opened = event.target instanceof HTMLDetailsElement && event.target.open;
      if (part && opened && closest(event, '[data-blur-form]') && !read(part).width) {
        write(part, { x: 40, y: 40, width: 20, height: 20 });
      }
    },
    true,
  );
}

function form(part: HTMLElement): HTMLFormElement | null {
  return part.parentElement?.querySelector<HTMLFormElement>('[data-blur-form] form') ?? null;
}

function draw(part: HTMLElement, start: PointerEvent): void {
  const edge = part.getBoundingClientRect();
  const at = (event: PointerEvent): [number, number] => [
    ((event.clientX - edge.left) / edge.width) * 100,
    ((event.clientY - edge.top) / edge.height) * 100,
  ];
  const [ax, ay] = at(start);
  start.preventDefault();
  part.setPointerCapture(start.pointerId);
  const move = (event: PointerEvent) => write(part, between(ax, ay, ...at(event)));
  const end = () => part.removeEventListener('pointermove', move);
  part.addEventListener('pointermove', move);
  part.addEventListener('pointerup', end, { once: true });
  part.addEventListener('pointercancel', end, { once: true });
}

const rounded = (n: number) => Math.round(n * 10) / 10;

function read(part: HTMLElement): Box {
  const value = (name: string) =>
    Number(form(part)?.querySelector<HTMLInputElement>(`#b-${name[0]}`)?.value.replace(',', '.')) || 0;
  return { x: value('x'), y: value('y'), width: value('width'), height: value('height') };
}

function write(part: HTMLElement, box: Box): void {
  for (const name of names) {
    const field = form(part)?.querySelector<HTMLInputElement>(`#b-${name[0]}`);
    if (field) field.value = String(rounded(box[name]));
  }
  show(part, box);
}

function show(part: HTMLElement, box: Box): void {
  let shown = part.querySelector<HTMLElement>('.blur__box--now');
  if (!shown) {
    shown = element('div', { class: 'blur__box blur__box--now', role: 'group', tabindex: '0' });
    part.append(shown);
  }
  place(shown, box);
  const { x, y, width, height } = box;
  const [left, top, wide, high] = [x, y, width, height].map(rounded) as [number, number, number, number];
  shown.setAttribute('aria-label', text('blur.box', { x: left, y: top, width: wide, height: high }));
}

function place(shown: HTMLElement, box: Box): void {
  shown.style.left = `${box.x}%`;
  shown.style.top = `${box.y}%`;
  shown.style.width = `${box.width}%`;
  shown.style.height = `${box.height}%`;
}

/** What is kept stands in the form as hidden fields of the same names. */
function keep(part: HTMLElement): void {
  const box = read(part);
  if (!box.width || !box.height) return;
  const kept = element('div', { class: 'blur__box blur__box--kept' });
  place(kept, box);
  part.append(kept);
  const group = element('span', { 'data-kept': '' });
  for (const name of names) {
    group.append(element('input', { type: 'hidden', name, value: String(rounded(box[name])) }));
  }
  form(part)?.append(group);
  clear(part);
  need(part);
}

/** No rectangle is being drawn: what stays in the fields would be painted over, too. */
function clear(part: HTMLElement): void {
  part.querySelector('.blur__box--now')?.remove();
  for (const field of fields(part)) field.value = '';
}

/** The fields must be filled as long as nothing is kept. */
function need(part: HTMLElement): void {
  const kept = form(part)?.querySelector('[data-kept]');
  for (const field of fields(part)) field.required = !kept;
}

function fields(part: HTMLElement): HTMLInputElement[] {
  return names.flatMap((name) => form(part)?.querySelector<HTMLInputElement>(`#b-${name[0]}`) ?? []);
}

function undo(part: HTMLElement): void {
  [...part.querySelectorAll('.blur__box--kept')].at(-1)?.remove();
  [...(form(part)?.querySelectorAll('[data-kept]') ?? [])].at(-1)?.remove();
  need(part);
}

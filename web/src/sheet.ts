// The panel of the list: beside the map on a desk, over its foot on a phone, where
// it has three stops (peek, half, full) and follows the finger between them.

import { byId, calm } from './dom.ts';

const stops = ['peek', 'half', 'full'] as const;
export type Stop = (typeof stops)[number];

/** A drag shorter than this, in CSS pixels, is a tap. */
const tap = 6;
/** Speed from which a flick decides instead of the place, in CSS pixels a millisecond. */
const flick = 0.5;

export class Sheet {
  private readonly root = byId('sheet');
  private readonly handle = this.root?.querySelector<HTMLElement>('[data-action=stop]');

  constructor() {
    this.handle?.addEventListener('pointerdown', (event) => this.drag(event));
    this.handle?.addEventListener('click', (event) => {
      // A keyboard's click has no finger behind it: step through the stops.
      if (event.detail === 0) this.next();
    });
    this.handle?.addEventListener('keydown', (event) => this.key(event));
  }

  get stop(): Stop {
    return stops.find((stop) => stop === this.root?.dataset.stop) ?? 'half';
  }

  set stop(stop: Stop) {
    if (!this.root) return;
    this.root.dataset.stop = stop;
    this.handle?.setAttribute('aria-expanded', String(stop !== 'peek'));
  }

  private next(): void {
    this.stop = this.stop === 'peek' ? 'half' : this.stop === 'half' ? 'full' : 'peek';
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.stop = stops[Math.min(2, Math.max(0, stops.indexOf(this.stop) + step))] ?? 'half';
  }

  /** Follows a finger from the handle, and settles at the stop that is meant. */
  private drag(down: PointerEvent): void {
    const { root, handle } = this;
    if (!root || !handle || down.button !== 0) return;
    handle.setPointerCapture(down.pointerId);
    const from = root.getBoundingClientRect().height;
    let height = from;
    let last = { y: down.clientY, at: down.timeStamp, speed: 0 };
    const move = (event: PointerEvent) => {
      height = Math.min(innerHeight, Math.max(0, from + down.clientY - event.clientY));
      const elapsed = Math.max(1, event.timeStamp - last.at);
      last = { y: event.clientY, at: event.timeStamp, speed: (last.y - event.clientY) / elapsed };
      root.style.transition = 'none';
      // What floats above the sheet hangs on the same length.
      document.body.style.setProperty('--sheet', `${height}px`);
    };
    const up = (event: PointerEvent) => {
      handle.removeEventListener('pointermove', move);
      handle.removeEventListener('pointerup', up);
      handle.removeEventListener('pointercancel', up);
      root.style.removeProperty('transition');
      document.body.style.removeProperty('--sheet');
      if (Math.abs(event.clientY - down.clientY) < tap) this.next();
      else this.stop = settle(height / innerHeight, last.speed, this.stop);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', up);
    handle.addEventListener('pointercancel', up);
  }

  /** Brings the panel's content back to a height, without gliding for who asked for calm. */
  scrollTo(top: number): void {
    byId('sheet-body')?.scrollTo({ top, behavior: calm() ? 'instant' : 'auto' });
  }

  get scrolled(): number {
    return byId('sheet-body')?.scrollTop ?? 0;
  }
}

/** The stop for a sheet let go at a share of the screen's height, at a speed upwards. */
export function settle(share: number, speed: number, from: Stop): Stop {
  if (Math.abs(speed) >= flick) {
    const at = stops.indexOf(from) + Math.sign(speed);
    return stops[Math.min(2, Math.max(0, at))] ?? from;
  }
  if (share < 0.3) return 'peek';
  return share < 0.7 ? 'half' : 'full';
}

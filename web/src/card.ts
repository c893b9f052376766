// The card of the chosen place, in the panel of the list: the same HTML as its page.
// Opening it moves the focus to its name, closing it gives the focus back.

import { fetchFragment, Latest } from './api.ts';
import { announce, byId, closest, element, isForBrowser } from './dom.ts';
import { text } from './text.ts';

export class Card {
  private readonly root = byId('place');
  private readonly browse = byId('browse');
  private readonly latest = new Latest();

  constructor(private readonly closed: () => void) {
    this.root?.addEventListener('click', (event) => {
      if (!closest(event, '[data-action=close]') || isForBrowser(event)) return;
      event.preventDefault();
      closed();
    });
    this.root?.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.closed();
    });
  }

  get open(): boolean {
    return this.root?.hidden === false;
  }

  /** Shows a place; gives its element, or null when another was asked for meanwhile or it failed. */
  async show(id: number): Promise<HTMLElement | null> {
    if (!this.root) return null;
    const there = this.root.querySelector<HTMLElement>(`[data-place="${id}"]`);
    if (there && this.open) return there; // the page came with it
    try {
      const fragment = await this.latest.run((signal) => fetchFragment(`/lieux/${id}`, 'card', signal));
      if (!fragment) return null;
      this.root.replaceChildren(fragment);
    } catch {
      this.root.replaceChildren(element('p', { class: 'empty' }, text('card.failed')));
    }
    this.root.hidden = false;
    if (this.browse) this.browse.hidden = true;
    this.focus();
    return this.root.querySelector<HTMLElement>('[data-place]') ?? this.root;
  }

  private focus(): void {
    const name = this.root?.querySelector<HTMLElement>('h1, h2');
    if (!name) return;
    name.tabIndex = -1;
    name.focus({ preventScroll: true });
    announce(text('card.opened', { name: name.textContent?.trim() ?? '' }));
  }

  hide(): void {
    if (!this.root) return;
    void this.latest.run(async () => null); // a card on its way would open again
    this.root.hidden = true;
    this.root.replaceChildren();
    if (this.browse) this.browse.hidden = false;
  }
}

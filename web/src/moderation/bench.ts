// The page of an item, without leaving it: while one decides, the next one is taken
// and fetched, so that it stands there as soon as the server has said what became of
// the first. Nothing is shown as decided before it is.
//
// The rules of taking hold: what is fetched ahead is claimed for this moderator, one
// at most, and is given back when the page is left.

import { byId, closest, isForBrowser } from '../dom.ts';
import { text } from '../text.ts';
import { startCounts } from './counts.ts';
import { showSetting } from './keys.ts';
import { SpotMap } from './spot.ts';

/** The parts of an item; the map and the queue beside it stay. */
const parts = ['work', 'facts', 'bar'] as const;
/** A claim lasts 15 minutes (moderation.claimMinutes): what is older is taken anew. */
const freshFor = 10 * 60_000;

type Ahead = { at: number; item: Promise<DocumentFragment | null> };

export class Bench {
  private ahead: Ahead | null = null;
  private busy = false;
  private path = location.pathname; // of what is on the desk
  private readonly map: SpotMap;

  constructor(private readonly page: HTMLElement) {
    this.map = new SpotMap(byId('bench-map'));
  }

  start(): void {
    this.page.addEventListener('submit', (event) => this.submit(event));
    this.page.addEventListener('click', (event) => this.click(event));
    addEventListener('popstate', () => this.went());
    addEventListener('pagehide', () => this.giveBack());
    startCounts(this.page, () => void this.refreshQueue());
    this.mark();
    this.map.show(this.page);
    this.fetchAhead();
  }

  private submit(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (form.id === 'decision') void this.decide(event, form);
    else if (form.matches('[data-next]')) void this.during(event, () => this.next());
  }

  private click(event: MouseEvent): void {
    const link = closest(event, '.beside a') as HTMLAnchorElement | null;
    if (link && !isForBrowser(event)) {
      event.preventDefault();
      void this.go(new URL(link.href).pathname, true);
    }
    if (closest(event, '[data-action=same]')) this.same();
  }

  /** The proposed place is one that is there: refused as a duplicate, in words that can be changed. */
  private same(): void {
    const reason = byId<HTMLSelectElement>('reason');
    const panel = this.page.querySelector<HTMLDetailsElement>('details[data-refuse]');
    if (!reason || !panel) return;
    panel.open = true;
    reason.value = 'duplicate';
    reason.dispatchEvent(new Event('change', { bubbles: true }));
    reason.focus();
  }

  /** One thing at a time: a second press while the first is under way does nothing. */
  private async during(event: Event, run: () => Promise<void>): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.page.setAttribute('aria-busy', 'true');
    try {
      await run();
    } catch (error) {
      console.error(error);
      this.say(text('desk.failed'));
    } finally {
      this.busy = false;
      this.page.removeAttribute('aria-busy');
    }
  }

  private async decide(event: SubmitEvent, form: HTMLFormElement): Promise<void> {
    await this.during(event, async () => {
      const answer = await this.post(form.action, new FormData(form, event.submitter));
      const done = answer.querySelector<HTMLElement>('#done');
      if (!done) {
        this.put(answer); // it says why not
        byId('problem')?.scrollIntoView({ block: 'nearest' });
        return;
      }
      this.page.querySelector(`.beside__one[data-id="${done.dataset.id}"]`)?.remove();
      this.say(...done.childNodes);
      await this.next().catch((error) => {
        console.error(error);
        this.say(text('desk.no_next')); // what was decided stays decided
      });
    });
  }

  /** Shows the one that was fetched ahead, or what can be taken now; says so where nothing waits. */
  private async next(): Promise<void> {
    let item = this.ahead && Date.now() - this.ahead.at < freshFor ? await this.ahead.item : null;
    this.ahead = null;
    item ??= await this.take();
    if (!item) {
      location.assign(this.address('/moderation', 'nothing', '1'));
      return;
    }
    this.put(item);
    this.path = `/moderation/${this.number()}`;
    history.pushState(null, '', this.address(this.path));
    byId('work')?.querySelector('h1')?.focus();
    this.fetchAhead();
  }

  private fetchAhead(): void {
    const deciding = this.page.querySelector('#bar [data-key=a]');
    if (!deciding || this.ahead) return;
    this.ahead = { at: Date.now(), item: this.take().catch(() => null) };
  }

  /**
   * Takes the most urgent contribution that nobody holds; null where there is none. Who
   * came by a link may be given the very one that is on the desk: then it is theirs, and
   * the next is another.
   */
  private async take(): Promise<DocumentFragment | null> {
    const first = await this.post(this.address('/moderation/suivante'), new FormData());
    if (numberOf(first) !== this.number()) return numberOf(first) ? first : null;
    const second = await this.post(this.address('/moderation/suivante'), new FormData());
    return numberOf(second) ? second : null;
  }

  private giveBack(): void {
    void this.ahead?.item.then((item) => {
      const id = item && numberOf(item);
      if (id) void fetch(`/moderation/${id}/rendre`, { method: 'POST', keepalive: true, redirect: 'manual' });
    });
    this.ahead = null;
  }

  /** Back or forward to another item; a link within the page keeps what one is typing. */
  private went(): void {
    if (location.pathname !== this.path) void this.go(location.pathname, false);
  }

  private async go(path: string, push: boolean): Promise<void> {
    await this.open(path, push).catch((error) => {
      console.error(error);
      this.say(text('desk.failed'));
    });
  }

  private async open(path: string, push: boolean): Promise<void> {
    const response = await fetch(this.address(path, 'fragment', 'work'), { headers: { Accept: 'text/html' } });
    const item = inert(await response.text());
    if (!item.querySelector('#work')) return location.assign(this.address(path));
    this.put(item);
    this.path = path;
    if (push) history.pushState(null, '', this.address(path));
    byId('work')?.querySelector('h1')?.focus();
    this.fetchAhead();
  }

  /** Answers an item, what was decided, or the page that says that nothing waits; any other answer is a fault. */
  private async post(action: string, body: FormData): Promise<DocumentFragment> {
    const url = new URL(action, location.href);
    url.searchParams.set('fragment', 'work');
    const sent = new URLSearchParams([...body].map(([name, value]) => [name, String(value)]));
    const response = await fetch(url, { method: 'POST', body: sent, headers: { Accept: 'text/html' } });
    if (response.status === 401) location.reload(); // signed out meanwhile: the page says how to sign in
    const answer = inert(await response.text());
    const nothing = response.ok && new URL(response.url).searchParams.has('nothing');
    if (!nothing && !answer.querySelector('#work, #done')) throw new Error(`the desk was answered ${response.status}`);
    return answer;
  }

  /** Puts an item in the place of the one that stands there. */
  private put(item: DocumentFragment): void {
    for (const id of parts) {
      const fresh = item.querySelector(`#${id}`);
      if (fresh) byId(id)?.replaceWith(fresh);
    }
    document.title = byId('work')?.dataset.title ?? document.title;
    byId('work')?.scrollTo({ top: 0 });
    scrollTo({ top: 0 });
    showSetting(this.page);
    this.mark();
    this.map.show(this.page);
  }

  private number(): string {
    return numberOf(document);
  }

  /** Tells in the queue which one is on the desk. */
  private mark(): void {
    for (const one of this.page.querySelectorAll<HTMLElement>('.beside__one')) {
      const link = one.querySelector('a');
      if (one.dataset.id === this.number()) link?.setAttribute('aria-current', 'true');
      else link?.removeAttribute('aria-current');
    }
    this.page.querySelector('.beside [aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  private async refreshQueue(): Promise<void> {
    const response = await fetch(this.address('/moderation', 'fragment', 'queue'), {
      headers: { Accept: 'text/html' },
    });
    const pane = byId('bench-queue');
    if (!response.ok || !pane || pane.contains(document.activeElement)) return;
    const top = pane.scrollTop;
    pane.replaceChildren(inert(await response.text()));
    pane.scrollTop = top;
    this.mark();
  }

  private say(...what: (Node | string)[]): void {
    byId('said')?.replaceChildren(...what);
  }

  /** An address of ours in the language that the reader chose. */
  private address(path: string, name = '', value = ''): string {
    const query = new URLSearchParams(name ? { [name]: value } : {});
    const language = new URL(location.href).searchParams.get('lang');
    if (language) query.set('lang', language);
    return query.size > 0 ? `${path}?${query}` : path;
  }
}

/** The number of the contribution in a page or a part of one; empty where there is none. */
function numberOf(item: ParentNode): string {
  return item.querySelector<HTMLElement>('#work')?.dataset.id ?? '';
}

/** HTML as elements: nothing loads or runs before it is put into the page. */
function inert(html: string): DocumentFragment {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content;
}

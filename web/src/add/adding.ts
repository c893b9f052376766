// Adding a place by thumb: where, is it one of these, what and its name, sent. Details
// are a fourth step that nobody has to take. It is the page's own form, shown one
// step at a time: without this script all steps stand under each other.
//
// Sending keeps the page: without a network, what was typed is still there, and the
// key of the form makes the second try the same contribution.

import { fetchFragment, Latest } from '../api.ts';
import type { AtlasData } from '../atlas.ts';
import { announce, byId, closest, debounce, element } from '../dom.ts';
import { Picker } from '../picker.ts';
import { text } from '../text.ts';
import { Chooser } from './chooser.ts';
import { Draft } from './draft.ts';
import { editHours } from './hours_editor.ts';

const steps = ['where', 'alike', 'what', 'details'] as const;
type Step = (typeof steps)[number];

/** From this zoom on the cross tells one side of a street from the other. */
const exact = 15;

export class Adding {
  private readonly draft = new Draft();
  private readonly picker: Picker;
  private readonly chooser: Chooser;
  private readonly alike = byId('alike');
  private readonly named: HTMLElement | null;
  private readonly latest = new Latest();
  private readonly back = element('button', { class: 'back', type: 'button' }, text('add.back'));
  private readonly progress = element('span', { class: 'quiet' });
  private readonly leaving = new AbortController();
  private sending = false;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly data: AtlasData,
  ) {
    form.noValidate = true; // the browser could not point at what a step hides
    form.querySelector<HTMLDetailsElement>('[data-coordinates]')?.removeAttribute('open');
    const first = this.restore();
    this.picker = new Picker(form, data);
    this.chooser = new Chooser(form, data);
    this.named = form.querySelector('[data-alike-named]');
    editHours(form);
    form.prepend(element('p', { class: 'progress' }, this.back, this.progress));
    this.listen();
    this.enter(first);
    this.show(first);
  }

  /**
   * What stands behind the first step in the history: on a new visit every step before it, so that
   * "back" leads through the form; where the form was already under way, what is there.
   */
  private enter(first: Step): void {
    if (typeof history.state?.step === 'string') {
      history.replaceState({ step: first }, '');
      return;
    }
    const [begin, ...trail] = steps
      .slice(0, steps.indexOf(first) + 1)
      .filter((one) => one !== 'alike' || one === first);
    history.replaceState({ step: begin }, '');
    for (const step of trail) history.pushState({ step }, '');
  }

  /** The step to begin with: what is wrong, else where the draft was left. */
  private restore(): Step {
    const wrong = this.form.querySelector('[aria-invalid=true]');
    if (wrong) return stepOf(wrong);
    if (this.form.querySelector('[data-asked]')) return 'alike';
    const kept = this.draft.read(this.form);
    const note = this.form.querySelector<HTMLElement>('[data-draft]');
    if (note) note.hidden = kept === null;
    return kept === 'what' || kept === 'details' ? kept : 'where'; // what stands around it is asked anew
  }

  private listen(): void {
    const { form } = this;
    const { signal } = this.leaving;
    form.addEventListener('click', (event) => this.click(event));
    form.addEventListener('input', () => this.keep());
    const ask = debounce(500, () => void this.findNamed());
    form.addEventListener('input', (event) => {
      const field = event.target instanceof Element ? event.target.getAttribute('name') : null;
      if (field === 'name' || field === 'category') ask();
    });
    form.addEventListener('keydown', (event) => {
      const { key, target } = event;
      if (key !== 'Enter' || this.at !== 'where') return;
      if (!(target instanceof HTMLCanvasElement || target instanceof HTMLInputElement)) return; // its buttons keep their Enter
      event.preventDefault();
      target.blur(); // what one typed counts: it is a change now
      void this.leave('where', 'alike');
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send();
    });
    this.back.addEventListener('click', () => history.back());
    addEventListener('popstate', (event) => this.went(event), { signal });
  }

  /** Back or forward to another step; a link within the page, as the first one, is none. */
  private went(event: PopStateEvent): void {
    if (event.state === null) {
      history.replaceState({ step: this.at }, '');
      return;
    }
    const step = steps.find((one) => one === event.state.step) ?? 'where';
    const empty = step === 'alike' && !this.alike?.querySelector('.lookalike'); // the page was loaded anew since
    this.show(empty ? 'where' : step);
  }

  private click(event: Event): void {
    const next = closest(event, '[data-next]')?.dataset.next;
    if (next) void this.leave(this.at, next as Step);
    if (closest(event, '[data-action=here]')) this.picker.here();
    if (closest(event, '[data-action=forget]')) {
      this.draft.forget();
      location.reload();
    }
  }

  private get at(): Step {
    return this.form.dataset.at as Step;
  }

  private keep(): void {
    this.draft.keep(this.form, this.at);
  }

  /** Goes on from a step; the look-alikes are asked for on the way. */
  private async leave(from: Step, to: Step): Promise<void> {
    if (from === 'where') {
      if (this.picker.zoom > 0 && this.picker.zoom < exact) {
        this.picker.closer();
        announce(text('add.closer'));
        return;
      }
      this.picker.take();
      if (!(await this.findAlike())) to = 'what';
    }
    if (from === 'alike') {
      for (const box of this.form.querySelectorAll<HTMLInputElement>('[name=distinct]')) box.checked = true;
      if (this.form.querySelector('[data-asked]')) return this.send();
    }
    history.pushState({ step: to }, '');
    this.show(to);
    this.keep();
  }

  /** Shows what stands around the position; false when nothing does, or nobody can say. */
  private async findAlike(): Promise<boolean> {
    try {
      const fragment = await fetchFragment(this.alikeAddress('lat', 'lon'), 'alike');
      const found = fragment.querySelector('.lookalike') !== null;
      this.alike?.replaceChildren(fragment);
      if (!found) announce(text('add.nothing_near'));
      return found;
    } catch {
      return false; // it is asked again when the place is sent
    }
  }

  /** Shows what looks like the place once it has a name; what one said is another is not asked again. */
  private async findNamed(): Promise<void> {
    if (!this.named || this.at !== 'what') return;
    try {
      const address = this.alikeAddress('lat', 'lon', 'name', 'category');
      const unnamed = this.value('name').trim() === '';
      const found = await this.latest.run(async (signal) =>
        unnamed ? document.createDocumentFragment() : fetchFragment(address, 'alike', signal),
      );
      if (!found) return; // it was typed on
      const before = this.places(this.named);
      const now = this.places(found);
      if (before === now) return; // the choice that somebody has made there stays
      this.named.replaceChildren(found);
      if (now) announce(text('add.alike'));
    } catch {
      this.named.replaceChildren(); // it is asked again when the place is sent
    }
  }

  private places(shown: ParentNode): string {
    return [...shown.querySelectorAll<HTMLInputElement>('[name=distinct]')].map((box) => box.value).join();
  }

  private value(name: string): string {
    return this.form.querySelector<HTMLInputElement>(`[name=${name}]`)?.value ?? '';
  }

  private alikeAddress(...names: string[]): string {
    const query = new URLSearchParams(names.map((name) => [name, this.value(name)]));
    for (const box of this.form.querySelectorAll<HTMLInputElement>('#alike [name=distinct]:checked')) {
      query.append('distinct', box.value);
    }
    return `/contribuer/lieu?${query}`;
  }

  private show(step: Step): void {
    this.form.dataset.at = step;
    this.back.hidden = step === 'where';
    this.progress.textContent = step === 'details' ? '' : text('add.step', { step: steps.indexOf(step) + 1 });
    const details = this.form.querySelector<HTMLDetailsElement>('details[data-step=details]');
    if (details) details.open = step === 'details';
    if (step === 'where') void this.picker.open();
    if (step === 'what') void this.findNamed();
    this.focus(step);
  }

  /** To what is wrong, or what is said of it where a step folds it away; else to the question. */
  private focus(step: Step): void {
    const find = (selector: string) => this.form.querySelector<HTMLElement>(`[data-step~=${step}] ${selector}`);
    const wrong = find('[aria-invalid=true]');
    if (wrong?.getAttribute('name') === 'category') {
      this.chooser.focus();
      return;
    }
    const to = (wrong?.checkVisibility() ? wrong : find('.field__error')) ?? find('legend');
    if (to?.tagName === 'LEGEND') to.tabIndex = -1;
    scrollTo({ top: 0 });
    to?.focus();
  }

  private async send(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    this.form.ariaBusy = 'true';
    announce(text('add.sending'));
    this.keep();
    try {
      const response = await fetch(this.form.action, { method: 'POST', body: this.body() });
      this.answered(response.ok, new DOMParser().parseFromString(await response.text(), 'text/html'));
    } catch {
      this.fail(text('add.offline'));
    }
    this.sending = false;
    this.form.ariaBusy = null;
  }

  /** The form as a browser would send it; without a photo as the small one that it is. */
  private body(): FormData | URLSearchParams {
    const fields = new FormData(this.form);
    const photo = fields.get('photo');
    if (photo instanceof File && photo.size > 0) return fields;
    fields.delete('photo');
    return new URLSearchParams(fields as unknown as Record<string, string>);
  }

  /** The answer is a page: the receipt, the form with what is wrong, or why it cannot be. */
  private answered(ok: boolean, page: Document): void {
    const main = page.querySelector('main');
    const again = main?.querySelector<HTMLFormElement>('#place-form');
    if (!main || (!ok && !again)) {
      this.fail(page.querySelector('h1')?.textContent ?? text('add.offline'));
      return;
    }
    this.leaving.abort();
    document.title = page.title;
    byId('main')?.replaceWith(main);
    if (again) {
      new Adding(again, this.data);
      return;
    }
    this.draft.forget();
    history.replaceState(null, '');
    scrollTo({ top: 0 });
    const heading = main.querySelector<HTMLElement>('h1');
    if (heading) heading.tabIndex = -1;
    heading?.focus();
  }

  private fail(message: string): void {
    const said = this.form.querySelector<HTMLElement>('[data-failed]');
    if (!said) return;
    said.hidden = false;
    said.textContent = message;
    said.scrollIntoView({ block: 'nearest' });
  }
}

function stepOf(one: Element): Step {
  const step = one.closest('[data-step]')?.getAttribute('data-step');
  return steps.find((name) => name === step) ?? 'what';
}

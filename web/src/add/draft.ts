// What somebody has begun to tell, kept on their device alone until it is sent, and a
// week at most. The key of the form is a part of it: the second try of what was
// perhaps sent is the same contribution.

const name = 'cartoquartiers.place';
const week = 7 * 24 * 60 * 60 * 1000;

type Kept = { at: number; step: string; fields: [string, string][] };

export class Draft {
  keep(form: HTMLFormElement, step: string): void {
    const fields: [string, string][] = [];
    for (const [field, value] of new FormData(form)) {
      if (typeof value === 'string' && value !== '') fields.push([field, value]);
    }
    try {
      localStorage.setItem(name, JSON.stringify({ at: Date.now(), step, fields } satisfies Kept));
    } catch {
      // A device that keeps nothing: the form works, and is lost with the page.
    }
  }

  /** Fills the form; gives the step where it was left, or null without a draft. */
  read(form: HTMLFormElement): string | null {
    const kept = this.kept();
    if (!kept) return null;
    for (const [field, value] of kept.fields) fill(form, field, value);
    return kept.step;
  }

  private kept(): Kept | null {
    try {
      const kept = JSON.parse(localStorage.getItem(name) ?? 'null') as Kept | null;
      if (kept && Date.now() - kept.at < week) return kept;
      if (kept) this.forget();
    } catch {
      this.forget();
    }
    return null;
  }

  forget(): void {
    try {
      localStorage.removeItem(name);
    } catch {
      // Nothing could be kept, so nothing is there.
    }
  }
}

function fill(form: HTMLFormElement, field: string, value: string): void {
  const known = form.elements.namedItem(field) !== null;
  if (field === 'distinct' || (field === 'photo_sent' && !known)) {
    const said = document.createElement('input');
    Object.assign(said, { type: 'hidden', name: field, value });
    form.append(said);
    return;
  }
  const control = form.elements.namedItem(field);
  if (
    control instanceof HTMLInputElement ||
    control instanceof HTMLSelectElement ||
    control instanceof HTMLTextAreaElement
  ) {
    control.value = value;
  }
}

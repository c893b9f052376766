// The words of the interface, from the data block #text that every page carries:
// the texts of locales/*.json under "script.", in the page's language.

type Message = string | { one: string; other: string };
export type Catalogue = Record<string, Message>;
type Values = Record<string, string | number>;

/** The language of the page: "fr" or "en". */
export const language = globalThis.document?.documentElement.lang || 'fr';

let catalogue: Catalogue | undefined;

function page(): Catalogue {
  catalogue ??= JSON.parse(document.getElementById('text')?.textContent || '{}') as Catalogue;
  return catalogue;
}

/** A number as the language writes it. */
export function number(value: number, locale = language): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** Fills {name} in a text; {count} also chooses the plural form (CLDR rules). */
export function fill(message: Message | undefined, key: string, values: Values, locale: string): string {
  if (message === undefined) return `⟦${key}⟧`;
  let template = message;
  if (typeof template !== 'string') {
    const one = new Intl.PluralRules(locale).select(Number(values.count)) === 'one';
    template = one ? template.one : template.other;
  }
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? number(value, locale) : value;
  });
}

/** The text of a key; a missing one shows itself, as it does in the pages. */
export function text(key: string, values: Values = {}): string {
  return fill(page()[key], key, values, language);
}

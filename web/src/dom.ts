// What every island needs of the document.

/** The element of an id, or nothing on a page that has none. */
export function byId<E extends HTMLElement>(id: string): E | null {
  return document.getElementById(id) as E | null;
}

/** An element with attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A symbol of one of our sprites, hidden from screen readers. */
export function symbol(href: string, className: string): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(namespace, 'use');
  use.setAttribute('href', href);
  svg.append(use);
  return svg;
}

/** The closest element of an event's target that matches, or nothing. */
export function closest(event: Event, selector: string): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null;
}

/** A click that the browser should keep: another tab, another window, a download. */
export function isForBrowser(event: MouseEvent): boolean {
  return (
    event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
  );
}

let status: HTMLElement | undefined;

/** Says something to screen readers, after what they are saying now. */
export function announce(message: string): void {
  if (!status) {
    status = element('p', { class: 'visually-hidden', role: 'status', id: 'status' });
    document.body.append(status);
  }
  status.textContent = message;
}

/** The media query that asks for less motion holds. */
export function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** A function that runs once things have been quiet for some milliseconds. */
export function debounce(milliseconds: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds);
  };
}

// How much waits, as it changes: the server sends the numbers of the moderator's
// scope (/api/v1/events). A page that nobody looks at does not listen.

import { text } from '../text.ts';

type Waiting = { pending: number; escalated: number; needs_info: number; overdue: number };

/** Keeps the counts of the page; changed is called when they are others than the page was made with. */
export function startCounts(page: HTMLElement, changed: () => void): void {
  let stream: EventSource | undefined;
  let told = '';
  const listen = () => {
    stream?.close();
    stream = undefined;
    if (document.hidden) return;
    stream = new EventSource('/api/v1/events');
    stream.addEventListener('queue', (event) => {
      const data = String((event as MessageEvent).data);
      if (told !== '' && told !== data) changed();
      told = data;
      show(page, JSON.parse(data) as Waiting);
    });
  };
  document.addEventListener('visibilitychange', listen);
  addEventListener('pagehide', () => stream?.close());
  listen();
}

function show(page: HTMLElement, waiting: Waiting): void {
  for (const name of ['pending', 'escalated', 'needs_info', 'overdue'] as const) {
    for (const one of page.querySelectorAll<HTMLElement>(`[data-count=${name}]`)) {
      one.textContent = text(`queue.${name}`, { count: waiting[name] });
      one.classList.toggle('table__bad', name === 'overdue' && waiting.overdue > 0);
    }
  }
}

// The form that checks the log in this browser: each step is shown as it runs, with
// what it proves. What this browser has seen is kept only once somebody has pressed
// the button, and goes with another one.

import { byId, element } from '../dom.ts';
import { type Catalogue, fill, language } from '../text.ts';
import { check, type Seen, type Step, type Values } from './steps.ts';

const memory = 'log-seen';
const signs = { run: '…', ok: '✓', bad: '✗' } as const;

export function startVerifying(form: HTMLFormElement): void {
  const catalogue = JSON.parse(byId('verify-text')?.textContent || '{}') as Catalogue;
  const say = (key: string, values: Values = {}) => fill(catalogue[key], key, values, language);
  const list = byId('verify-steps');
  const verdict = byId('verify-verdict');
  const forget = byId<HTMLButtonElement>('verify-forget');
  if (!list || !verdict || !forget) return;
  const remember = () => {
    forget.hidden = localStorage.getItem(memory) === null;
  };
  remember();
  forget.addEventListener('click', () => {
    localStorage.removeItem(memory);
    remember();
    verdict.textContent = say('forgotten');
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    list.replaceChildren();
    verdict.className = 'verdict';
    verdict.textContent = say('running');
    if (!globalThis.crypto?.subtle) {
      conclude(verdict, 'bad', say('insecure'));
      return;
    }
    const lines = new Map<Step, HTMLElement>();
    const tell = (step: Step, state: 'run' | 'ok' | 'bad', what = '', values: Values = {}) => {
      const line = lines.get(step) ?? element('li');
      lines.set(step, line);
      line.className = `check check--${state}`;
      line.replaceChildren(
        element('span', { class: 'check__sign', 'aria-hidden': 'true' }, signs[state]),
        element(
          'div',
          {},
          element('strong', {}, say(`step_${step}`)),
          ...(what ? [element('p', {}, say(`said_${what}`, values))] : []),
        ),
      );
      list.append(line);
    };
    const data = new FormData(form);
    const question = { receipt: String(data.get('receipt') ?? ''), place: Number(data.get('place')) || 0 };
    const found = await check(question, readSeen(), tell);
    if (found) {
      localStorage.setItem(memory, JSON.stringify(found));
      conclude(verdict, 'good', say('sound', { size: found.size }));
    } else conclude(verdict, 'bad', say('unsound'));
    remember();
  });
  form.dataset.ready = '';
}

function conclude(verdict: HTMLElement, tone: 'good' | 'bad', words: string): void {
  verdict.className = `verdict verdict--${tone}`;
  verdict.textContent = words;
}

function readSeen(): Seen | null {
  return JSON.parse(localStorage.getItem(memory) ?? 'null') as Seen | null;
}

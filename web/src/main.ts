// The first script of every page: search and sharing everywhere, the map where there
// is one. Pages work without it.

import './styles/fonts.css';
import './styles/main.css';
import { startAdd } from './add.ts';
import type { Suggestion } from './api.ts';
import { Atlas, type AtlasData } from './atlas.ts';
import { startCode } from './code.ts';
import { byId } from './dom.ts';
import { startOpening } from './opening.ts';
import { startPaper } from './paper.ts';
import { startPasskeys } from './passkey.ts';
import { startQuick } from './quick.ts';
import { startSearch } from './search.ts';
import { startSharing } from './share.ts';

const block = byId('atlas');
const container = byId('map');
startSharing();
startCode();
startQuick();
startAdd();
startPasskeys();
startOpening();
startPaper();

const verify = byId<HTMLFormElement>('verify');
if (verify) void import('./verify/page.ts').then(({ startVerifying }) => startVerifying(verify));

const desk = document.querySelector<HTMLElement>('main[data-keys]');
if (desk) {
  const blurring = import('./moderation/blur.ts').then(({ startBlurring }) => startBlurring());
  void Promise.all([import('./moderation/desk.ts'), blurring.catch(() => undefined)]).then(([{ startDesk }]) => {
    startDesk(desk); // which then says that the page is ready
  });
}
const look = document.querySelector<HTMLElement>('[data-look]');
if (look) void import('./look.ts').then(({ startLooking }) => startLooking(look));

if (document.querySelector('[data-draw]')) void import('./draw.ts').then(({ startDrawing }) => startDrawing());

if (block?.textContent && container) {
  const data = JSON.parse(block.textContent) as AtlasData;
  const atlas = new Atlas(data);
  startSearch({ pictograms: data.pictograms, near: () => atlas.near(), take: (suggestion) => atlas.take(suggestion) });
  void atlas.start(container);
} else {
  startSearch({ pictograms: '', near: () => null, take: leave });
}

/** On a page without a map a suggestion leads to its own page, or to the map. */
function leave(suggestion: Suggestion): void {
  const language = new URL(location.href).searchParams.get('lang');
  const url = new URL(suggestion.type === 'place' ? `/lieux/${suggestion.id}` : '/lieux', location.href);
  if (suggestion.type !== 'place') url.searchParams.set(suggestion.type, suggestion.id);
  if (language) url.searchParams.set('lang', language);
  location.assign(url);
}

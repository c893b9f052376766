// "Autour de moi": asks the device where it is, once, when the button is pressed. The
// browser asks for consent; the position stays in the page.

import { announce, element } from './dom.ts';
import { text } from './text.ts';

/** Longitude, latitude, and how exact it is in metres. */
type Found = (lon: number, lat: number, metres: number) => void;

export function startLocating(found: Found): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-action=locate]')) {
    button.addEventListener('click', () => locate(button, found));
  }
}

function locate(button: HTMLButtonElement, found: Found): void {
  button.setAttribute('aria-busy', 'true');
  say(text('locate.asking'));
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      button.removeAttribute('aria-busy');
      say(text('locate.found', { metres: Math.round(coords.accuracy) }));
      found(coords.longitude, coords.latitude, coords.accuracy);
    },
    (error) => {
      button.removeAttribute('aria-busy');
      say(text(error.code === error.PERMISSION_DENIED ? 'locate.refused' : 'locate.failed'));
    },
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
  );
}

let note: HTMLElement | undefined;
let fading: ReturnType<typeof setTimeout> | undefined;

/** Says it to eyes and ears: a note on the map that goes by itself. */
function say(message: string): void {
  note?.remove();
  note = element('p', { class: 'map__note' }, message);
  document.getElementById('map')?.append(note);
  announce(message);
  clearTimeout(fading);
  fading = setTimeout(() => note?.remove(), 6000);
}

// What the pages are about while they are photographed: a place with a long name, a
// photo and a history, contributions in every state, an organisation with its team.

import { asAdmin, asModerator, asResident, namedPlace, origin, propose, visit } from '../browser/visit.ts';

export type Scene = {
  /** Has a photo, two revisions and an owner. */
  place: number;
  longNamed: number;
  /** Contributions of the resident. */
  waiting: number;
  refused: number;
  asked: number;
  photo: number;
  created: number;
  organisation: string;
};

type Headers = Record<string, string>;

async function send(path: string, headers: Headers, body: object, method = 'POST'): Promise<Response> {
  const response = await fetch(origin + path, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

function decide(id: number, verdict: object): Promise<Response> {
  const path = `/api/v1/moderation/contributions/${id}/decision`;
  return send(path, { ...asModerator, 'If-Match': '"1"' }, verdict);
}

/** Publishes a place, and gives its number. */
async function publish(place: object): Promise<number> {
  const sent = await send('/api/v1/contributions', asModerator, { action: 'create', place });
  return ((await sent.json()) as { place: number }).place;
}

/** A picture of the map, sent as the resident's photo of a place. */
async function sendPhoto(place: number): Promise<number> {
  const { page, end } = await visit('/', { width: 960, height: 640 });
  await page.waitForSelector('#map[data-state=idle]');
  const picture = await page.locator('#map').screenshot({ type: 'jpeg' });
  await end();
  const response = await fetch(`${origin}/api/v1/photos`, {
    method: 'POST',
    body: new Uint8Array(picture),
    headers: { ...asResident, 'Content-Type': 'image/jpeg' },
  });
  const { id } = (await response.json()) as { id: string };
  const alt = 'La place vue de la rue, un jour de marché';
  return propose({ action: 'photo', place_id: place, photo: id, alt, licence: 'CC0-1.0' });
}

async function organise(place: number): Promise<string> {
  const headers = { ...asAdmin, 'Content-Type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ do: 'organisation', name: 'Les amis du quai des Charpentiers' });
  const page = await (await fetch(`${origin}/admin`, { method: 'POST', headers, body })).text();
  const path = [...page.matchAll(/href="(\/organisations\/\d+)\/equipe"/g)].at(-1)?.[1] ?? '';
  await send(`/api/v1/places/${place}/owner`, asAdmin, { organisation: Number(path.split('/').at(-1)) }, 'PUT');
  return path;
}

async function build(): Promise<Scene> {
  const { geometry } = await namedPlace('group=culture');
  const [lon, lat] = geometry.coordinates;
  const fields = {
    opening_hours: 'Tu-Fr 10:00-12:30,14:00-18:30; Sa[1] 09:00-13:00; PH off',
    phone: '+33 2 40 11 22 33',
  };
  const place = await publish({
    name: 'Bibliothèque du Phare',
    category: 'library',
    position: [lon + 0.0004, lat + 0.0003],
    description: 'Des livres, des jeux, une salle pour travailler au calme et un atelier le premier samedi du mois.',
    ...fields,
  });
  const longNamed = await publish({
    name: 'Maison intergénérationnelle et solidaire des associations du quartier des Charpentiers-de-Marine',
    category: 'community_centre',
    position: [lon - 0.0004, lat + 0.0002],
    website: 'https://example.org/une/adresse/qui/est/vraiment/tres/longue/pour-voir-ou-elle-se-coupe.html',
    opening_hours: 'Mo-Fr 08:30-12:00,13:30-17:30',
  });
  await decide(await sendPhoto(place), { outcome: 'accepted' });
  const edit = (patch: object, base = 2) => propose({ action: 'edit', place_id: place, base_revision: base, patch });
  await decide(await edit({ operator: 'Ville de Port-Ambrelle' }), { outcome: 'accepted' });
  const refused = await edit({ phone: '+33 2 40 00 00 00' }, 3);
  await decide(refused, {
    outcome: 'refused',
    reason: 'unverifiable',
    message: 'Nous avons appelé : ce numéro ne répond pas.',
  });
  const asked = await edit({ website: 'https://bibliotheque.example.org' }, 3);
  await decide(asked, { outcome: 'needs_info', message: 'Où avez-vous trouvé cette adresse ?' });
  const waiting = await edit(
    {
      name: 'Bibliothèque-ludothèque du Phare',
      opening_hours: 'Tu-Sa 10:00-18:30',
      description: 'Des livres, des jeux et un atelier.',
    },
    3,
  );
  await propose({ action: 'report', place_id: longNamed, reason: 'wrong', message: 'Il y a une marche à l’entrée.' });
  await propose({ action: 'move', place_id: place, base_revision: 3, position: [lon + 0.0006, lat + 0.0001] });
  const created = await propose({
    action: 'create',
    place: { name: 'Boîte à livres du marché', category: 'book_box', position: [lon + 0.001, lat] },
  });
  return {
    place,
    longNamed,
    waiting,
    refused,
    asked,
    created,
    photo: await sendPhoto(place),
    organisation: await organise(place),
  };
}

let built: Promise<Scene> | undefined;

/** The scene, built once for all photographs. */
export function scene(): Promise<Scene> {
  built ??= build();
  return built;
}

// What the map publishes of the content of a revision: the GeoJSON feature of a place. `group`, `neighbourhood`
// and `updated_at` are not compared: they follow from the map around it.
import { canonical, must } from "./standards.mjs";

// Each feature says what the last revision of its place says, and no place lacks its feature.
export function checkFeatures(features, last) {
  for (const { properties: { group, neighbourhood, updated_at, ...properties }, ...feature } of features) {
    const content = last.get(feature.id), expected = content && !content.erased && canonical(featureOf(content));
    must(canonical({ ...feature, properties }) === expected, `Place ${feature.id} is not published as its last revision says`);
    last.delete(feature.id);
  }
  must(last.size === 0, `Places have vanished: ${[...last.keys()]}`);
}

const plain = (texts = {}) => texts.und ?? texts.fr ?? texts.en ?? texts[Object.keys(texts).sort()[0]];
const other = (texts = {}, language) => (texts[language] === plain(texts) ? undefined : texts[language] || undefined);

// The sides of a photo whose longest one becomes size, unless it is shorter.
function scaled({ width, height }, size) {
  const longest = Math.max(width, height);
  const side = (of) => (longest <= size ? of : Math.max(1, Math.floor((of * size + Math.floor(longest / 2)) / longest)));
  return { width: side(width), height: side(height) };
}

function photosOf(photos) {
  return Object.keys(photos).map(Number).sort((a, b) => a - b).map((id) => {
    const { file, alt, licence, role, taken, ...sides } = photos[id];
    const sizes = [320, 960, 1920].map((size) => ({ url: `/photos/${file}-${size}.jpg`, ...scaled(sides, size) }));
    return { id, alt: plain(alt), alt_en: other(alt, "en"), licence, credit: role || undefined, taken: taken || undefined, sizes };
  });
}

function featureOf({ document, provenance, place, revision }) {
  const { position, name, description, identifiers = {}, photos, ...same } = document;
  const { osm, ...others } = identifiers, origins = Object.values(provenance);
  const properties = {
    ...same, revision, osm,
    name: plain(name) || undefined, name_fr: other(name, "fr"), name_en: other(name, "en"),
    description: plain(description) || undefined, description_en: other(description, "en"),
    identifiers: Object.keys(others).length ? others : undefined,
    categories: [document.category, ...(document.categories ?? [])],
    photos: photos && photosOf(photos),
    verified_by: (document.verified_at && provenance.verified_at?.role) || undefined,
    sources: [...new Set(origins.map((origin) => origin.source))].sort(),
    licence: origins.some((origin) => origin.licence === "ODbL-1.0") ? "ODbL-1.0" : "etalab-2.0",
  };
  return { type: "Feature", id: place, geometry: { type: "Point", coordinates: position }, properties };
}

// Package web is what people look at: pages that work as HTML first, in French
// and English, and the static files that the TypeScript islands come in.
//
// It is not what programs talk to (package api), and it knows no rule of the
// domain: it asks places/snapshot and places, and writes their answers down.
//
// Start with web.go, where every route is on one screen; each page is then one
// file (map.go, list.go, place.go) and one template of the same name.
//
// # Where TypeScript meets HTML
//
// Go renders everything that can be rendered without a map. The islands of
// src/main.ts find their elements by id and data attribute, never by class:
//
//   - #map is the empty container of the map; only the page "/" has it.
//   - #atlas is a JSON data block: language, extent, tiles, taxonomy (type Atlas).
//   - #text is a JSON data block of every page: the texts under "script.".
//   - #sheet is the panel beside or over the map; data-stop is peek, half or full.
//     Its handle is [data-action=stop].
//   - #list holds the results. Its content is what GET /lieux answers with the
//     same question and fragment=list added, so an island only fetches and swaps.
//   - #place holds the place card, hidden while there is none; its content is
//     GET /lieux/{id}?fragment=card. [data-action=close] closes it.
//   - [data-place=ID] on a list item and a card, with data-category, -group, -kind,
//     -state, -lon and -lat; the item's link is the place page.
//   - [data-action=share] shares or copies data-url.
//   - #filters is the form of groups and categories (checkboxes named group and
//     category); [data-group=ID] on a chip, which is a link with aria-current.
//   - #q is the search field, #suggestions the empty list under it.
//   - #place-form is the form of a place: [data-action=pick] opens the map in #picker,
//     whose middle is written into the fields lat and lon; [data-action=here] writes
//     where one stands. #code-form takes the code behind # of a visitor's secret link.
//   - main[data-keys] is a page of moderators; [data-key=a] is what the key does, the
//     queue's links have class queue__about, #canned holds the usual texts by reason.
//   - [data-action=locate] is "around me". What needs a script carries
//     class "scripted" and is hidden where there is none.
//
// Vite builds src/main.ts (which imports styles/fonts.css and styles/main.css) into
// dist with base /static/ and dist/manifest.json; Go links what the manifest says.
// Pictograms are src/icons/pictograms.svg, one <symbol id="CATEGORY"> each, drawn in
// currentColor; icons of the interface are src/icons/ui.svg. Group colours are the
// custom properties --civic … --commerce of styles/tokens.css.
//
// Text comes from locales/fr.json and locales/en.json on both sides: a value is a
// string, or an object of plural forms; {name} is replaced.
package web

package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"cartoquartiers/internal/accounts"
)

// cookieOf signs somebody in: the value of the header Cookie.
func (town *testTown) cookieOf(t *testing.T, actor accounts.Actor) string {
	t.Helper()
	return town.session(t, actor.User, accounts.ByPasskey)
}

func TestHistoryOfAPlaceTellsWhoAndHow(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	maud := town.person(t, "Maud", accounts.Moderator)
	edit := `{"action":"edit","place_id":%d,"base_revision":%d,"patch":{"description":%q},"message":"canary"}`
	town.submit(t, maud, fmt.Sprintf(edit, town.garden, 1, "Un jardin partagé au bord de l’eau."))
	proposed := town.submit(t, visitor(), fmt.Sprintf(edit, town.garden, 2, "Un grand jardin partagé au bord de l’eau."))
	town.accept(t, maud, proposed)
	town.integrate(t)
	address := fmt.Sprintf("/lieux/%d/historique", town.garden)
	page := town.page(t, address)
	expect(t, "the story", page, "3 versions", "Une personne sans compte a changé : description.", "accepté par : la modération",
		"La modération a changé : description.", "par la règle « modération »", "Première publication", `href="/journal/1"`, `href="/journal/3"`,
		"<mark>grand </mark>", "not canary", "not Maud", "not Publier à nouveau", "not ⟦")
	compared := town.page(t, address+"?from=1&to=3&lang=en")
	expect(t, "the comparison", compared, "From revision 1 to revision 3", "Description", "not <form class=\"form verdict\"", "not ⟦")
	for _, wrong := range []string{"?from=9", "?from=1&to=0", "?from=0x", "?before=-1", "?from=1&to=99999999999"} {
		if response := town.get(t, address+wrong); response.Code != http.StatusNotFound && response.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", wrong, response.Code)
		}
	}
	expect(t, "the place page", town.page(t, fmt.Sprintf("/lieux/%d", town.garden)), `href="`+address+`"`)
}

func TestModeratorsRevert(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	maud := town.person(t, "Maud", accounts.Moderator)
	town.submit(t, maud, fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":1,"patch":{"operator":"Vandale"}}`, town.garden))
	address := fmt.Sprintf("/lieux/%d/historique", town.garden)
	cookie := town.cookieOf(t, maud)
	form := town.get(t, address+"?from=1", "Cookie", cookie)
	expect(t, "the form", form.Body.String(), "Publier à nouveau la version 1", `name="base_revision" value="2"`)
	if form.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers %v", form.Header())
	}
	key := between(form.Body.String(), `name="key" value="`, `"`)
	fields := []string{"key", key, "revision", "1", "base_revision", "2", "reason", "wrong", "message", ""}
	refused := town.send(t, address, fields, "Cookie", cookie)
	if refused.Code != http.StatusBadRequest {
		t.Errorf("without a message: %d", refused.Code)
	}
	expect(t, "the refusal", refused.Body.String(), "Dites pourquoi", "Publier à nouveau la version 1")
	if visitor := town.send(t, address, fields); visitor.Code != http.StatusBadRequest {
		t.Errorf("a visitor without a message: %d", visitor.Code)
	}
	fields[len(fields)-1] = "C’était faux."
	if visitor := town.send(t, address, fields); visitor.Code != http.StatusForbidden {
		t.Errorf("a visitor: %d", visitor.Code)
	}
	for range 2 { // sent twice, done once
		if done := town.send(t, address, fields, "Cookie", cookie); done.Code != http.StatusSeeOther || done.Header().Get("Location") != address {
			t.Fatalf("%d %v %s", done.Code, done.Header(), done.Body)
		}
	}
	expect(t, "the story", town.page(t, address), "3 versions", "est revenu à une version antérieure", "not 4 versions")
}

// between is the text between two others; empty where they are not.
func between(text, before, after string) string {
	_, rest, found := strings.Cut(text, before)
	if !found {
		return ""
	}
	rest, _, _ = strings.Cut(rest, after)
	return rest
}

func TestModeratorsHideAndRestore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	address := fmt.Sprintf("/lieux/%d/historique", d.garden)
	form := d.read(t, address)
	expect(t, "the form", form, "Retirer ce lieu de la carte")
	hide := []string{"action", "hide", "base_revision", "1", "face", "withheld", "reason", "personal_data", "key", aKey, "message", ""}
	wordless := d.send(t, address, hide, "Cookie", d.cookie)
	if wordless.Code != http.StatusBadRequest {
		t.Errorf("without a message: %d", wordless.Code)
	}
	expect(t, "without a message", wordless.Body.String(), "Dites pourquoi")
	hide[len(hide)-1] = "Adresse d’une personne."
	if visitor := d.send(t, address, hide); visitor.Code != http.StatusForbidden {
		t.Errorf("a visitor hides: %d", visitor.Code)
	}
	if hidden := d.send(t, address, hide, "Cookie", d.cookie); hidden.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", hidden.Code, hidden.Body)
	}
	stranger := d.get(t, address)
	if stranger.Code != http.StatusGone || strings.Contains(stranger.Body.String(), "Rétablir") || strings.Contains(stranger.Body.String(), "Fonderies") {
		t.Errorf("everybody else: %d", stranger.Code)
	}
	gone := d.get(t, address, "Cookie", d.cookie)
	expect(t, "what a moderator sees", gone.Body.String(), "Rétablir sur la carte", `name="base_revision" value="1"`)
	restored := d.send(t, address, []string{
		"action", "restore", "base_revision", "1", "reason", "wrong", "message", "C’était une erreur.", "key", "6d3c9a52-7c1f-4b8e-8a39-2e64c7d1f0a6",
	}, "Cookie", d.cookie)
	if restored.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", restored.Code, restored.Body)
	}
	expect(t, "the place", d.page(t, fmt.Sprintf("/lieux/%d", d.garden)), "Jardin des Fonderies")
	if again := d.send(t, address, []string{"action", "restore", "base_revision", "2", "reason", "wrong", "message", "x"}, "Cookie", d.cookie); again.Code != http.StatusConflict {
		t.Errorf("restored twice: %d", again.Code)
	}
}

func TestAMoveIsDrawn(t *testing.T) {
	t.Parallel()
	asked := 0
	town := newTownOf(t, func(d *Deps) {
		d.BaseTile = func(z int, _, _ uint32) ([]byte, error) { asked = z; return nil, nil }
	})
	maud := town.person(t, "Maud", accounts.Moderator)
	// 300 m north of where it stood; the library and a bench stand around.
	town.submit(t, maud, fmt.Sprintf(`{"action":"move","place_id":%d,"base_revision":1,"position":[-1.5546,47.2217]}`, town.garden))
	page := town.page(t, fmt.Sprintf("/lieux/%d/historique", town.garden))
	expect(t, "the story", page, "La modération a indiqué où il se trouve vraiment.", `aria-label="Déplacé de 300 m vers le nord"`, "not NaN", "not ⟦",
		`cx="160"`, `class="move__near"`, "move__from", "200 m</text>")
	if asked < 14 {
		t.Errorf("the base map was asked at zoom %d", asked)
	}
	expect(t, "in English", town.page(t, fmt.Sprintf("/lieux/%d/historique?lang=en", town.garden)), "Moved by 300 m towards the north", "not ⟦")
}

func TestTheGroundOfAMoveIsDrawnFromTiles(t *testing.T) {
	from, to := orb.Point{-1.5546, 47.2190}, orb.Point{-1.5546, 47.2199}
	street := geojson.NewFeature(orb.LineString{{-1.5560, 47.2195}, {-1.5530, 47.2195}})
	far := geojson.NewFeature(orb.LineString{{-1.6560, 47.2195}, {-1.6530, 47.2195}})
	house := geojson.NewFeature(orb.Polygon{{{-1.5547, 47.2192}, {-1.5545, 47.2192}, {-1.5545, 47.2193}, {-1.5547, 47.2192}}})
	s := &site{Deps: Deps{BaseTile: func(z int, x, y uint32) ([]byte, error) {
		layers := mvt.NewLayers(map[string]*geojson.FeatureCollection{
			"roads": {Features: []*geojson.Feature{street, far}}, "buildings": {Features: []*geojson.Feature{house}}, "pois": {Features: []*geojson.Feature{street}},
		})
		layers.ProjectToTile(maptile.New(x, y, maptile.Zoom(z)))
		return mvt.MarshalGzipped(layers)
	}}}
	var m moveMap
	(&view{site: s}).drawGround(t.Context(), &m, frameOf(from, to))
	if len(m.Ground) != 2 || m.Ground[0].Layer != "buildings" || m.Ground[1].Layer != "roads" {
		t.Fatalf("drawn: %v", m.Ground)
	}
	if !strings.HasSuffix(m.Ground[0].Path, "z") || strings.Count(m.Ground[1].Path, "M")%2 == 0 && strings.Contains(m.Ground[1].Path, "-9") {
		t.Errorf("paths %q", m.Ground)
	}
}

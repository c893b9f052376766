package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"cartoquartiers/places"
)

func TestLanguageSticksToLinksOnceChosen(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	chosen := town.page(t, "/lieux?lang=en", "Accept-Language", "fr")
	expect(t, "the chosen page", chosen, `href="/donnees?lang=en"`, `name="lang" value="en"`, `href="/lieux?lang=fr"`,
		fmt.Sprintf(`href="/lieux/%d?lang=en"`, town.library))
	negotiated := town.page(t, "/lieux", "Accept-Language", "en")
	expect(t, "the negotiated page", negotiated, `href="/donnees"`, `not name="lang"`, fmt.Sprintf(`href="/lieux/%d"`, town.library))
	filtered := town.page(t, "/lieux?group=culture&lang=en")
	expect(t, "the switch", filtered, `href="/lieux?group=culture&amp;lang=fr"`)
}

func TestPagesAreCachedAndCompared(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	first := town.get(t, "/lieux")
	tag := first.Header().Get("ETag")
	if tag == "" || first.Header().Get("Cache-Control") != "public, no-cache" || !strings.Contains(first.Header().Get("Vary"), "Accept-Language") {
		t.Errorf("headers %v", first.Header())
	}
	if licences := first.Header().Values("Link"); len(licences) != 2 || !strings.Contains(licences[1], `licenses/odbl/1-0/>; rel="license"`) {
		t.Errorf("licences %v", licences)
	}
	if again := town.get(t, "/lieux", "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("the same page again: status %d, %d bytes", again.Code, again.Body.Len())
	}
	if other := town.get(t, "/lieux", "If-None-Match", tag, "Accept-Language", "en"); other.Code != http.StatusOK {
		t.Errorf("another language: status %d", other.Code)
	}
}

func TestWrongAddressesAreExplained(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for _, c := range []struct {
		address string
		status  int
		says    string // in English
	}{
		{"/nothing", 404, "This page does not exist"},
		{"/lieux/999999", 404, "This page does not exist"},
		{"/lieux/99999999999999999999", 404, "This page does not exist"},
		{"/lieux/abc", 404, "This page does not exist"},
		{"/lieux?group=nope", 400, "<code>group</code>"},
		{"/lieux?category=library,nope", 400, "<code>category</code>"},
		{"/lieux?state=merged", 400, "<code>state</code>"},
		{"/lieux?bbox=1,2,3", 400, "<code>bbox</code>"},
		{"/lieux?near=200,0", 400, "<code>near</code>"},
		{"/lieux?near=NaN,0", 400, "<code>near</code>"},
		{"/lieux?after=x", 400, "<code>after</code>"},
		{"/lieux?near=0,0&after=x", 400, "<code>after</code>"},
		{"/lieux?q=a&after=!", 400, "<code>after</code>"},
		{"/lieux?q=" + strings.Repeat("a", longestText+1), 400, "<code>q</code>"},
		{"/?group=nope", 400, "<code>group</code>"},
	} {
		response := town.get(t, c.address, "Accept-Language", "en")
		if response.Code != c.status {
			t.Errorf("%s: status %d, want %d", c.address, response.Code, c.status)
		}
		expect(t, c.address, response.Body.String(), c.says, `<html lang="en">`, "not ⟦")
		if got := response.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", c.address, got)
		}
		french := town.get(t, c.address, "Accept-Language", "fr")
		expect(t, c.address, french.Body.String(), `<html lang="fr">`, "not ⟦")
	}
	request := town.get(t, "/lieux?utm_source=letter&fbclid=1")
	if request.Code != http.StatusOK {
		t.Errorf("foreign parameters: status %d", request.Code)
	}
}

func TestMergedPlaceRedirectsForEver(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	gone := publish(t, town.db, wednesday, garden())[0].Place
	joined, err := places.MergeInto(t.Context(), town.db, taxonomy, places.Cause{At: wednesday}, gone, town.garden)
	if err != nil {
		t.Fatal(err)
	}
	if err := town.store.WaitFor(t.Context(), joined.Seq); err != nil {
		t.Fatal(err)
	}
	response := town.get(t, fmt.Sprintf("/lieux/%d?lang=en", gone))
	want := fmt.Sprintf("/lieux/%d?lang=en", town.garden)
	if response.Code != http.StatusMovedPermanently || response.Header().Get("Location") != want {
		t.Errorf("status %d to %q, want 301 to %q", response.Code, response.Header().Get("Location"), want)
	}
}

func TestAtlasTellsTheIslandsWhatTheyNeed(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	page := town.page(t, "/?lang=en")
	_, rest, _ := strings.Cut(page, `id="atlas">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var atlas Atlas
	if err := json.Unmarshal([]byte(text), &atlas); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if atlas.Language != "en" || len(atlas.Groups) != 13 || len(atlas.Categories) != 74 || len(atlas.Extent) != 4 {
		t.Errorf("atlas %+v", atlas)
	}
	if c := atlas.Categories[0]; c.Label != "Town hall" || c.Kind != places.Service {
		t.Errorf("first category %+v", c)
	}
}

func TestAssetsWithAndWithoutABuild(t *testing.T) {
	style := &fstest.MapFile{Data: []byte("body{}")}
	sources := fstest.MapFS{"src/styles/main.css": style, "src/icons/ui.svg": style, "dist/.gitkeep": &fstest.MapFile{}}
	plain := assetsIn(sources)
	if plain.built || plain.script != "" || plain.styles[0] != "/static/styles/main.css" {
		t.Errorf("without a build: %+v", plain)
	}
	sources["dist/manifest.json"] = &fstest.MapFile{Data: []byte(`{"src/main.ts": {"file": "assets/main-1.js", "css": ["assets/main-2.css"]}}`)}
	sources["dist/assets/main-1.js"] = style
	built := assetsIn(sources)
	if !built.built || built.script != "/static/assets/main-1.js" || built.styles[0] != "/static/assets/main-2.css" {
		t.Errorf("with a build: %+v", built)
	}
	if _, listed := built.files[".gitkeep"]; listed {
		t.Error("hidden files are served")
	}
}

func TestStaticFilesAreKeptForEverOnlyByTheirHash(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	_, rest, _ := strings.Cut(town.page(t, "/lieux"), `<use href="`)
	hashed, _, _ := strings.Cut(rest, "#")
	for address, want := range map[string]string{
		hashed: "public, max-age=31536000, immutable", "/static/icons/ui.svg": "no-cache", "/static/icons/ui.svg?v=old": "no-cache",
	} {
		response := town.get(t, address)
		if got := response.Header().Get("Cache-Control"); response.Code != http.StatusOK || got != want {
			t.Errorf("%s: status %d, Cache-Control %q, want %q", address, response.Code, got, want)
		}
		if got := response.Header().Get("Content-Type"); got != "image/svg+xml" {
			t.Errorf("%s: Content-Type %q", address, got)
		}
	}
	for _, address := range []string{"/static/none.js", "/static/", "/static/../web.go", "/static/manifest.json.map"} {
		if response := town.get(t, address); response.Code == http.StatusOK {
			t.Errorf("%s is served", address)
		}
	}
}

package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"cartoquartiers/places"
)

// builtStyle is what web/style/plugin.ts writes, in small.
const builtStyle = `{"version":8,"name":"x","sources":{"basemap":{"type":"vector","url":"/tiles/basemap.json"},"places":{"type":"vector","url":"/tiles/places.json"}},
	"layers":[{"id":"ground","type":"background"},{"id":"base-places","source":"basemap","layout":{"text-field":["get","name:fr"]}},{"id":"places","source":"places","paint":{"circle-color":["match",["get","group"],"civic","#91b7fe","nature","#8aca8b","#aab4c0"]}}]}`

func TestTheStyleIsForOutside(t *testing.T) {
	t.Parallel()
	town := taxonomy.With(places.Town{Colours: map[string]places.GroupColour{"nature": {Day: "#0b6b3a", Night: "#7fd6a4"}}})
	for basemap, layers := range map[bool][]string{true: {"ground", "base-places", "places"}, false: {"ground", "places"}} {
		s := &site{Deps: Deps{Taxonomy: town, Basemap: func() bool { return basemap }}, assets: &assets{files: map[string]asset{"style/dark.json": {body: []byte(builtStyle)}}}}
		recorder := httptest.NewRecorder()
		if err := s.serveStyle(recorder, httptest.NewRequest(http.MethodGet, "https://carte.example.fr/style.json?theme=dark&lang=en", nil)); err != nil {
			t.Fatal(err)
		}
		var style struct {
			Sources map[string]struct{ URL string }
			Layers  []struct{ ID string }
		}
		if err := json.Unmarshal(recorder.Body.Bytes(), &style); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, layer := range style.Layers {
			ids = append(ids, layer.ID)
		}
		if !slices.Equal(ids, layers) || style.Sources["places"].URL != "https://carte.example.fr/tiles/places.json" || len(style.Sources) != len(layers)-1 {
			t.Errorf("base map %v: layers %v, sources %v", basemap, ids, style.Sources)
		}
		if strings.Contains(recorder.Body.String(), "name:fr") || recorder.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s, %v", recorder.Body, recorder.Header())
		}
		if text := recorder.Body.String(); !strings.Contains(text, `"civic","#91b7fe","nature","#7fd6a4"`) {
			t.Errorf("the town's colour is not in %s", text)
		}
		for _, address := range []string{"/style.json", "/style.json?theme=red"} { // not built here; none
			if err := s.serveStyle(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, address, nil)); err == nil {
				t.Errorf("%s is answered", address)
			}
		}
	}
}

func TestPagesTakeTheColoursOfTheTown(t *testing.T) {
	t.Parallel()
	shipped := newTown(t)
	sheet := shipped.page(t, "/static/styles/tokens.css")
	day, night, _ := strings.Cut(sheet, "@media (prefers-color-scheme: dark)")
	for _, group := range taxonomy.Groups {
		for part, colour := range map[string]string{day: group.Colour.Day, night: group.Colour.Night} {
			if !strings.Contains(part, "--"+group.ID+": "+colour+";") {
				t.Errorf("tokens.css has another %s than %s", group.ID, colour)
			}
		}
	}
	expect(t, "as shipped", shipped.page(t, "/lieux"), "not town.css")
	town := newTownOf(t, func(deps *Deps) {
		deps.Taxonomy = taxonomy.With(places.Town{Colours: map[string]places.GroupColour{"nature": {Day: "#0b6b3a", Night: "#7fd6a4"}}})
	})
	for _, path := range []string{"/", "/lieux", "/embed", "/imprimer"} {
		page := town.page(t, path)
		at := between(page, `href="/static/styles/town.css`, `"`)
		if at == "" {
			t.Fatalf("%s has no colours of the town", path)
		}
		expect(t, path, town.page(t, "/static/styles/town.css"+at), "--nature:#0b6b3a;", "--nature:#7fd6a4;", "not --civic")
	}
}

package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// builtStyle is what web/style/plugin.ts writes, in small.
const builtStyle = `{"version":8,"name":"x","sources":{"basemap":{"type":"vector","url":"/tiles/basemap.json"},"places":{"type":"vector","url":"/tiles/places.json"}},
	"layers":[{"id":"ground","type":"background"},{"id":"base-places","source":"basemap","layout":{"text-field":["get","name:fr"]}},{"id":"places","source":"places"}]}`

func TestTheStyleIsForOutside(t *testing.T) {
	t.Parallel()
	for basemap, layers := range map[bool][]string{true: {"ground", "base-places", "places"}, false: {"ground", "places"}} {
		s := &site{Deps: Deps{Basemap: func() bool { return basemap }}, assets: &assets{files: map[string]asset{"style/dark.json": {body: []byte(builtStyle)}}}}
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
		for _, address := range []string{"/style.json", "/style.json?theme=red"} { // not built here; none
			if err := s.serveStyle(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, address, nil)); err == nil {
				t.Errorf("%s is answered", address)
			}
		}
	}
}

package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestReadingGoesOnWithoutTheDatabase asks for the first page after a publish
// while the database is away.
func TestReadingGoesOnWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crowd(3, 40)...)
	w.publish(noon, draft("Médiathèque", "library", 0.5, 0.5))
	w.store.Close() // so that it does not notice
	w.pool.Close()
	for _, path := range []string{
		"/ogc/collections/places/items", "/ogc/collections/places/items?f=csv", "/ogc/collections/places/items?f=html", "/ogc/collections/places/items/1",
		"/ogc", "/ogc/collections", "/ogc/collections/places", "/api/v1/counters", "/api/v1/categories", "/tiles/places.json", "/tiles/places/0/0/0.mvt",
	} {
		response := w.get(path)
		if links := strings.Join(response.Header.Values("Link"), " "); response.StatusCode != http.StatusOK || !strings.Contains(links, "opendatacommons") {
			t.Errorf("%s: %d, licences %s", path, response.StatusCode, links)
		}
	}
}

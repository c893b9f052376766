package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"cartoquartiers/places"
	"cartoquartiers/tiles"
)

// atEquator is the tile of a zoom north-east of 0, 0.
func atEquator(z int) string {
	return fmt.Sprintf("/tiles/places/%d/%d/%d.mvt", z, 1<<z/2, 1<<z/2-1)
}

func tileWorld(t *testing.T) *world {
	return newWorld(t, draft("Mairie", "townhall", 0.001, 0.001), draft("", "compost", 0.002, 0.002))
}

func (w *world) tile(path string, headers ...string) (*http.Response, []byte) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if r.Header.Get("Accept-Encoding") == "" {
		r.Header.Set("Accept-Encoding", "identity")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response, body
}

func idsOf(t *testing.T, tile []byte) (ids []int64) {
	t.Helper()
	layers, err := mvt.Unmarshal(tile)
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	for _, f := range layers[0].Features {
		ids = append(ids, int64(f.ID.(float64)))
	}
	slices.Sort(ids)
	return ids
}

func TestTileIsServedPlainAndCompressed(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	for range 2 { // made, then kept
		response, plain := w.tile(atEquator(14))
		if response.StatusCode != http.StatusOK || len(idsOf(t, plain)) != 2 {
			t.Fatalf("%s with %d bytes", response.Status, len(plain))
		}
		wantHeaders(t, response, map[string]string{
			"Content-Type": "application/vnd.mapbox-vector-tile", "Access-Control-Allow-Origin": "*",
			"Cache-Control": "public, no-cache", "Content-Length": fmt.Sprint(len(plain)), "Vary": "Accept-Encoding",
			"Link": `<https://opendatacommons.org/licenses/odbl/1-0/>; rel="license"`, "Content-Encoding": "",
		})
		zipped, body := w.tile(atEquator(14), "Accept-Encoding", "br, gzip;q=0.5")
		wantHeaders(t, zipped, map[string]string{"Content-Encoding": "gzip", "Content-Length": fmt.Sprint(len(body))})
		reader, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if unzipped, err := io.ReadAll(reader); err != nil || !bytes.Equal(unzipped, plain) {
			t.Fatalf("the compressed tile is not the plain one, %v", err)
		}
		if zipped.Header.Get("ETag") == response.Header.Get("ETag") {
			t.Error("two codings share a strong ETag")
		}
	}
}

func wantHeaders(t *testing.T, response *http.Response, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := response.Header.Get(name); got != value {
			t.Errorf("%s: %s is %q, want %q", response.Request.URL, name, got, value)
		}
	}
}

func TestTileThatTheCallerHoldsIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	for _, coding := range []string{"identity", "gzip"} {
		first, _ := w.tile(atEquator(13), "Accept-Encoding", coding)
		tag := first.Header.Get("ETag")
		again, body := w.tile(atEquator(13), "Accept-Encoding", coding, "If-None-Match", `"other", `+tag)
		if again.StatusCode != http.StatusNotModified || len(body) != 0 || again.Header.Get("ETag") != tag {
			t.Errorf("%s: %s with ETag %s, want 304 with %s", coding, again.Status, again.Header.Get("ETag"), tag)
		}
		if other, _ := w.tile(atEquator(13), "If-None-Match", `"other"`); other.StatusCode != http.StatusOK {
			t.Errorf("%s for another tag", other.Status)
		}
	}
}

func TestTileShowsAPublishInTheNextAnswer(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	for _, path := range []string{atEquator(14), atEquator(8), atEquator(2)} {
		before, old := w.tile(path)
		w.publish(noon, draft("Jardin", "community_garden", 0.003, 0.003))
		after, now := w.tile(path, "If-None-Match", before.Header.Get("ETag"))
		if after.StatusCode != http.StatusOK || bytes.Equal(old, now) {
			t.Errorf("%s: %s after a publish, want the new tile", path, after.Status)
		}
	}
}

func TestEmptyTileIsNoContent(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	response, body := w.tile("/tiles/places/14/0/0.mvt", "Accept-Encoding", "gzip")
	if response.StatusCode != http.StatusNoContent || len(body) != 0 {
		t.Errorf("%s with %d bytes", response.Status, len(body))
	}
}

func TestTileFilters(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	for query, want := range map[string]int{
		"category=townhall": 1, "category=townhall,compost": 2, "group=civic": 1, "kind=service,initiative": 2,
		"neighbourhood=ouest": 2, "neighbourhood=nowhere": 0, "state=closed": 0, "state=open&category=compost": 1,
	} {
		response, body := w.tile(atEquator(15) + "?" + query)
		found := 0
		if response.StatusCode == http.StatusOK {
			found = len(idsOf(t, body))
		}
		if found != want {
			t.Errorf("%s: %s with %d places, want %d", query, response.Status, found, want)
		}
	}
}

func TestImpossibleTilesAreProblems(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	for path, want := range map[string]struct {
		status int
		names  string
	}{
		"/tiles/places/23/0/0.mvt":                 {404, ""},
		"/tiles/places/2/4/0.mvt":                  {404, ""},
		"/tiles/places/2/0/4.mvt":                  {404, ""},
		"/tiles/places/2/0/99999999999.mvt":        {400, `"y"`},
		"/tiles/places/a/0/0.mvt":                  {400, `"z"`},
		"/tiles/places/1/-1/0.mvt":                 {400, `"x"`},
		"/tiles/places/1/0/00.mvt":                 {400, `"y"`},
		"/tiles/places/1/0/0.pbf":                  {404, ""},
		"/tiles/places/1/0/0.mvt?colour=red":       {400, `"colour"`},
		"/tiles/places/1/0/0.mvt?category=unicorn": {400, `"category"`},
		"/tiles/places/1/0/0.mvt?kind=x":           {400, `"kind"`},
		"/tiles/places/1/0/0.mvt?bbox=0,0,1,1":     {400, `"bbox"`},
		"/tiles/places.json?colour=red":            {400, `"colour"`},
	} {
		response, body := w.tile(path)
		if response.StatusCode != want.status || response.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(body), want.names) {
			t.Errorf("%s: %s %s, want %d naming %s", path, response.Status, body, want.status, want.names)
		}
	}
	for accept, want := range map[string]int{
		"application/json": 406, "image/png": 406, "*/*": 204, "text/html,*/*;q=0.8": 204, "application/x-protobuf": 204, "application/*": 204,
	} {
		if response, body := w.tile("/tiles/places/14/0/0.mvt", "Accept", accept); response.StatusCode != want {
			t.Errorf("Accept: %s: %s %s, want %d", accept, response.Status, body, want)
		}
	}
}

func TestTileJSONLeadsToTheTiles(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	response, body := w.tile("/tiles/places.json?category=compost")
	var described struct {
		TileJSON, Attribution string
		Tiles                 []string
		Bounds                []float64
		VectorLayers          []struct {
			ID     string
			Fields map[string]string
		} `json:"vector_layers"`
	}
	if err := json.Unmarshal(body, &described); err != nil || described.TileJSON != "3.0.0" {
		t.Fatalf("%s: %s", response.Status, body)
	}
	if described.Attribution != "© les contributeurs OpenStreetMap" || !slices.Equal(described.Bounds, []float64{0.001, 0.001, 0.002, 0.002}) {
		t.Errorf("attribution %q, bounds %v", described.Attribution, described.Bounds)
	}
	if len(described.VectorLayers) != 2 || described.VectorLayers[1].ID != tiles.PlacesLayer || described.VectorLayers[0].Fields["civic"] != "Number" {
		t.Errorf("layers %+v", described.VectorLayers)
	}
	template, _ := strings.CutPrefix(described.Tiles[0], w.url)
	_, tile := w.tile(strings.NewReplacer("{z}", "14", "{x}", "8192", "{y}", "8191").Replace(template))
	if ids := idsOf(t, tile); len(ids) != 1 {
		t.Errorf("%s shows %v, want the compost alone", described.Tiles[0], ids)
	}
}

func TestClusterTilesCountWhatItemsCount(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	_, body := w.tile("/tiles/places/0/0/0.mvt")
	layers, err := mvt.Unmarshal(body)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, f := range layers[0].Features {
		total += int(f.Properties[tiles.CountField].(float64))
	}
	var items struct{ NumberMatched int }
	_, body = w.tile("/ogc/collections/places/items?limit=1")
	if err := json.Unmarshal(body, &items); err != nil || total != items.NumberMatched || total != w.store.View().Count(places.Filter{}) {
		t.Errorf("the tile counts %d, items %d", total, items.NumberMatched)
	}
}

func TestTileHeadHasNoBody(t *testing.T) {
	t.Parallel()
	w := tileWorld(t)
	response, err := http.Head(w.url + atEquator(14))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Header.Get("ETag") == "" {
		t.Errorf("%s, ETag %q", response.Status, response.Header.Get("ETag"))
	}
}

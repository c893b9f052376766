package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"

	"cartoquartiers/api"
	"cartoquartiers/tiles/basemap"
)

// basemapWorld serves the map of one park around (-1.55, 47.21).
func basemapWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, withPark(t))
}

// withPark gives a server that map.
func withPark(t testing.TB) func(*api.Deps) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "basemap.pmtiles")
	builder := basemap.NewBuilder()
	ring := orb.Ring{{-1.56, 47.2}, {-1.54, 47.2}, {-1.54, 47.22}, {-1.56, 47.22}, {-1.56, 47.2}}
	builder.Add(basemap.Object{Tags: map[string]string{"leisure": "park", "name": "Parc"}, Line: orb.LineString(ring), Areas: orb.MultiPolygon{{ring}}})
	if _, err := builder.Write(context.Background(), path, nil); err != nil {
		t.Fatal(err)
	}
	return func(d *api.Deps) {
		d.Basemap = basemap.NewServed(path, func() time.Time { return noon })
	}
}

func TestBasemap(t *testing.T) {
	t.Parallel()
	w := basemapWorld(t)
	const path = "/tiles/basemap/13/4060/2874.mvt"
	plain := w.send("GET", path, "", "", "Accept-Encoding", "identity")
	body, err := io.ReadAll(plain.Body)
	if err != nil || plain.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", plain.StatusCode, err)
	}
	layers, err := mvt.Unmarshal(body)
	if err != nil || len(layers) != 2 || layers[1].Name != "landuse" || layers[1].Features[0].Properties["kind"] != "park" {
		t.Errorf("the tile holds %d layers, %v", len(layers), err)
	}
	packed := w.send("GET", path, "", "", "Accept-Encoding", "gzip")
	text, err := io.ReadAll(packed.Body)
	if err != nil || packed.Header.Get("Content-Encoding") != "gzip" || !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		t.Errorf("packed: %v, %v", packed.Header, err)
	}
	if packed.Header.Get("ETag") == plain.Header.Get("ETag") || packed.Header.Get("Link") == "" {
		t.Errorf("headers %v", packed.Header)
	}
	for path, want := range map[string]int{
		"/tiles/basemap/13/0/0.mvt": http.StatusNoContent, "/tiles/basemap/16/0/0.mvt": http.StatusNotFound,
		"/tiles/basemap/3/9/0.mvt": http.StatusNotFound, "/tiles/basemap/a/0/0.mvt": http.StatusBadRequest,
		"/tiles/basemap/13/4060/2874.mvt?x=1": http.StatusBadRequest,
	} {
		if got := w.send("GET", path, "", ""); got.StatusCode != want {
			t.Errorf("%s: %d, not %d", path, got.StatusCode, want)
		}
	}
	again := w.send("GET", path, "", "", "Accept-Encoding", "identity", "If-None-Match", plain.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("with its tag: %d", again.StatusCode)
	}
	part := w.send("GET", "/tiles/basemap.pmtiles", "", "", "Range", "bytes=0-6")
	if text, err := io.ReadAll(part.Body); err != nil || part.StatusCode != http.StatusPartialContent || string(text) != "PMTiles" {
		t.Errorf("its first bytes: %d %q, %v", part.StatusCode, text, err)
	}
	var described struct {
		Tiles   []string
		Bounds  []float64
		MaxZoom int
	}
	w.into(&described, "/tiles/basemap.json")
	if described.MaxZoom != 15 || len(described.Bounds) != 4 || described.Bounds[0] != -1.56 || described.Tiles[0] != w.url+"/tiles/basemap/{z}/{x}/{y}.mvt" {
		t.Errorf("TileJSON %+v", described)
	}
}

func TestWithoutABasemap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/tiles/basemap.json", "/tiles/basemap.pmtiles", "/tiles/basemap/13/4060/2874.mvt"} {
		if got := w.send("GET", path, "", ""); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
}

package tiles

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
	"cartoquartiers/places/placestest"
	"cartoquartiers/places/snapshot"
)

var update = flag.Bool("update", false, "write testdata again")

// golden is what testdata holds beside the tiles, for the decoder that is not
// ours: web/test/unit/tiles.test.ts reads the same files.
type golden struct {
	Places   Address        `json:"places"`
	Clusters Address        `json:"clusters"`
	Expected []goldenPlace  `json:"expected"`
	Groups   map[string]int `json:"groups"`
}

type goldenPlace struct {
	ID       places.ID    `json:"id"`
	Name     string       `json:"name,omitempty"`
	Category string       `json:"category"`
	Group    string       `json:"group"`
	Kind     places.Kind  `json:"kind"`
	State    places.State `json:"state"`
	Verified uint32       `json:"verified,omitempty"` // days since 1970-01-01
	Point    orb.Point    `json:"point"`
}

func goldenPlaces() []goldenPlace {
	return []goldenPlace{
		{1, "Mairie annexe de Chantenay — l'île", "townhall", "civic", places.Service, places.Open, 20_500, orb.Point{-1.5536214, 47.2183711}},
		{2, "Boîte à livres", "street_library", "sharing", places.Initiative, places.Open, 20_500, orb.Point{-1.5511, 47.2171}},
		{3, "Boîte à livres", "street_library", "sharing", places.Initiative, places.ClosedTemporarily, 20_501, orb.Point{-1.5494443, 47.2199999}},
		{4, "", "compost", "waste", places.Initiative, places.Open, 0, orb.Point{-1.5536214, 47.2183711}},
		{9_007_199_254_740_991, "Le plus grand identifiant que JavaScript compte", "compost", "waste", places.Initiative, places.Open, 0, orb.Point{-1.5522, 47.2165}},
	}
}

func TestGoldenTiles(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	g := golden{Expected: goldenPlaces(), Groups: make(map[string]int)}
	for _, p := range g.Expected {
		placestest.Write(t, db, placestest.Change{
			ID: p.ID, Name: p.Name, Category: p.Category, Group: p.Group, Kind: p.Kind, State: p.State,
			Source: "osm", Point: p.Point, At: placestest.Epoch, Verified: p.Verified,
		})
		g.Groups[p.Group]++
	}
	store, err := snapshot.Open(context.Background(), db, snapshot.Options{Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	source, view := NewSource(store, 0), store.View()
	g.Places, g.Clusters = tileOf(14, g.Expected[0].Point), tileOf(9, g.Expected[0].Point)
	compare(t, "testdata/places.mvt", source.Encode(view, g.Places, places.Filter{}))
	compare(t, "testdata/clusters.mvt", source.Encode(view, g.Clusters, places.Filter{}))
	described, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "testdata/expected.json", append(described, '\n'))
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is no longer what is made; look at it, then -update", file)
	}
}

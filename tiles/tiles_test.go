package tiles

import (
	"context"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"pgregory.net/rapid"

	"cartoquartiers/geo"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
	"cartoquartiers/places/placestest"
	"cartoquartiers/places/snapshot"
)

// town is a database that has seen changes and a store that has followed them.
func town(t testing.TB, random *rand.Rand) (*pgxpool.Pool, *snapshot.Store) {
	t.Helper()
	db := pgtest.New(t)
	placestest.Write(t, db, placestest.RandomList(random, 1, 2000)...)
	store, err := snapshot.Open(context.Background(), db, snapshot.Options{
		Clock: time.Now, FoldAt: 150, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	for range 6 {
		changes := placestest.RandomList(random, places.ID(1+random.IntN(1900)), 50)
		for i := range changes {
			changes[i].Removed = i%5 == 0
		}
		follow(t, store, placestest.Write(t, db, changes...))
	}
	return db, store
}

func follow(t testing.TB, store *snapshot.Store, seq int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := store.WaitFor(ctx, seq); err != nil {
		t.Fatal(err)
	}
}

func drawFilter(t *rapid.T) places.Filter {
	taxonomy := places.ShippedTaxonomy()
	var f places.Filter
	switch rapid.IntRange(0, 5).Draw(t, "filter") {
	case 1:
		f.Categories = []string{taxonomy.Categories[rapid.IntRange(0, 11).Draw(t, "category")].ID}
	case 2:
		f.Groups = []string{taxonomy.Groups[0].ID}
		f.Kinds = []places.Kind{places.Service}
	case 3:
		f.Neighbourhoods = []string{"nord", "sud"}
	case 4:
		f.States = []places.State{places.Closed}
	}
	return f
}

func decode(t rapid.TB, tile []byte, name string) []feature {
	if tile == nil {
		return nil
	}
	layers, err := mvt.Unmarshal(tile)
	if err != nil || len(layers) != 1 || layers[0].Name != name || layers[0].Extent != Extent || layers[0].Version != 2 {
		t.Fatalf("a tile of %d bytes: %v, %d layers", len(tile), err, len(layers))
	}
	features := make([]feature, len(layers[0].Features))
	for i, f := range layers[0].Features {
		features[i] = feature{id: int64(f.ID.(float64)), point: f.Geometry.(orb.Point), properties: f.Properties}
	}
	return features
}

type feature struct {
	id         int64
	point      orb.Point
	properties map[string]any
}

// tileOf is the tile of a zoom that a point belongs to.
func tileOf(z int, p orb.Point) Address {
	x, y := geo.Mercator(p)
	side := float64(uint64(1) << z)
	return Address{z, uint32(min(x*side, side-1)), uint32(min(y*side, side-1))}
}

// postgisTile is where ST_AsMVTGeom puts every place of the filter, seen from a tile.
func postgisTile(t rapid.TB, db *pgxpool.Pool, a Address, f places.Filter) map[int64]orb.Point {
	rows, err := db.Query(context.Background(), `
		with placed as (
			select id, st_asmvtgeom(
				st_transform(st_setsrid(st_makepoint(st_x(point), greatest(-85.0511287798, least(85.0511287798, st_y(point)))), 4326), 3857),
				st_tileenvelope($1, $2, $3), 4096, 0, false) as at
			from published_places
			where state = any($4)
			  and (cardinality($5::text[]) = 0 or category = any($5))
			  and (cardinality($6::text[]) = 0 or group_id = any($6))
			  and (cardinality($7::text[]) = 0 or kind = any($7))
			  and (cardinality($8::text[]) = 0 or neighbourhood = any($8))
		)
		select id, st_x(at), st_y(at) from placed`,
		a.Z, a.X, a.Y, strings(f.EffectiveStates()), strings(f.Categories), strings(f.Groups), strings(f.Kinds), strings(f.Neighbourhoods))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[int64]orb.Point)
	var id int64
	var p orb.Point
	if _, err := pgx.ForEachRow(rows, []any{&id, &p[0], &p[1]}, func() error { found[id] = p; return nil }); err != nil {
		t.Fatal(err)
	}
	return found
}

func strings[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}

func TestPlacesAgreeWithPostGIS(t *testing.T) {
	t.Parallel()
	db, store := town(t, rand.New(rand.NewPCG(5, 6)))
	source := NewSource(store, 0)
	rapid.Check(t, func(rt *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "place"), 7))
		a := tileOf(rapid.IntRange(PlacesFrom, MaxZoom).Draw(rt, "zoom"), placestest.Random(random, 1).Point)
		f := drawFilter(rt)
		view := store.View()
		want := postgisTile(rt, db, a, f)
		for _, got := range decode(rt, source.Encode(view, a, f), PlacesLayer) {
			near, ok := want[got.id]
			if !ok || math.Abs(got.point[0]-near[0]) > 1 || math.Abs(got.point[1]-near[1]) > 1 {
				rt.Fatalf("tile %v: place %d at %v, PostGIS has it at %v", a, got.id, got.point, near)
			}
			checkProperties(rt, view, got)
			delete(want, got.id)
		}
		for id, p := range want { // what we left out must be out of reach
			if reach(p[0]) && reach(p[1]) {
				rt.Fatalf("tile %v: place %d at %v is missing", a, id, p)
			}
		}
	})
}

// reach tells whether a coordinate is surely in the tile or its buffer.
func reach(at float64) bool { return at > -Buffer+1 && at < Extent+Buffer-1 }

func checkProperties(t rapid.TB, view *snapshot.View, got feature) {
	row, ok := view.Find(places.ID(got.id))
	if !ok {
		t.Fatalf("place %d is in a tile and not in the snapshot", got.id)
	}
	want := map[string]any{
		"category": row.Category(), "group": row.Group(), "kind": string(row.Kind()), "state": string(row.State()),
	}
	if row.Name() != "" {
		want["name"] = row.Name()
	}
	if day := row.VerifiedDay(); day > 0 {
		want[VerifiedField] = float64(day)
	}
	if len(want) != len(got.properties) {
		t.Fatalf("place %d has %v, want %v", got.id, got.properties, want)
	}
	for name, value := range want {
		if got.properties[name] != value {
			t.Fatalf("place %d has %v, want %v", got.id, got.properties, want)
		}
	}
}

// expectedCells counts the places of every cell of a zoom, one by one.
func expectedCells(view *snapshot.View, z int, f places.Filter) (cells map[int64]int, tiles map[Address]bool) {
	cells, tiles = make(map[int64]int), make(map[Address]bool)
	for row := range view.All(f) {
		c := tileOf(z+cellDepth, row.Point())
		cells[int64(c.Y)<<(z+cellDepth)+int64(c.X)]++
		tiles[tileOf(z, row.Point())] = true
	}
	return cells, tiles
}

func TestClustersAddUpToTheCount(t *testing.T) {
	t.Parallel()
	db, store := town(t, rand.New(rand.NewPCG(8, 9)))
	source := NewSource(store, 0)
	rapid.Check(t, func(rt *rapid.T) {
		view, f, z := store.View(), drawFilter(rt), rapid.IntRange(0, PlacesFrom-1).Draw(rt, "zoom")
		want, tiles := expectedCells(view, z, f)
		total := 0
		for a := range tiles {
			for _, cell := range decode(rt, source.Encode(view, a, f), ClustersLayer) {
				total += checkCell(rt, a, cell, want)
			}
		}
		if len(want) != 0 {
			rt.Fatalf("cells without a feature: %v", want)
		}
		if sql := len(placestest.IDs(t, db, f)); total != sql || total != view.Count(f) {
			rt.Fatalf("zoom %d: cells count %d, the API %d, SQL %d", z, total, view.Count(f), sql)
		}
	})
}

func checkCell(t rapid.TB, a Address, cell feature, want map[int64]int) (count int) {
	count = int(cell.properties[CountField].(float64))
	if count != want[cell.id] {
		t.Fatalf("cell %d counts %d, want %d", cell.id, count, want[cell.id])
	}
	delete(want, cell.id)
	groups := 0
	for name, value := range cell.properties {
		if name != CountField {
			groups += int(value.(float64))
		}
	}
	if groups != count {
		t.Fatalf("cell %d counts %d, its groups %d", cell.id, count, groups)
	}
	const side = Extent / CellsPerSide
	column, row := int64(a.X)<<cellDepth+int64(cell.point[0])/side, int64(a.Y)<<cellDepth+int64(cell.point[1])/side
	if row<<(a.Z+cellDepth)+column != cell.id || cell.point[0] < 0 || cell.point[1] < 0 {
		t.Fatalf("cell %d of tile %v is drawn at %v", cell.id, a, cell.point)
	}
	return count
}

// A place belongs to one tile of a zoom; whoever counts without the buffer counts it once.
func TestEachPlaceBelongsToOneTile(t *testing.T) {
	t.Parallel()
	_, store := town(t, rand.New(rand.NewPCG(10, 11)))
	source, view := NewSource(store, 0), store.View()
	for _, z := range []int{13, 17, 22} {
		_, tiles := expectedCells(view, z, places.Filter{})
		seen := make(map[int64]int)
		for a := range tiles {
			for _, f := range decode(t, source.Encode(view, a, places.Filter{}), PlacesLayer) {
				if f.point[0] >= 0 && f.point[0] < Extent && f.point[1] >= 0 && f.point[1] < Extent {
					seen[f.id]++
				}
			}
		}
		for id, times := range seen {
			if times != 1 {
				t.Fatalf("zoom %d: place %d belongs to %d tiles", z, id, times)
			}
		}
		if len(seen) != view.Count(places.Filter{}) {
			t.Fatalf("zoom %d: %d places in tiles, %d in all", z, len(seen), view.Count(places.Filter{}))
		}
	}
}

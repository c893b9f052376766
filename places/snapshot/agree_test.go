package snapshot

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"cartoquartiers/geo"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
	"cartoquartiers/places/placestest"
)

// drawFilter is any filter, its box often on the very coordinates of places.
func drawFilter(t *rapid.T) places.Filter {
	taxonomy := places.ShippedTaxonomy()
	some := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	var f places.Filter
	if some("categories") {
		f.Categories = []string{taxonomy.Categories[rapid.IntRange(0, 14).Draw(t, "category")].ID, "street_library"}
	}
	if some("groups") {
		f.Groups = []string{taxonomy.Groups[rapid.IntRange(0, 3).Draw(t, "group")].ID}
	}
	if some("kinds") {
		f.Kinds = []places.Kind{rapid.SampledFrom(places.AllKinds).Draw(t, "kind")}
	}
	if some("neighbourhoods") {
		f.Neighbourhoods = []string{rapid.SampledFrom([]string{"nord", "centre", "nowhere"}).Draw(t, "hood"), "sud"}
	}
	if some("wheelchairs") {
		f.Wheelchairs = []places.Wheelchair{rapid.SampledFrom(places.AllWheelchairs).Draw(t, "wheelchair")}
	}
	if some("sources") {
		f.Sources = []string{"local"}
	}
	if some("states") {
		f.States = []places.State{rapid.SampledFrom(places.AllStates).Draw(t, "state"), places.Open}
	}
	if some("from") {
		f.UpdatedFrom = placestest.Epoch.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "hours")) * time.Hour)
		f.UpdatedUntil = f.UpdatedFrom.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "length")) * time.Hour)
	}
	if !some("anywhere") {
		f.BBox = drawBox(t)
	}
	return f
}

func drawBox(t *rapid.T) *geo.BBox {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "box"), 1))
	a, b := placestest.Random(random, 1).Point, placestest.Random(random, 1).Point
	if rapid.Bool().Draw(t, "crossing allowed") {
		return &geo.BBox{West: a[0], South: min(a[1], b[1]), East: b[0], North: max(a[1], b[1])}
	}
	return &geo.BBox{West: min(a[0], b[0]), South: min(a[1], b[1]), East: max(a[0], b[0]), North: max(a[1], b[1])}
}

// churn makes a database and a store that has followed it through changes: rows
// in the big segment, dead rows, recent rows, and a fold or two.
func churn(t *testing.T, random *rand.Rand) (*pgxpool.Pool, *Store) {
	db := pgtest.New(t)
	placestest.Write(t, db, placestest.RandomList(random, 1, 1500)...)
	store := open(t, db, Options{FoldAt: 300})
	for range 8 {
		var changes []placestest.Change
		for range 60 {
			c := placestest.Random(random, places.ID(1+random.IntN(1800)))
			c.Removed = random.IntN(4) == 0
			changes = append(changes, c)
		}
		waitFor(t, store, placestest.Write(t, db, changes...))
	}
	return db, store
}

func TestAnswersAgreeWithSQL(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	db, store := churn(t, random)
	rapid.Check(t, func(rt *rapid.T) {
		view := store.View()
		f := drawFilter(rt)
		want := placestest.IDs(t, db, f)
		var all []places.ID
		for row := range view.All(f) {
			all = append(all, row.ID())
		}
		if !slices.Equal(all, want) {
			rt.Fatalf("%+v: All gives %d places %v, SQL %d %v", f, len(all), all, len(want), want)
		}
		if got := view.Count(f); got != len(want) {
			rt.Fatalf("Count = %d, SQL %d", got, len(want))
		}
		if counts := view.Counts(f); counts.Total != len(want) || sum(counts.Categories) != len(want) || sum(counts.Neighbourhoods) != len(want) {
			rt.Fatalf("Counts = %+v, SQL %d", counts, len(want))
		}
		if got := pageThrough(rt, view, f); !slices.Equal(got, want) {
			rt.Fatalf("pages give %d places, SQL %d", len(got), len(want))
		}
	})
}

func sum[K comparable](counts map[K]int) (total int) {
	for _, count := range counts {
		total += count
	}
	return total
}

func pageThrough(t *rapid.T, view *View, f places.Filter) (ids []places.ID) {
	limit := rapid.IntRange(1, 400).Draw(t, "limit")
	var cursor Cursor
	for more := true; more; {
		var rows []Row
		var err error
		if cursor, err = ParseCursor(cursor.String()); err != nil {
			t.Fatal(err)
		}
		rows, cursor, more = view.Page(f, cursor, limit)
		if more && len(rows) != limit {
			t.Fatalf("a page of %d rows, more to come, limit %d", len(rows), limit)
		}
		for _, row := range rows {
			ids = append(ids, row.ID())
		}
		checkJoined(t, rows)
	}
	return ids
}

// checkJoined compares the pieces of a page with its features one by one.
func checkJoined(t *rapid.T, rows []Row) {
	features := make([][]byte, len(rows))
	for i, row := range rows {
		features[i] = row.Feature()
	}
	joined := bytes.Join(Join(rows), nil)
	if !bytes.Equal(joined, bytes.Join(features, []byte(","))) {
		t.Fatalf("%d rows joined are %s", len(rows), joined)
	}
}

// TestNeighboursAreOnePiece is what Join is for: after a load in the order of
// rows, everything is one piece for each chunk of text.
func TestNeighboursAreOnePiece(t *testing.T) {
	t.Parallel()
	b := newBuilder(1000)
	for i := range 1000 {
		b.add(&record{id: places.ID(i + 1), key: uint64(i), feature: []byte(`{"type":"Feature"}`)})
	}
	view := &View{base: b.finish(), recent: emptySegment()}
	rows := make([]Row, 1000)
	for i := range rows {
		rows[i] = view.row(view.base, i)
	}
	if pieces := Join(rows); len(pieces) != len(view.base.texts) {
		t.Errorf("%d pieces of %d chunks", len(pieces), len(view.base.texts))
	}
	rows = append(rows[:500], rows[501:]...)
	if pieces := Join(rows); len(pieces) != len(view.base.texts)+1 {
		t.Errorf("%d pieces with one left out", len(pieces))
	}
	if pieces := Join(nil); len(pieces) != 0 {
		t.Errorf("%d pieces of nothing", len(pieces))
	}
}

func TestRowsSayWhatTheTableSays(t *testing.T) {
	t.Parallel()
	db, store := churn(t, rand.New(rand.NewPCG(3, 4)))
	view := store.View()
	rows, err := db.Query(context.Background(), `
		select id, name, category, group_id, kind, coalesce(neighbourhood, ''), state, wheelchair, source,
		       st_x(point), st_y(point), updated_at, revision, seq, feature::text
		from published_places`)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	var id places.ID
	var name, category, group, kind, hood, state, wheel, source, feature string
	var lon, lat float64
	var updated time.Time
	var revision int
	var seq int64
	into := []any{&id, &name, &category, &group, &kind, &hood, &state, &wheel, &source, &lon, &lat, &updated, &revision, &seq, &feature}
	_, err = pgx.ForEachRow(rows, into, func() error {
		seen++
		row, ok := view.Find(id)
		if !ok {
			t.Fatalf("place %d is not found", id)
		}
		got := []any{row.Name(), row.Category(), row.Group(), string(row.Kind()), row.Neighbourhood(), string(row.State()),
			string(row.Wheelchair()), row.Source(), row.Point()[0], row.Point()[1], row.Revision(), row.Seq(), string(row.Feature())}
		want := []any{name, category, group, kind, hood, state, wheel, source, lon, lat, revision, seq, feature}
		if !slices.Equal(got, want) || !row.UpdatedAt().Equal(updated) {
			t.Fatalf("place %d is %v, want %v", id, got, want)
		}
		return nil
	})
	if err != nil || seen != view.Len() {
		t.Fatalf("%d rows in the table, %d in the snapshot, %v", seen, view.Len(), err)
	}
	if _, ok := view.Find(1_000_000); ok {
		t.Error("a place was found that never was")
	}
}

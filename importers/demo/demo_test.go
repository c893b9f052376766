package demo

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"cartoquartiers/importers"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
	"cartoquartiers/places/hours"
)

var (
	taxonomy = places.ShippedTaxonomy()
	today    = time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
)

func town(t *testing.T) []importers.Record {
	t.Helper()
	all, err := records(taxonomy, today)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTownHasEverything(t *testing.T) {
	all := town(t)
	if len(all) < 280 || len(all) > 320 {
		t.Errorf("%d places, want about 300", len(all))
	}
	categories, kinds := map[string]int{}, map[places.Kind]int{}
	for _, r := range all {
		categories[r.Document.Category]++
		kinds[r.Document.Kind]++
	}
	for _, category := range taxonomy.Categories {
		if categories[category.ID] == 0 {
			t.Errorf("no %s", category.ID)
		}
	}
	if kinds[places.Initiative] < 40 {
		t.Errorf("%d citizen initiatives, want more", kinds[places.Initiative])
	}
}

func TestTownShowsEveryState(t *testing.T) {
	found := map[string]int{}
	for _, r := range town(t) {
		d := r.Document
		for name, holds := range map[string]bool{
			"closed for a while":            d.State == places.ClosedTemporarily && d.Closure != nil,
			"open with a message":           d.State == places.Open && d.Closure != nil,
			"initiative that ends":          d.Kind == places.Initiative && d.EndsOn > "2026-06-15",
			"verified in the last month":    d.VerifiedAt != nil && today.Sub(*d.VerifiedAt) < 30*24*time.Hour,
			"verified over a year ago":      d.VerifiedAt != nil && today.Sub(*d.VerifiedAt) > 365*24*time.Hour,
			"never verified":                d.VerifiedAt == nil,
			"unnamed":                       d.Name == nil,
			"with an English name":          d.Name["en"] != "",
			"with a second category":        len(d.Categories) > 0,
			"with a footprint":              r.Footprint != nil,
			"without a word on wheelchairs": d.Wheelchair == "",
			"no wheelchair":                 d.Wheelchair == places.WheelchairNo,
			"with a telephone":              d.Phone != "",
			"with a website":                d.Website != "",
		} {
			if holds {
				found[name]++
			} else {
				found[name] += 0
			}
		}
	}
	for name, count := range found {
		if count < 1 {
			t.Errorf("nothing is %s", name)
		}
	}
}

func TestTownIsSound(t *testing.T) {
	refs, positions := map[string]bool{}, map[orb.Point]bool{}
	for _, r := range town(t) {
		d := r.Document
		if refs[r.Ref] || positions[d.Position] {
			t.Errorf("%s or its position %v comes twice", r.Ref, d.Position)
		}
		refs[r.Ref], positions[d.Position] = true, true
		if _, err := hours.Parse(d.OpeningHours); d.OpeningHours != "" && err != nil {
			t.Errorf("%s: %q: %v", r.Ref, d.OpeningHours, err)
		}
		if footprint, ok := r.Footprint.(orb.Polygon); ok && !planar.PolygonContains(footprint, d.Position) {
			t.Errorf("%s stands beside its footprint", r.Ref)
		}
		in := 0
		for _, q := range quarters {
			if planar.MultiPolygonContains(q.boundary().Area, d.Position) {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%s is in %d quarters", r.Ref, in)
		}
		for _, secondary := range d.Categories {
			if _, ok := taxonomy.Category(secondary); !ok {
				t.Errorf("%s: no category %q", r.Ref, secondary)
			}
		}
		if d.Phone != "" && !strings.HasPrefix(d.Phone, "+3326191") {
			t.Errorf("%s: %s may be somebody's", r.Ref, d.Phone)
		}
	}
}

func TestTownIsTheSameEachTime(t *testing.T) {
	first, _ := json.Marshal(town(t))
	second, _ := json.Marshal(town(t))
	if string(first) != string(second) {
		t.Error("two towns of one day differ")
	}
	if New(taxonomy, today).File() != New(taxonomy, today.Add(20*time.Hour)).File() {
		t.Error("the file changes within a day")
	}
	if New(taxonomy, today).File() == New(taxonomy, today.AddDate(0, 0, 1)).File() {
		t.Error("the file of another day is the same, though its dates differ")
	}
}

func TestQuartersShareBordersWithoutOverlap(t *testing.T) {
	whole := 0.0
	var outline orb.Bound
	for i, q := range quarters {
		area := math.Abs(planar.Area(q.ground))
		if area < 500_000 {
			t.Errorf("%s has %.0f m²", q.ref, area)
		}
		whole += area
		outline = outline.Union(q.ground.Bound())
		for _, other := range quarters[i+1:] {
			for _, s := range other.streets {
				for _, p := range s.line {
					if planar.RingContains(q.ground, p) {
						t.Errorf("%s of %s runs in %s", s.name, other.ref, q.ref)
					}
				}
			}
		}
		if ring := q.boundary().Area[0][0]; !ring.Closed() || ring.Orientation() != orb.CCW {
			t.Errorf("%s: closed %v, orientation %v", q.ref, ring.Closed(), ring.Orientation())
		}
	}
	if box := planar.Area(outline.ToRing()); whole > math.Abs(box) {
		t.Errorf("the quarters cover %.0f m² of %.0f: they overlap", whole, box)
	}
}

func TestReadRowsNamesTheFault(t *testing.T) {
	for _, more := range []string{"wings=2", "closed=soon", "shape=wide", "until=never"} {
		var r row
		if err := r.readMore(more); err == nil {
			t.Errorf("%q is taken", more)
		}
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	options := importers.Options{Taxonomy: taxonomy, Now: today}
	first, err := importers.Run(t.Context(), db, New(taxonomy, today), options)
	if err != nil {
		t.Fatal(err)
	}
	if first.New != first.Records || first.Published != first.Records || first.Neighbourhoods != 4 {
		t.Errorf("first: %+v", first)
	}
	var outside, groups, neighbourhoods int
	err = db.QueryRow(t.Context(), `
		select count(*) filter (where neighbourhood is null), count(distinct group_id), count(distinct neighbourhood)
		from published_places`).Scan(&outside, &groups, &neighbourhoods)
	if err != nil || outside != 0 || groups != 13 || neighbourhoods != 4 {
		t.Errorf("%d outside, %d groups, %d neighbourhoods, %v", outside, groups, neighbourhoods, err)
	}

	again, err := importers.Run(t.Context(), db, New(taxonomy, today), options)
	if err != nil || again.Unchanged != first.Records || again.Published != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	later, err := importers.Run(t.Context(), db, New(taxonomy, today.AddDate(0, 0, 9)), options)
	if err != nil || later.New+later.Vanished+later.Redrawn+later.Conflicts != 0 {
		t.Errorf("nine days later: %+v, %v", later, err)
	}
	var licence string
	err = db.QueryRow(t.Context(), `select distinct feature->'properties'->>'licence' from published_places`).Scan(&licence)
	if err != nil || !slices.Contains([]string{places.LicenceOuverte}, licence) {
		t.Errorf("licence %q, %v", licence, err)
	}
}

func TestRoom(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if empty, err := Room(t.Context(), db); err != nil || !empty {
		t.Errorf("at first: empty %v, %v", empty, err)
	}
	if _, err := importers.Run(t.Context(), db, New(taxonomy, today), importers.Options{Taxonomy: taxonomy, Now: today}); err != nil {
		t.Fatal(err)
	}
	if empty, err := Room(t.Context(), db); err != nil || empty {
		t.Errorf("with our town: empty %v, %v", empty, err)
	}
	if _, err := db.Exec(t.Context(), `update published_places set source = 'osm' where id = (select min(id) from published_places)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Room(t.Context(), db); !fault.Is(err, fault.Conflict) {
		t.Errorf("with one real place: %v", err)
	}
}

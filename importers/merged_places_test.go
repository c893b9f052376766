package importers_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/importers"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

var (
	here  = orb.Point{-1.55, 47.21}
	there = orb.Point{-1.5501, 47.21}
)

// mergeOnMap merges the place of one record into that of another.
func mergeOnMap(t *testing.T, db *pgxpool.Pool, from, into string) (merged, survivor places.ID) {
	t.Helper()
	merged, survivor = onMap(t, db, from).Place, onMap(t, db, into).Place
	if _, err := places.MergeInto(t.Context(), db, taxonomy, places.Cause{At: day1}, merged, survivor); err != nil {
		t.Fatal(err)
	}
	return merged, survivor
}

func shownOnMap(t *testing.T, db *pgxpool.Pool, id places.ID) (shown bool) {
	t.Helper()
	err := db.QueryRow(t.Context(), `select exists (select from published_places where id = $1)`, id).Scan(&shown)
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

func liveOf(t *testing.T, db *pgxpool.Pool, id places.ID) places.Live {
	t.Helper()
	live, err := places.FindLive(t.Context(), db, []places.ID{id})
	if err != nil {
		t.Fatal(err)
	}
	return live[id]
}

func TestARecordOfAMergedPlaceUpdatesTheOneThatStays(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first := record("node/1", "library", "Médiathèque", here)
	mustRun(t, db, file{records: []importers.Record{first, record("node/2", "library", "Mediatheque", there)}})
	merged, survivor := mergeOnMap(t, db, "node/2", "node/1")

	// Only the record of the merged place changes, then both at once.
	mustRun(t, db, file{records: []importers.Record{first, record("node/2", "library", "Mediatheque", there, "phone", "+33240000001")}})
	if got := liveOf(t, db, survivor).Document; got.Phone != "+33240000001" || got.Name.Plain() != "Médiathèque" {
		t.Errorf("the place that stays says %+v", got)
	}
	report := mustRun(t, db, file{records: []importers.Record{
		record("node/1", "library", "Médiathèque", here, "website", "https://a.example"),
		record("node/2", "library", "Mediatheque", there, "phone", "+33240000002"),
	}})
	got := liveOf(t, db, survivor)
	if got.Document.Phone != "+33240000002" || got.Document.Website != "https://a.example" || report.Published != 1 {
		t.Errorf("after both changed: %+v, %d published", got, report.Published)
	}
	if shownOnMap(t, db, merged) {
		t.Error("the merged place is back")
	}

	// One record gone: the other one still speaks for the place.
	mustRun(t, db, file{records: []importers.Record{record("node/1", "library", "Médiathèque", here, "website", "https://a.example")}})
	if state := liveOf(t, db, survivor).Document.State; state != places.Open {
		t.Errorf("the place that stays is %s", state)
	}
}

func TestAfterAMergeIsUndoneEachHasItsOwnRecords(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first := record("node/1", "library", "Médiathèque", here)
	mustRun(t, db, file{records: []importers.Record{first, record("node/2", "library", "Annexe", there)}})
	merged, survivor := mergeOnMap(t, db, "node/2", "node/1")
	mustRun(t, db, file{records: []importers.Record{first, record("node/2", "library", "Annexe nord", there)}})

	joined, err := places.Separate(t.Context(), db, taxonomy, places.Cause{At: day1}, merged)
	if err != nil || joined.Place.Place != merged {
		t.Fatalf("%+v, %v", joined, err)
	}
	back := liveOf(t, db, merged)
	if !shownOnMap(t, db, merged) || back.Revision != 2 || back.Document.Name.Plain() != "Annexe nord" || back.Provenance["name.und"].Source != "osm" {
		t.Errorf("back as %+v", back)
	}
	if onMap(t, db, "node/2").Place != merged || onMap(t, db, "node/1").Place != survivor {
		t.Error("the records are not where they were")
	}
	if into, err := places.MergedInto(t.Context(), db, merged); err == nil {
		t.Errorf("still redirects to %d", into)
	}
	report := mustRun(t, db, file{records: []importers.Record{first, record("node/2", "library", "Annexe sud", there)}})
	if liveOf(t, db, merged).Document.Name.Plain() != "Annexe sud" || report.Published != 1 || report.Conflicts != 0 {
		t.Errorf("the next import: %+v, %+v", liveOf(t, db, merged), report)
	}
	if _, err := places.Separate(t.Context(), db, taxonomy, places.Cause{At: day1}, merged); err == nil {
		t.Error("undone twice")
	}
}

// Three places in a chain come apart in any order.
func TestAChainOfMergesComesApart(t *testing.T) {
	t.Parallel()
	for name, inner := range map[string]bool{"the first merge first": true, "the last merge first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			mustRun(t, db, file{records: []importers.Record{
				record("node/1", "library", "A", here), record("node/2", "library", "B", there), record("node/3", "library", "C", orb.Point{-1.56, 47.2}),
			}})
			a, b := mergeOnMap(t, db, "node/1", "node/2")
			_, c := mergeOnMap(t, db, "node/2", "node/3")
			if into, err := places.MergedInto(t.Context(), db, a); err != nil || into != c {
				t.Errorf("the first redirects to %d, %v; want %d", into, err, c)
			}
			order := []places.ID{b, a}
			if inner {
				order = []places.ID{a, b}
			}
			for _, id := range order {
				if _, err := places.Separate(t.Context(), db, taxonomy, places.Cause{At: day1}, id); err != nil {
					t.Fatal(err)
				}
			}
			for ref, want := range map[string]places.ID{"node/1": a, "node/2": b, "node/3": c} {
				if got := onMap(t, db, ref).Place; got != want || !shownOnMap(t, db, want) {
					t.Errorf("%s is at %d, want %d, shown %v", ref, got, want, shownOnMap(t, db, want))
				}
			}
		})
	}
}

func TestAnImportDoesNotShowWhatIsHidden(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mustRun(t, db, file{records: []importers.Record{record("node/1", "library", "Médiathèque", here)}})
	hidden := onMap(t, db, "node/1").Place
	if _, err := places.Withdraw(t.Context(), db, places.Cause{At: day1}, hidden, "withheld"); err != nil {
		t.Fatal(err)
	}
	var before, after int64
	last := `select max(seq) from changes`
	if err := db.QueryRow(t.Context(), last).Scan(&before); err != nil {
		t.Fatal(err)
	}
	mustRun(t, db, file{records: []importers.Record{
		record("node/1", "library", "Médiathèque", here, "phone", "+33240000001"), record("node/2", "library", "Annexe", there),
	}})
	if live := liveOf(t, db, hidden); shownOnMap(t, db, hidden) || live.Revision != 2 || live.Document.Phone == "" {
		t.Errorf("shown %v, %+v", shownOnMap(t, db, hidden), live)
	}
	if err := db.QueryRow(t.Context(), last).Scan(&after); err != nil || after != before+1 {
		t.Errorf("the feed went from %d to %d, %v; want one change, without a gap", before, after, err)
	}
}

func TestAnImportBringsNothingBackThatWasErased(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first := record("node/1", "library", "Médiathèque", here)
	mustRun(t, db, file{records: []importers.Record{first, record("node/2", "library", "Annexe", there)}})
	erased := onMap(t, db, "node/1").Place
	if _, err := places.Erase(t.Context(), db, places.Cause{At: day1}, erased, nil); err != nil {
		t.Fatal(err)
	}
	for name, records := range map[string][]importers.Record{
		"the same":    {first, record("node/2", "library", "Annexe", there)},
		"changed":     {record("node/1", "library", "Autre nom", there), record("node/2", "library", "Annexe", there)},
		"gone":        {record("node/2", "library", "Annexe", there)},
		"there again": {first, record("node/2", "library", "Annexe", there)},
	} {
		if report := mustRun(t, db, file{records: records}); report.Published != 0 || report.New != 0 || report.Vanished != 0 {
			t.Errorf("%s: %+v", name, report)
		}
		var document string
		err := db.QueryRow(t.Context(), `select string_agg(r.document::text || s.tags || s.document, '') from place_revisions r join source_records s using (place_id) where place_id = $1`, erased).Scan(&document)
		if err != nil || document != "{}{}{}" || shownOnMap(t, db, erased) {
			t.Errorf("%s: %s, shown %v, %v", name, document, shownOnMap(t, db, erased), err)
		}
	}
}

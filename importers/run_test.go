package importers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/importers"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

var (
	taxonomy = places.ShippedTaxonomy()
	day1     = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

// file is a source made of values; its records are what the town's file says that day.
type file struct {
	records    []importers.Record
	boundaries []importers.Boundary
	dataAt     time.Time
	fail       error // after the records
}

func (f file) ID() string           { return "osm" }
func (f file) File() importers.File { return importers.File{Name: "town.osm.pbf"} }

func (f file) Read(_ context.Context, sink importers.Sink) (importers.Summary, error) {
	for _, boundary := range f.boundaries {
		if err := sink.Boundary(boundary); err != nil {
			return importers.Summary{}, err
		}
	}
	for _, record := range f.records {
		if err := sink.Record(record); err != nil {
			return importers.Summary{}, err
		}
	}
	return importers.Summary{DataAt: f.dataAt, Seen: len(f.records)}, f.fail
}

func record(ref, category, name string, at orb.Point, tags ...string) importers.Record {
	r := importers.Record{
		Ref: ref, Version: 1, Tags: map[string]string{"name": name},
		Document: places.Document{
			Kind: places.Service, Category: category, State: places.Open, Position: at,
			Identifiers: map[string]string{places.IdentifierOSM: ref},
		},
	}
	if name != "" {
		r.Document.Name = places.Text{places.Undetermined: name}
	}
	for i := 0; i < len(tags); i += 2 {
		r.Tags[tags[i]] = tags[i+1]
		switch tags[i] {
		case "phone":
			r.Document.Phone = tags[i+1]
		case "website":
			r.Document.Website = tags[i+1]
		}
	}
	return r
}

func run(t testing.TB, db *pgxpool.Pool, source importers.Source, change ...func(*importers.Options)) (*importers.Report, error) {
	t.Helper()
	options := importers.Options{Taxonomy: taxonomy, Now: day1}
	for _, apply := range change {
		apply(&options)
	}
	return importers.Run(t.Context(), db, source, options)
}

func mustRun(t testing.TB, db *pgxpool.Pool, source importers.Source, change ...func(*importers.Options)) *importers.Report {
	t.Helper()
	report, err := run(t, db, source, change...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// onMap is what the map says of the place with this OSM ref.
func onMap(t testing.TB, db *pgxpool.Pool, ref string) places.Live {
	t.Helper()
	var id places.ID
	err := db.QueryRow(t.Context(), `select place_id from source_records where source = 'osm' and ref = $1`, ref).Scan(&id)
	if err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	live, err := places.FindLive(t.Context(), db, []places.ID{id})
	if err != nil {
		t.Fatal(err)
	}
	return live[id]
}

// editLocally changes a place as an agent would.
func editLocally(t testing.TB, db *pgxpool.Pool, place places.Live, phone string) {
	t.Helper()
	place.Document.Phone = phone
	place.Provenance["phone"] = places.Provenance{Source: "local", Licence: places.LicenceOuverte, At: day1, Role: "agent"}
	_, err := places.Publish(t.Context(), db, taxonomy, places.Cause{At: day1}, []places.Draft{{
		Place: place.Place, Base: place.Revision, Document: place.Document, Footprint: place.Footprint, Provenance: place.Provenance,
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// fingerprint is everything public, to tell "before" from "after".
func fingerprint(t testing.TB, db *pgxpool.Pool) (sum string) {
	t.Helper()
	err := db.QueryRow(t.Context(), `
		select md5(coalesce(string_agg(x, '' order by x), ''))
		from (
			select p::text as x from published_places p
			union all select r::text from place_revisions r
			union all select c::text from changes c
			union all select s::text from source_records s
			union all select n::text from neighbourhoods n
		) rows`).Scan(&sum)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestRunPublishesWithProvenance(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	report := mustRun(t, db, file{records: []importers.Record{
		record("node/1", "library", "Médiathèque", orb.Point{7.42, 43.73}, "phone", "+3771"),
		record("node/2", "bench", "", orb.Point{7.43, 43.74}),
	}, dataAt: day1})
	if report.New != 2 || report.Published != 2 || report.RootHash == "" {
		t.Fatalf("report %+v", report)
	}
	live := onMap(t, db, "node/1")
	if live.Revision != 1 || live.Document.Phone != "+3771" {
		t.Errorf("live %+v", live)
	}
	want := places.Provenance{Source: "osm", Licence: places.LicenceODbL, At: day1, Version: 1, Revision: 1}
	if got := live.Provenance["phone"]; got != want {
		t.Errorf("provenance of phone %+v, want %+v", got, want)
	}
}

func TestRunTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	source := file{records: []importers.Record{
		record("way/1", "park", "Parc", orb.Point{7.42, 43.73}),
		record("node/2", "bench", "", orb.Point{1e-7, 43.74}), // small numbers are where JSON forms differ
	}, dataAt: day1, boundaries: []importers.Boundary{square("relation/1", "Port", 10, 7, 43)}}
	source.records[0].Footprint = orb.Polygon{{{7.4, 43.7}, {7.5, 43.7}, {7.5, 43.8}, {7.4, 43.7}}}
	mustRun(t, db, source)
	before := fingerprint(t, db)
	report := mustRun(t, db, source)
	if report.Unchanged != 2 || report.Published != 0 || report.Relocated != 0 {
		t.Errorf("report %+v", report)
	}
	if fingerprint(t, db) != before {
		t.Error("the second run of the same file changed something")
	}
}

func TestRunMergesFieldByField(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	at := orb.Point{7.42, 43.73}
	mustRun(t, db, file{records: []importers.Record{record("node/1", "library", "A", at, "phone", "+1", "website", "https://a.example")}})
	editLocally(t, db, onMap(t, db, "node/1"), "+2")

	// The source changes another field: both are kept.
	second := file{records: []importers.Record{record("node/1", "library", "A", at, "phone", "+1", "website", "https://b.example")}}
	report := mustRun(t, db, second)
	live := onMap(t, db, "node/1")
	if report.TagsChanged != 1 || report.Published != 1 || report.Conflicts != 0 {
		t.Errorf("report %+v", report)
	}
	if live.Document.Phone != "+2" || live.Document.Website != "https://b.example" || live.Revision != 3 {
		t.Errorf("live %+v", live.Document)
	}
	if live.Provenance["phone"].Source != "local" || live.Provenance["website"].Revision != 3 {
		t.Errorf("provenance %+v", live.Provenance)
	}

	// The source changes the same field: ours stays, the conflict is recorded once.
	third := file{records: []importers.Record{record("node/1", "library", "A", at, "phone", "+9", "website", "https://b.example")}}
	for want := 1; want >= 0; want-- {
		report = mustRun(t, db, third)
		if report.Conflicts != want || report.Published != 0 {
			t.Errorf("report %+v, want %d conflicts", report, want)
		}
	}
	if got := onMap(t, db, "node/1").Document.Phone; got != "+2" {
		t.Errorf("phone %s was overwritten", got)
	}
	var base, theirs, ours string
	row := db.QueryRow(t.Context(), `select base #>> '{}', theirs #>> '{}', ours #>> '{}' from import_conflicts where field = 'phone'`)
	if err := row.Scan(&base, &theirs, &ours); err != nil || base != "+1" || theirs != "+9" || ours != "+2" {
		t.Errorf("conflict %s %s %s %v", base, theirs, ours, err)
	}
}

func TestRunClosesWhatVanishedAndReopensIt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	a, b := record("node/1", "library", "A", orb.Point{7.42, 43.73}), record("node/2", "theatre", "B", orb.Point{7.43, 43.73})
	mustRun(t, db, file{records: []importers.Record{a, b}})
	editLocally(t, db, onMap(t, db, "node/2"), "+2")

	report := mustRun(t, db, file{})
	if report.Vanished != 2 || report.Closed != 1 || report.Conflicts != 1 {
		t.Errorf("report %+v", report)
	}
	if got := onMap(t, db, "node/1"); got.Document.State != places.Closed || got.Revision != 2 {
		t.Errorf("without local life: %+v", got)
	}
	if got := onMap(t, db, "node/2"); got.Document.State != places.Open {
		t.Errorf("with local life: %+v", got)
	}
	if report = mustRun(t, db, file{}); report.Vanished != 0 || report.Conflicts != 0 {
		t.Errorf("vanished again: %+v", report)
	}
	report = mustRun(t, db, file{records: []importers.Record{a, b}})
	if report.Returned != 2 || report.Published != 1 || report.Conflicts != 0 {
		t.Errorf("returned: %+v", report)
	}
	if got := onMap(t, db, "node/1"); got.Document.State != places.Open || got.Revision != 3 {
		t.Errorf("returned: %+v", got)
	}
}

func TestRunRelinksWhatWasRedrawn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mustRun(t, db, file{records: []importers.Record{
		record("node/1", "library", "Médiathèque", orb.Point{7.42, 43.73}),
		record("node/2", "bench", "", orb.Point{7.43, 43.73}),
		record("node/3", "bench", "", orb.Point{7.44, 43.73}),
		record("node/4", "library", "Autre", orb.Point{7.45, 43.73}),
	}})
	place := onMap(t, db, "node/1").Place
	report := mustRun(t, db, file{records: []importers.Record{
		record("way/1", "library", "MEDIATHEQUE", orb.Point{7.4201, 43.73}),  // 8 m, another spelling: redrawn
		record("way/2", "bench", "", orb.Point{7.43002, 43.73}),              // 2 m: redrawn
		record("way/3", "bench", "", orb.Point{7.4402, 43.73}),               // 16 m, benches match within 5: new
		record("way/4", "library", "Autre chose", orb.Point{7.45001, 43.73}), // another name: new
	}})
	if report.Redrawn != 2 || report.New != 2 || report.Vanished != 2 {
		t.Fatalf("report %+v", report)
	}
	live := onMap(t, db, "way/1")
	if live.Place != place || live.Revision != 2 || live.Document.Identifiers["osm"] != "way/1" {
		t.Errorf("redrawn place %+v, was %d", live, place)
	}
}

func many(n int) (records []importers.Record) {
	for i := range n {
		records = append(records, record(fmt.Sprintf("node/%d", i), "library", fmt.Sprint("L", i), orb.Point{7 + float64(i)/100, 43}))
	}
	return records
}

func TestRunStopsAMassVanishing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	all := many(100)
	mustRun(t, db, file{records: all})
	before := fingerprint(t, db)
	if _, err := run(t, db, file{records: all[:79]}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--accept-vanished") {
		t.Errorf("21 of 100 vanish: %v", err)
	}
	if fingerprint(t, db) != before {
		t.Error("a refused run left something")
	}
	west := orb.MultiPolygon{{{{6.9, 42}, {7.1, 42}, {7.1, 44}, {6.9, 44}, {6.9, 42}}}}
	report := mustRun(t, db, file{records: all[3:7]}, func(o *importers.Options) { o.Territory = west })
	if report.Vanished != 3+4 { // 0–2 and 7–10 are inside and absent; all else is outside
		t.Errorf("inside the territory: %+v", report)
	}
	report = mustRun(t, db, file{records: all[:50]}, func(o *importers.Options) { o.AcceptVanished = true })
	if report.Closed != 50 || report.Returned != 7 {
		t.Errorf("accepted: %+v", report)
	}
}

func TestRunRefusesAnOlderFile(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mustRun(t, db, file{records: many(2), dataAt: day1})
	older := file{records: many(1), dataAt: day1.Add(-time.Hour)}
	if _, err := run(t, db, older); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "--allow-older") {
		t.Errorf("got %v", err)
	}
	mustRun(t, db, older, func(o *importers.Options) { o.AllowOlder = true })
}

func TestRunWritesNothingWhenItFailsOrIsDry(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mustRun(t, db, file{records: many(3)})
	before := fingerprint(t, db)
	broken := file{records: many(5), fail: fault.New(fault.Invalid, "truncated at byte 4711")}
	if _, err := run(t, db, broken); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
	report := mustRun(t, db, file{records: many(5)}, func(o *importers.Options) { o.DryRun = true })
	if report.New != 2 || report.Unchanged != 3 || report.Published != 2 {
		t.Errorf("dry report %+v", report)
	}
	if fingerprint(t, db) != before {
		t.Error("something was written")
	}
}

func TestRunRefusesASecondAtTheSameTime(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	inside, goOn := make(chan struct{}), make(chan struct{})
	slow := make(chan error)
	go func() {
		_, err := importers.Run(t.Context(), db, blocking{file{records: many(3)}, inside, goOn}, importers.Options{Taxonomy: taxonomy, Now: day1})
		slow <- err
	}()
	<-inside
	if _, err := run(t, db, file{records: many(1)}); !fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", err)
	}
	close(goOn)
	if err := <-slow; err != nil {
		t.Error(err)
	}
}

type blocking struct {
	file
	inside, goOn chan struct{}
}

func (b blocking) Read(ctx context.Context, sink importers.Sink) (importers.Summary, error) {
	close(b.inside)
	<-b.goOn
	return b.file.Read(ctx, sink)
}

func square(ref, name string, level int, west, south float64) importers.Boundary {
	return importers.Boundary{Ref: ref, Name: name, Level: level, Area: orb.MultiPolygon{{{
		{west, south}, {west + 1, south}, {west + 1, south + 1}, {west, south + 1}, {west, south},
	}}}}
}

func TestRunWritesNeighbourhoods(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	records := []importers.Record{record("node/1", "library", "A", orb.Point{7.5, 43.5})}
	big := importers.Boundary{Ref: "relation/9", Name: "Ville", Level: 8, Area: orb.MultiPolygon{{{{0, 40}, {10, 40}, {10, 50}, {0, 50}, {0, 40}}}}}
	mustRun(t, db, file{records: records, boundaries: []importers.Boundary{
		big, square("relation/1", "L'Écluse d'Œuf", 10, 7, 43), square("relation/2", "Le Port", 10, 8, 43), square("relation/3", "Le Port", 10, 9, 43),
	}})
	if got, want := codesOf(t, db), []string{"l-ecluse-d-oeuf<ville", "le-port-2<ville", "le-port<ville", "ville<"}; !slices.Equal(got, want) {
		t.Errorf("neighbourhoods %v, want %v", got, want)
	}
	if got := neighbourhoodOf(t, db, "node/1"); got != "l-ecluse-d-oeuf" {
		t.Errorf("in %q", got)
	}
	// The source drops one and renames another: its code stays, and the places move.
	report := mustRun(t, db, file{records: records, boundaries: []importers.Boundary{big, square("relation/3", "Le Vieux-Port", 10, 9, 43)}})
	if got, want := codesOf(t, db), []string{"le-port-2<ville", "ville<"}; !slices.Equal(got, want) {
		t.Errorf("neighbourhoods %v, want %v", got, want)
	}
	if got := neighbourhoodOf(t, db, "node/1"); got != "ville" || report.Relocated != 1 {
		t.Errorf("in %q, %d relocated", got, report.Relocated)
	}
	// The town's own replace them, and win over the source's from then on.
	mustRun(t, db, file{records: records}, func(o *importers.Options) {
		o.Neighbourhoods = []importers.Boundary{square("1", "Quartier Nord", 10, 7, 43)}
	})
	mustRun(t, db, file{records: records, boundaries: []importers.Boundary{big}})
	if got, want := codesOf(t, db), []string{"quartier-nord<"}; !slices.Equal(got, want) {
		t.Errorf("neighbourhoods %v, want %v", got, want)
	}
}

func codesOf(t testing.TB, db *pgxpool.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `select code || '<' || coalesce(parent, '') from neighbourhoods order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

func neighbourhoodOf(t testing.TB, db *pgxpool.Pool, ref string) string {
	t.Helper()
	var feature struct {
		Properties struct{ Neighbourhood string }
	}
	var text []byte
	err := db.QueryRow(t.Context(), `
		select p.feature
		from published_places p
		join source_records r on r.place_id = p.id
		where r.ref = $1`, ref).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &feature); err != nil {
		t.Fatal(err)
	}
	return feature.Properties.Neighbourhood
}

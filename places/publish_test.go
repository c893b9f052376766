package places_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

var (
	taxonomy = places.ShippedTaxonomy()
	noon     = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

func draft(name string, at orb.Point) places.Draft {
	local := places.Provenance{Source: "local", Licence: places.LicenceOuverte, At: noon, Role: "agent"}
	return places.Draft{
		Document: places.Document{
			Kind: places.Service, Category: "library", State: places.Open, Position: at,
			Name:    places.Text{places.Undetermined: name},
			Private: map[string]json.RawMessage{"code": json.RawMessage(`"CANARY"`)},
		},
		Provenance: places.Provenances{"name.und": local, "position": local, "category": local},
	}
}

func publish(t testing.TB, db *pgxpool.Pool, drafts ...places.Draft) []places.Published {
	t.Helper()
	published, err := places.Publish(t.Context(), db, taxonomy, places.Cause{At: noon}, drafts)
	if err != nil {
		t.Fatal(err)
	}
	return published
}

func count(t testing.TB, db *pgxpool.Pool, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPublishMakesARevisionARowAndAChange(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first := publish(t, db, draft("Médiathèque", orb.Point{-1.55, 47.21}), draft("Annexe", orb.Point{-1.56, 47.22}))
	if first[0].Seq != 1 || first[1].Seq != 2 || first[0].Revision != 1 || first[0].Place == first[1].Place {
		t.Fatalf("published %+v", first)
	}
	live, err := places.FindLive(t.Context(), db, []places.ID{first[0].Place})
	if err != nil {
		t.Fatal(err)
	}
	next := places.Draft{
		Place: first[0].Place, Base: 1, Document: live[first[0].Place].Document,
		Footprint:  orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}},
		Provenance: live[first[0].Place].Provenance,
	}
	next.Document.Phone = "+33240000000"
	next.Provenance["phone"] = places.Provenance{Source: "osm", Licence: places.LicenceODbL, At: noon}
	second := publish(t, db, next)[0]
	if second.Revision != 2 || second.Seq != 3 || second.Hash == first[0].Hash {
		t.Errorf("second revision %+v after %+v", second, first[0])
	}
	live, err = places.FindLive(t.Context(), db, []places.ID{first[0].Place})
	if err != nil {
		t.Fatal(err)
	}
	got := live[first[0].Place]
	if got.Document.Phone != "+33240000000" || got.Footprint == nil || got.Revision != 2 {
		t.Errorf("live is %+v", got)
	}
	if got.Provenance["phone"].Revision != 2 || got.Provenance["name.und"].Revision != 1 {
		t.Errorf("provenance %+v", got.Provenance)
	}
	var text string
	row := db.QueryRow(t.Context(), `select feature::text from published_places where id = $1`, first[0].Place)
	if err := row.Scan(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"coordinates":[-1.55,47.21]`, `"name":"Médiathèque"`, `"group":"culture"`, `"revision":2`, `"licence":"ODbL-1.0"`, `"sources":["local","osm"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("the feature lacks %s: %s", want, text)
		}
	}
	if strings.Contains(text, "CANARY") {
		t.Errorf("a private field is published: %s", text)
	}
	if n := count(t, db, `select count(*) from changes where operation = 'update' and seq = 3`); n != 1 {
		t.Errorf("%d update changes, want 1", n)
	}
	if n := count(t, db, `select count(*) from published_places where search @@ to_tsquery('simple', fold('MÉDIATHEQUE'))`); n == 0 {
		t.Error("the name is not searchable without its accent")
	}
}

func TestPublishRefusesAllOrNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	known := publish(t, db, draft("A", orb.Point{1, 1}))[0]
	stale := draft("B", orb.Point{1, 1})
	stale.Place, stale.Base = known.Place, 7
	absent := draft("C", orb.Point{1, 1})
	absent.Place, absent.Base = 987_654, 1
	nowhere := draft("D", orb.Point{1, 91})
	nameless := draft("E", orb.Point{1, 1})
	nameless.Document.Category = "nope"
	again := draft("F", orb.Point{1, 1})
	again.Place, again.Base = known.Place, 1
	for name, c := range map[string]struct {
		drafts []places.Draft
		kind   fault.Kind
	}{
		"a stale base":          {[]places.Draft{stale}, fault.Conflict},
		"a place unknown":       {[]places.Draft{absent}, fault.NotFound},
		"a position off globe":  {[]places.Draft{nowhere}, fault.Invalid},
		"a category unknown":    {[]places.Draft{nameless}, fault.Invalid},
		"a place twice at once": {[]places.Draft{again, again}, fault.Conflict},
	} {
		drafts := append([]places.Draft{draft("good", orb.Point{2, 2})}, c.drafts...)
		_, err := places.Publish(t.Context(), db, taxonomy, places.Cause{At: noon}, drafts)
		if fault.KindOf(err) != c.kind {
			t.Errorf("%s: got %v, want %v", name, err, c.kind)
		}
	}
	if n := count(t, db, `select count(*) from changes`); n != 1 {
		t.Errorf("%d changes, want the first one only", n)
	}
}

// seq follows commit order and has no gaps, whatever the writers do: a reader
// that asks for "after n" never misses a smaller one.
func TestChangesNeverSkipUnderConcurrentWriters(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	const writers, each = 8, 25
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan []int64)
	go func() { seen <- followChanges(ctx, t, db, writers*each) }()
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for i := range each {
				one := draft("x", orb.Point{2, 48})
				if i%5 == 4 { // a refused publication leaves no gap
					one.Place, one.Base = 1<<40, 1
					_, _ = places.Publish(ctx, db, taxonomy, places.Cause{At: noon}, []places.Draft{draft("y", orb.Point{2, 48}), one})
					one = draft("x", orb.Point{2, 48})
				}
				if _, err := places.Publish(ctx, db, taxonomy, places.Cause{At: noon}, []places.Draft{one}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	seqs := <-seen
	stop()
	for i, seq := range seqs {
		if seq != int64(i+1) {
			t.Fatalf("entry %d has seq %d", i, seq)
		}
	}
}

// followChanges reads the feed as a subscriber does, until it has seen n entries or ctx ends.
func followChanges(ctx context.Context, t *testing.T, db *pgxpool.Pool, n int) (seen []int64) {
	after := int64(0)
	for len(seen) < n && ctx.Err() == nil {
		rows, err := db.Query(ctx, `select seq from changes where seq > $1 order by seq limit 7`, after)
		if err != nil {
			t.Error(err)
			return seen
		}
		seqs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Error(err)
			return seen
		}
		for _, seq := range seqs {
			seen, after = append(seen, seq), seq
		}
	}
	return seen
}

func TestHistoryIsAppendOnly(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	publish(t, db, draft("A", orb.Point{1, 1}))
	for _, statement := range []string{
		`update place_revisions set document = '{}'`,
		`delete from place_revisions`,
		`truncate place_revisions cascade`,
	} {
		if _, err := db.Exec(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: got %v", statement, err)
		}
	}
}

func TestRelocateRendersWithoutARevision(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	one := publish(t, db, draft("A", orb.Point{1.5, 1.5}), draft("B", orb.Point{5, 5}))[0]
	_, err := db.Exec(t.Context(), `
		insert into neighbourhoods (code, name, level, source, ref, area) values
			('big', 'Big', 8, 'town', '1', st_multi(st_makeenvelope(0, 0, 3, 3, 4326))),
			('small', 'Small', 10, 'town', '2', st_multi(st_makeenvelope(1, 1, 2, 2, 4326)))`)
	if err != nil {
		t.Fatal(err)
	}
	for want := 1; want >= 0; want-- { // the second time nothing has strayed
		if moved, err := places.Relocate(t.Context(), db, taxonomy, noon.Add(time.Hour)); err != nil || moved != want {
			t.Fatalf("moved %d, %v; want %d", moved, err, want)
		}
	}
	if n := count(t, db, `select count(*) from published_places where id = $1 and neighbourhood = 'small' and feature ->> 'properties' like '%"neighbourhood":"small"%' and seq = 3 and revision = 1`, one.Place); n != 1 {
		t.Error("the place is not in the small neighbourhood under a new seq")
	}
	again := publish(t, db, draft("C", orb.Point{2.5, 2.5}))[0]
	if n := count(t, db, `select count(*) from published_places where id = $1 and neighbourhood = 'big'`, again.Place); n != 1 {
		t.Error("a new place is not put into its neighbourhood")
	}
}

func TestRevisionsOfAHiddenPlaceAreAbsent(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	place := publish(t, db, draft("A", orb.Point{1, 1}))[0].Place
	if found, err := places.Revisions(t.Context(), db, place, 0, 10); err != nil || len(found) != 1 {
		t.Fatalf("%d revisions, %v", len(found), err)
	}
	if _, err := places.Withdraw(t.Context(), db, places.Cause{At: noon}, place, "withheld"); err != nil {
		t.Fatal(err)
	}
	if _, err := places.Revisions(t.Context(), db, place, 0, 10); !fault.Is(err, fault.NotFound) {
		t.Errorf("hidden: %v", err)
	}
}

package snapshot

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/geo"
	"cartoquartiers/places"
)

// change is one thing that tests publish, written against the schema directly:
// the snapshot promises to follow the tables, whoever writes them.
type change struct {
	id       places.ID
	removed  bool
	category string
	group    string
	kind     places.Kind
	hood     string
	state    places.State
	wheel    places.Wheelchair
	source   string
	name     string
	point    orb.Point
	at       time.Time
}

// write publishes changes in one transaction, as places.Publish does: seq taken
// under a lock that is held until commit. It gives the last seq.
func write(t testing.TB, db *pgxpool.Pool, changes ...change) int64 {
	t.Helper()
	var seq int64
	err := pgx.BeginFunc(context.Background(), db, func(tx pgx.Tx) (err error) {
		seq, err = writeIn(tx, changes)
		return err
	})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	return seq
}

func writeIn(tx pgx.Tx, changes []change) (seq int64, err error) {
	ctx := context.Background()
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(42)`); err != nil {
		return 0, err
	}
	if err := tx.QueryRow(ctx, `select coalesce(max(seq), 0) from changes`).Scan(&seq); err != nil {
		return 0, err
	}
	batch := &pgx.Batch{}
	for _, c := range changes {
		seq++
		queue(batch, seq, c)
	}
	batch.Queue(`select pg_notify('changes', $1)`, fmt.Sprint(seq))
	return seq, tx.SendBatch(ctx, batch).Close()
}

func queue(batch *pgx.Batch, seq int64, c change) {
	batch.Queue(`insert into places (id, state, live_revision) overriding system value values ($1, 'open', 1) on conflict do nothing`, c.id)
	operation := "update"
	if c.removed {
		operation = "remove"
		batch.Queue(`delete from published_places where id = $1`, c.id)
	} else {
		feature := fmt.Sprintf(`{"id":%d,"properties":{"seq":%d}}`, c.id, seq)
		batch.Queue(`
			insert into published_places (
				id, revision, seq, kind, category, group_id, neighbourhood, state, wheelchair, source,
				name, point, hilbert, updated_at, feature, search
			) values ($1, 1, $2, $3, $4, $5, nullif($6, ''), $7, $8, $9, $10, st_setsrid(st_makepoint($11, $12), 4326), $13, $14, $15, '')
			on conflict (id) do update set
				revision = published_places.revision + 1, seq = excluded.seq, kind = excluded.kind, category = excluded.category,
				group_id = excluded.group_id, neighbourhood = excluded.neighbourhood, state = excluded.state,
				wheelchair = excluded.wheelchair, source = excluded.source, name = excluded.name, point = excluded.point,
				hilbert = excluded.hilbert, updated_at = excluded.updated_at, feature = excluded.feature`,
			c.id, seq, c.kind, c.category, c.group, c.hood, c.state, c.wheel, c.source, c.name,
			c.point[0], c.point[1], int64(geo.Hilbert(c.point)), c.at, feature)
	}
	batch.Queue(`insert into changes (seq, place_id, revision, operation, at) values ($1, $2, 1, $3, $4)`, seq, c.id, operation, c.at)
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var testHoods = []string{"", "centre", "nord", "sud"}

// randomChange is a place of a town near Nantes, of its edges, or of the
// antimeridian, with coordinates of 7 decimals that often coincide.
func randomChange(random *rand.Rand, id places.ID) change {
	taxonomy := places.ShippedTaxonomy()
	category := taxonomy.Categories[random.IntN(12)]
	centres := []orb.Point{{-1.5536, 47.2184}, {-1.5536, 47.2184}, {-1.56, 47.22}, {180, -17}, {-180, -17}, {0, 0}, {7, 90}}
	centre := centres[random.IntN(len(centres))]
	spread := []float64{0, 0.0000004, 0.001, 0.05, 1}[random.IntN(5)]
	point := orb.Point{
		round7(max(-180, min(180, centre[0]+random.NormFloat64()*spread))),
		round7(max(-90, min(90, centre[1]+random.NormFloat64()*spread))),
	}
	return change{
		id: id, category: category.ID, group: category.Group, kind: category.Kind, point: point,
		hood:   testHoods[random.IntN(len(testHoods))],
		state:  []places.State{places.Open, places.Open, places.Open, places.ClosedTemporarily, places.Closed}[random.IntN(5)],
		wheel:  []places.Wheelchair{"", "", places.WheelchairYes, places.WheelchairNo}[random.IntN(4)],
		source: []string{"osm", "local"}[random.IntN(2)],
		name:   []string{"", "Boîte à livres", fmt.Sprintf("Jardin %d", random.IntN(50))}[random.IntN(3)],
		at:     epoch.Add(time.Duration(random.IntN(1000)) * time.Hour),
	}
}

func round7(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

func randomChanges(random *rand.Rand, first places.ID, count int) []change {
	changes := make([]change, count)
	for i := range changes {
		changes[i] = randomChange(random, first+places.ID(i))
	}
	return changes
}

func open(t testing.TB, db *pgxpool.Pool, options Options) *Store {
	t.Helper()
	options.Clock = time.Now
	if options.Logger == nil {
		options.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	store, err := Open(context.Background(), db, options)
	if err != nil {
		t.Fatalf("open the snapshot: %v", err)
	}
	t.Cleanup(store.Close)
	return store
}

func waitFor(t testing.TB, store *Store, seq int64) *View {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := store.WaitFor(ctx, seq); err != nil {
		t.Fatalf("waiting for seq %d, at %d: %v", seq, store.View().Seq(), err)
	}
	return store.View()
}

// idsBySQL is the same question asked of the database, in the order of pages.
// It compares coordinates: the operator && compares boxes rounded to float32,
// a centimetre or two too large.
func idsBySQL(t testing.TB, db *pgxpool.Pool, f places.Filter) []places.ID {
	t.Helper()
	var west, south, east, north *float64
	if f.BBox != nil {
		west, south, east, north = &f.BBox.West, &f.BBox.South, &f.BBox.East, &f.BBox.North
	}
	rows, err := db.Query(context.Background(), `
		select id from published_places
		where state = any($1)
		  and (cardinality($2::text[]) = 0 or category = any($2))
		  and (cardinality($3::text[]) = 0 or group_id = any($3))
		  and (cardinality($4::text[]) = 0 or kind = any($4))
		  and (cardinality($5::text[]) = 0 or neighbourhood = any($5))
		  and (cardinality($6::text[]) = 0 or wheelchair = any($6))
		  and (cardinality($7::text[]) = 0 or source = any($7))
		  and ($8::timestamptz is null or updated_at >= $8)
		  and ($9::timestamptz is null or updated_at <= $9)
		  and ($10::float8 is null
		       or st_y(point) between $11::float8 and $13::float8
		       and case when $10 <= $12::float8 then st_x(point) between $10 and $12
		                else st_x(point) >= $10 or st_x(point) <= $12 end)
		order by hilbert, id`,
		texts(f.EffectiveStates()), texts(f.Categories), texts(f.Groups), texts(f.Kinds), texts(f.Neighbourhoods),
		texts(f.Wheelchairs), texts(f.Sources), instantOrNull(f.UpdatedFrom), instantOrNull(f.UpdatedUntil),
		west, south, east, north)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[places.ID])
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = string(value)
	}
	return all
}

func instantOrNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

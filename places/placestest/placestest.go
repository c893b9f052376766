// Package placestest fills test databases with places, and asks SQL the
// questions that other answers are compared with. It writes the tables directly:
// what reads them promises to follow them, whoever writes.
//
// Start with Random and Write.
package placestest

import (
	"context"
	"encoding/json"
	"fmt"
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

// Change is one thing that is published: the new row of a place, or its removal.
type Change struct {
	ID            places.ID
	Removed       bool
	Category      string
	Group         string
	Kind          places.Kind
	Neighbourhood string
	State         places.State
	Wheelchair    places.Wheelchair
	Source        string
	Name          string
	Point         orb.Point
	At            time.Time
	Hours         string // opening hours, OSM syntax
	Verified      uint32 // days since 1970-01-01, 0 for never
}

// Write publishes changes in one transaction, as places.Publish does: seq taken
// under a lock that is held until commit. It gives the last seq.
func Write(t testing.TB, db *pgxpool.Pool, changes ...Change) int64 {
	t.Helper()
	var seq int64
	err := pgx.BeginFunc(context.Background(), db, func(tx pgx.Tx) (err error) {
		seq, err = WriteIn(tx, changes)
		return err
	})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	return seq
}

// WriteIn is Write as a part of a transaction, which holds the lock until it ends.
func WriteIn(tx pgx.Tx, changes []Change) (seq int64, err error) {
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

func queue(batch *pgx.Batch, seq int64, c Change) {
	batch.Queue(`insert into places (id, state, live_revision) overriding system value values ($1, 'open', 1) on conflict do nothing`, c.ID)
	operation := "update"
	if c.Removed {
		operation = "remove"
		batch.Queue(`delete from published_places where id = $1`, c.ID)
	} else {
		feature := c.feature(seq)
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
			c.ID, seq, c.Kind, c.Category, c.Group, c.Neighbourhood, c.State, c.Wheelchair, c.Source, c.Name,
			c.Point[0], c.Point[1], int64(geo.Hilbert(c.Point)), c.At, feature)
	}
	batch.Queue(`insert into changes (seq, place_id, revision, operation, at) values ($1, $2, 1, $3, $4)`, seq, c.ID, operation, c.At)
}

// feature holds what the snapshot reads of one, and the seq, which tells two apart.
func (c Change) feature(seq int64) string {
	properties := map[string]any{"seq": seq, "kind": c.Kind, "category": c.Category, "group": c.Group, "state": c.State}
	for name, text := range map[string]string{
		"name": c.Name, "neighbourhood": c.Neighbourhood, "wheelchair": string(c.Wheelchair), "opening_hours": c.Hours,
	} {
		if text != "" {
			properties[name] = text
		}
	}
	if c.Verified > 0 {
		properties["verified_at"] = time.Unix(int64(c.Verified)*24*60*60, 0).UTC()
	}
	text, err := json.Marshal(map[string]any{
		"id": c.ID, "geometry": map[string]any{"coordinates": c.Point}, "properties": properties,
	})
	if err != nil {
		panic(err) // of a position that is no number
	}
	return string(text)
}

// Epoch is before every Random change, by up to a thousand hours.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Neighbourhoods are the codes that Random draws from, "" for none.
var Neighbourhoods = []string{"", "centre", "nord", "sud"}

// Hours are the opening hours of Random places; package hours understands all but the last.
var Hours = []string{"", "24/7", `Mo-Fr 08:00-18:00; Sa "sur rendez-vous"; PH off`, "Fr 20:00-03:00", "quand il fait beau"}

// Random is a place of a town near Nantes, of its edges, or of the
// antimeridian, with coordinates of 7 decimals that often coincide.
func Random(random *rand.Rand, id places.ID) Change {
	taxonomy := places.ShippedTaxonomy()
	category := taxonomy.Categories[random.IntN(12)]
	centres := []orb.Point{{-1.5536, 47.2184}, {-1.5536, 47.2184}, {-1.56, 47.22}, {180, -17}, {-180, -17}, {0, 0}, {7, 90}}
	centre := centres[random.IntN(len(centres))]
	spread := []float64{0, 0.0000004, 0.001, 0.05, 1}[random.IntN(5)]
	point := orb.Point{
		Round(max(-180, min(180, centre[0]+random.NormFloat64()*spread))),
		Round(max(-90, min(90, centre[1]+random.NormFloat64()*spread))),
	}
	return Change{
		ID: id, Category: category.ID, Group: category.Group, Kind: category.Kind, Point: point,
		Neighbourhood: Neighbourhoods[random.IntN(len(Neighbourhoods))],
		State:         []places.State{places.Open, places.Open, places.Open, places.ClosedTemporarily, places.Closed}[random.IntN(5)],
		Wheelchair:    []places.Wheelchair{"", "", places.WheelchairYes, places.WheelchairNo}[random.IntN(4)],
		Source:        []string{"osm", "local"}[random.IntN(2)],
		Name:          []string{"", "Boîte à livres", fmt.Sprintf("Jardin %d", random.IntN(50))}[random.IntN(3)],
		At:            Epoch.Add(time.Duration(random.IntN(1000)) * time.Hour),
		Hours:         Hours[int(id)%len(Hours)],
		Verified:      uint32(id) % 3 * 10_000,
	}
}

// Round gives the 7 decimals that coordinates have.
func Round(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

// RandomList is count Random places with ids from first on.
func RandomList(random *rand.Rand, first places.ID, count int) []Change {
	changes := make([]Change, count)
	for i := range changes {
		changes[i] = Random(random, first+places.ID(i))
	}
	return changes
}

// IDs is the same question asked of the database, in the order of pages.
// It compares coordinates: the operator && compares boxes rounded to float32,
// a centimetre or two too large.
func IDs(t testing.TB, db *pgxpool.Pool, f places.Filter) []places.ID {
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

package moderation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Zone is a part of the town in which contributions are looked at more closely for a while.
type Zone struct {
	ID            int64
	Effect        string // block_anonymous or force_review
	Reason        string // told to whom it stops
	Until         time.Time
	Neighbourhood string // code of the one that it covers; empty for another area
	Area          []byte // GeoJSON polygon that is drawn instead, to create one; nil of those that are listed
}

// ZoneEffects are what a zone can do.
var ZoneEffects = []string{"force_review", "block_anonymous"}

// Zones lists the zones that have not ended, the one that ends first at the top.
func Zones(ctx context.Context, db pg.DB, now time.Time) ([]Zone, error) {
	rows, err := db.Query(ctx, `
		select
			z.id,
			z.effect,
			z.reason,
			z.until,
			coalesce((select n.code from neighbourhoods n where n.area ~= z.area and st_equals(n.area, z.area) order by n.code limit 1), ''),
			null::bytea
		from moderation_zones z
		where z.until > $1
		order by z.until, z.id`, now.UTC())
	if err != nil {
		return nil, fmt.Errorf("list zones: %w", pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Zone])
}

// CreateZone makes a zone of a whole neighbourhood, or of an area that was drawn, until
// an instant. Faults: Invalid, with every wrong field at once.
func CreateZone(ctx context.Context, db pg.DB, z Zone, now time.Time) (id int64, err error) {
	var c checker
	if !slices.Contains(ZoneEffects, z.Effect) {
		c.wrong("/effect", "%q is none of %v", z.Effect, ZoneEffects)
	}
	reason := c.text("/reason", z.Reason, 1, 200)
	if !z.Until.After(now) {
		c.wrong("/until", "must be a day to come, like 2027-01-31")
	}
	if err := c.fault(); err != nil {
		return 0, err
	}
	if z.Area != nil {
		return createDrawn(ctx, db, z, reason)
	}
	err = db.QueryRow(ctx, `
		insert into moderation_zones (area, effect, reason, until)
		select st_multi(area), $2, $3, $4 from neighbourhoods where code = $1
		returning id`, z.Neighbourhood, z.Effect, reason, z.Until.UTC()).Scan(&id)
	if unlessNoRows(err) == nil && err != nil {
		return 0, fault.InvalidField("/neighbourhood", "there is no neighbourhood %q", z.Neighbourhood)
	}
	if err != nil {
		return 0, fmt.Errorf("create a zone: %w", pg.FaultOf(err))
	}
	return id, nil
}

// createDrawn makes a zone of a polygon. One that crosses itself covers what its parts do.
func createDrawn(ctx context.Context, db pg.DB, z Zone, reason string) (id int64, err error) {
	polygon, err := ReadArea(z.Area)
	if err != nil {
		return 0, err
	}
	area, err := wkb.Marshal(polygon)
	if err != nil {
		return 0, fmt.Errorf("create a zone: %w", err)
	}
	err = db.QueryRow(ctx, `
		insert into moderation_zones (area, effect, reason, until)
		values (st_multi(st_collectionextract(st_makevalid(st_geomfromwkb($1, 4326)), 3)), $2, $3, $4)
		returning id`, area, z.Effect, reason, z.Until.UTC()).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("create a zone: %w", pg.FaultOf(err))
	}
	return id, nil
}

// EndZone ends a zone now; it stays in the table. Faults: NotFound.
func EndZone(ctx context.Context, db pg.DB, id int64, now time.Time) error {
	tag, err := db.Exec(ctx, `update moderation_zones set until = least(until, $2) where id = $1`, id, now.UTC())
	if err != nil {
		return fmt.Errorf("end zone %d: %w", id, pg.FaultOf(err))
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "there is no zone %d", id)
	}
	return nil
}

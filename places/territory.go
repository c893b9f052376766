package places

import (
	"context"
	"fmt"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/internal/pg"
)

// How neighbourhoods make a territory: where they hold most of the places (those of
// Monaco hold 83 % of an extract that reaches across the border), with a strip
// around them for piers and the far side of border roads.
const (
	coveredPercent = 75
	stripMetres    = 200
)

// KeepTerritory stores the area that a town gives (EPSG:4326), for ever or until
// it gives another. With nil it derives one from the neighbourhoods, unless the
// town has given its own: their union, if they hold three quarters of the published places. Neighbourhoods
// that leave more out are not the whole town, and then no territory is known. It
// opens a transaction (inside one: a savepoint).
func KeepTerritory(ctx context.Context, db pg.DB, given orb.MultiPolygon, at time.Time) error {
	if given == nil {
		return deriveTerritory(ctx, db, at)
	}
	area, err := wkb.Marshal(given)
	if err != nil {
		return fmt.Errorf("keep territory: %w", err)
	}
	_, err = db.Exec(ctx, `
		insert into territory (area, given, at)
		values (st_multi(st_collectionextract(st_unaryunion(st_makevalid(st_geomfromwkb($1, 4326))), 3)), true, $2)
		on conflict (only_one) do update set area = excluded.area, given = true, at = excluded.at`, area, at.UTC())
	if err != nil {
		return fmt.Errorf("keep territory: %w", pg.FaultOf(err))
	}
	return nil
}

func deriveTerritory(ctx context.Context, db pg.DB, at time.Time) error {
	_, err := db.Exec(ctx, `
		with covered as (
			select count(neighbourhood) * 100 >= count(*) * $2::int and count(*) > 0 as enough
			from published_places
		), forgotten as (
			delete from territory where not given and not (select enough from covered)
		)
		insert into territory (area, given, at)
		-- Buffers in metres are for what fits a plane; what is wider than any country needs no strip.
		select st_multi(case when st_xmax(area) - st_xmin(area) > 20 then area else st_buffer(area::geography, $3)::geometry end), false, $1
		from (select st_unaryunion(st_collect(area)) as area from neighbourhoods) town
		where (select enough from covered) and area is not null
		on conflict (only_one) do update set area = excluded.area, at = excluded.at
		where not territory.given`, at.UTC(), coveredPercent, stripMetres)
	if err != nil {
		return fmt.Errorf("derive territory: %w", pg.FaultOf(err))
	}
	return nil
}

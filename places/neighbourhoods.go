package places

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/geo"
	"cartoquartiers/internal/pg"
)

// NeighbourhoodQuestion asks for neighbourhoods; empty fields do not restrict.
type NeighbourhoodQuestion struct {
	Code    string
	BBox    *geo.BBox // that the area touches
	Parents []string  // codes
	After   string    // the code behind which the page begins
	Limit   int
}

// NeighbourhoodFeature is a neighbourhood as it is served.
type NeighbourhoodFeature struct {
	Code    string
	Name    string
	Feature []byte // GeoJSON, RFC 7946: 7 decimals, rings the right way round
	Matched int    // how many the question finds in all
}

// FindNeighbourhoods gives a page of neighbourhoods in the order of their codes.
func FindNeighbourhoods(ctx context.Context, db pg.DB, q NeighbourhoodQuestion) ([]NeighbourhoodFeature, error) {
	args := Question{Filter: Filter{BBox: q.BBox}}.arguments()
	rows, err := db.Query(ctx, `
		with found as (
			select n.*, count(*) over () as matched
			from neighbourhoods n
			where ($1::text is null or code = $1)
				and ($2::text[] is null or parent = any($2))
				and ($3::float8[] is null
					or st_intersects(area, st_makeenvelope($3[1], $3[2], $3[3], $3[4], 4326))
					or st_intersects(area, st_makeenvelope($3[5], $3[6], $3[7], $3[8], 4326)))
		)
		select f.code, f.name, json_build_object(
			'type', 'Feature',
			'id', f.code,
			'geometry', st_asgeojson(st_forcepolygonccw(f.area), 7)::json,
			'properties', json_strip_nulls(json_build_object(
				'code', f.code,
				'name', f.name,
				'names', f.names,
				'parent', f.parent,
				'level', f.level,
				'source', f.source,
				'ref', f.ref,
				'licence', s.licence
			))
		)::text, f.matched
		from found f
		join sources s on s.id = f.source
		where f.code > $4
		order by f.code
		limit $5`,
		textOrNull(q.Code), orNull(q.Parents), args[10], q.After, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("find neighbourhoods: %w", pg.FaultOf(err))
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[NeighbourhoodFeature])
	if err != nil {
		return nil, fmt.Errorf("find neighbourhoods: %w", pg.FaultOf(err))
	}
	return found, nil
}

func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// NeighbourhoodName is what suggestions need of a neighbourhood.
type NeighbourhoodName struct {
	Code string
	Name string
	BBox []float64 // west, south, east, north in degrees
}

// NeighbourhoodNames lists all of them, the wide ones first.
func NeighbourhoodNames(ctx context.Context, db pg.DB) ([]NeighbourhoodName, error) {
	rows, err := db.Query(ctx, `
		select code, name, array[st_xmin(area), st_ymin(area), st_xmax(area), st_ymax(area)]
		from neighbourhoods
		order by level, code`)
	if err != nil {
		return nil, fmt.Errorf("list neighbourhoods: %w", pg.FaultOf(err))
	}
	names, err := pgx.CollectRows(rows, pgx.RowToStructByPos[NeighbourhoodName])
	if err != nil {
		return nil, fmt.Errorf("list neighbourhoods: %w", pg.FaultOf(err))
	}
	return names, nil
}

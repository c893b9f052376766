package main

import (
	"context"
	"fmt"
	"math/bits"
	"net/http"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/places"
	"cartoquartiers/tiles"
)

// peer is what a PostGIS tile server does, less its overhead: one prepared
// statement per tile over a table made for it, with a mercator column, in Hilbert
// order, with nothing but what tiles show. The sessions of pg.Open have neither
// JIT nor parallel workers, which is three times faster than with them.
type peer struct {
	pool     *pgxpool.Pool
	clusters string
}

func newPeer(ctx context.Context, pool *pgxpool.Pool) (*peer, error) {
	_, err := pool.Exec(ctx, `
		drop table if exists bench_tiles;
		create table bench_tiles as
			select id, nullif(name, '') as name, category, group_id as "group", kind, state, st_transform(point, 3857) as at
			from published_places
			order by hilbert;
		create index on bench_tiles using gist (at);
		analyze bench_tiles`)
	if err != nil {
		return nil, fmt.Errorf("make the peer's table: %w", err)
	}
	return &peer{pool: pool, clusters: clustersSQL()}, nil
}

const placesSQL = `
	select st_asmvt(feature, 'places', 4096, 'geometry', 'id')
	from (
		select id, name, category, "group", kind, state,
		       st_asmvtgeom(at, st_tileenvelope($1, $2, $3), 4096, 128, true) as geometry
		from bench_tiles
		where at && st_tileenvelope($1, $2, $3, margin => 128.0 / 4096)
		  and state in ('open', 'closed_temporarily')
	) feature`

// clustersSQL makes the same cells as tiles.Source: each with its count, a count
// per group, and the mean of its positions.
func clustersSQL() string {
	var groups strings.Builder
	for _, group := range places.ShippedTaxonomy().Groups {
		fmt.Fprintf(&groups, ",\n nullif(count(*) filter (where \"group\" = '%s'), 0) as %s", group.ID, group.ID)
	}
	depth := strconv.Itoa(bits.Len(tiles.CellsPerSide) - 1)
	return strings.ReplaceAll(`
	select st_asmvt(feature, 'clusters', 4096, 'geometry', 'id')
	from (
		select cell_y * (1::bigint << ($1 + {depth})) + cell_x as id, count(*) as count`+groups.String()+`,
		       st_asmvtgeom(st_setsrid(st_makepoint(avg(x), avg(y)), 3857), st_tileenvelope($1, $2, $3), 4096, 0, false) as geometry
		from (
			select x, y, "group",
			       floor((x + 20037508.342789244) / side)::bigint as cell_x,
			       floor((20037508.342789244 - y) / side)::bigint as cell_y
			from (
				select st_x(at) as x, st_y(at) as y, "group", 40075016.68557849 / (1::bigint << ($1 + {depth})) as side
				from bench_tiles
				where at && st_tileenvelope($1, $2, $3) and state in ('open', 'closed_temporarily')
			) point
		) placed
		where cell_x >> {depth} = $2 and cell_y >> {depth} = $3
		group by cell_x, cell_y
	) feature`, "{depth}", depth)
}

func (p *peer) make(ctx context.Context, a tiles.Address) (tile []byte, err error) {
	sql := placesSQL
	if a.Z < tiles.PlacesFrom {
		sql = p.clusters
	}
	err = p.pool.QueryRow(ctx, sql, a.Z, int32(a.X), int32(a.Y)).Scan(&tile)
	return tile, err
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address, ok := tiles.ParseAddress(strings.TrimPrefix(r.URL.Path, "/tiles/places/"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	tile, err := p.make(r.Context(), address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.mapbox-vector-tile")
	w.Header().Set("Content-Length", strconv.Itoa(len(tile)))
	_, _ = w.Write(tile) // the load generator never leaves
}

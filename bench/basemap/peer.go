package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"cartoquartiers/bench/load"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/gzip"
)

// peer is osm2pgsql, then one statement a tile.
type peer struct {
	load.Cluster
	name string
}

// tileSQL makes a tile: each layer generalised to half a pixel as ours is, clipped with a
// buffer of 64 units, small areas left out before the last zoom.
const tileSQL = `
	with bounds as (select st_tileenvelope($1, $2, $3) as box, 40075016.68 / (512 * 2 ^ $1::int) as pixel)
	select coalesce(string_agg(layer, null), '') from (%s) layers(layer)`

const layerSQL = `
	select st_asmvt(one, '%[1]s') from (
		select kind, kind_detail, name,
			st_asmvtgeom(st_simplify(geom, case when $1 < 15 then pixel / 2 else 0 end), box, 4096, 64, true) as geom
		from %[1]s, bounds
		where geom && st_expand(box, pixel * 8) and from_zoom <= $1
			and ($1 = 15 or st_dimension(geom) < 2 or st_area(geom) > 4 * pixel * pixel)
		order by rank
	) one where geom is not null`

var layers = []string{"landuse", "water", "water_lines", "buildings", "roads", "boundaries", "places"}

func statement() string {
	parts := make([]string, len(layers))
	for i, layer := range layers {
		parts[i] = fmt.Sprintf(layerSQL, layer)
	}
	return fmt.Sprintf(tileSQL, strings.Join(parts, " union all "))
}

// measure imports the file, then asks for each tile and compresses it.
func (p peer) measure(ctx context.Context, s settings, addresses []address) (c cost, err error) {
	url, err := p.Fresh(ctx, p.name)
	if err != nil {
		return c, err
	}
	before, err := p.BackendSeconds()
	if err != nil {
		return c, err
	}
	begun := time.Now()
	loading := exec.CommandContext(ctx, "osm2pgsql", "--create", "--output=flex", "--style="+s.lua, "--number-processes=2", "--database="+url, s.file)
	if output, err := loading.CombinedOutput(); err != nil {
		return c, fmt.Errorf("osm2pgsql: %w\n%s", err, output)
	}
	own, err := ownSeconds()
	if err != nil {
		return c, err
	}
	if err := p.cut(ctx, url, addresses, &c); err != nil {
		return c, err
	}
	c.wall = time.Since(begun).Seconds()
	after, err := ownSeconds()
	if err != nil {
		return c, err
	}
	c.cpu = seconds(loading) + after - own
	if err := p.Drop(ctx, p.name); err != nil {
		return c, err
	}
	now, err := p.BackendSeconds()
	c.database = now - before
	return c, err
}

func (p peer) cut(ctx context.Context, url string, addresses []address, c *cost) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, setting := range []string{"set jit = off", "set max_parallel_workers_per_gather = 0"} { // what suits it best
		if _, err := conn.Exec(ctx, setting); err != nil {
			return err
		}
	}
	packer, _ := gzip.NewWriterLevel(nil, 6) // fails for unknown levels only
	var packed bytes.Buffer
	for _, a := range addresses {
		var tile []byte
		if err := conn.QueryRow(ctx, statement(), a.z, a.x, a.y).Scan(&tile); err != nil {
			return fmt.Errorf("tile %d/%d/%d: %w", a.z, a.x, a.y, err)
		}
		packed.Reset()
		packer.Reset(&packed)
		_, _ = packer.Write(tile) // a bytes.Buffer takes everything
		_ = packer.Close()
		c.tiles++
		c.bytes += int64(packed.Len())
	}
	return nil
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/gzip"

	"cartoquartiers/internal/pg/embedded"
)

// peer is osm2pgsql, then one statement a tile.
type peer struct {
	cluster *embedded.Cluster
	dir     string
	name    string
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
	url, err := p.fresh(ctx)
	if err != nil {
		return c, err
	}
	before, err := p.seconds()
	if err != nil {
		return c, err
	}
	begun := time.Now()
	load := exec.CommandContext(ctx, "osm2pgsql", "--create", "--output=flex", "--style="+s.lua, "--number-processes=2", "--database="+url, s.file)
	if output, err := load.CombinedOutput(); err != nil {
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
	c.cpu = seconds(load) + after - own
	if err := p.admin(ctx, p.cluster.AdminURL(), "drop database "+p.name+" with (force)"); err != nil {
		return c, err
	}
	now, err := p.seconds()
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

// fresh makes a database with PostGIS and gives its URL.
func (p peer) fresh(ctx context.Context) (string, error) {
	if err := p.admin(ctx, p.cluster.AdminURL(), "create database "+p.name); err != nil {
		return "", err
	}
	config, err := pgx.ParseConfig(p.cluster.AdminURL())
	if err != nil {
		return "", err
	}
	url := fmt.Sprintf("postgresql:///%s?host=%s&user=%s", p.name, config.Host, config.User)
	return url, p.admin(ctx, url, "create extension postgis")
}

func (p peer) admin(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// seconds is the processor time of all backends that have ended: see bench/importing.
func (p peer) seconds() (float64, error) {
	lock, err := os.ReadFile(filepath.Join(p.dir, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	pid, _, _ := strings.Cut(string(lock), "\n")
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const cutime, ticks = 13, 100
	ended := 0
	for _, field := range fields[cutime : cutime+2] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ended += n
	}
	return float64(ended) / ticks, nil
}

// Command basemap measures `cartoquartiers basemap build` against osm2pgsql and
// ST_AsMVT: the same file, the same layers, the tiles of the same addresses, all of
// them compressed, by turns in one run.
//
// It is not a test: it says what it measured and judges nothing. Run it by
// `make bench-basemap`. Start with run; peer.go is the other side.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"cartoquartiers/bench/load"
	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/tiles/pmtiles"
)

type settings struct {
	file   string
	rounds int
	binary string
	lua    string
}

func main() {
	var s settings
	flag.StringVar(&s.file, "file", "../shared/data/osm/liechtenstein-2015-07-27.osm.pbf", "the extract")
	flag.IntVar(&s.rounds, "rounds", 3, "measurements of each side")
	flag.StringVar(&s.binary, "binary", "bin/cartoquartiers", "the program that is measured")
	flag.StringVar(&s.lua, "style", "bench/basemap/layers.lua", "what osm2pgsql extracts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/basemap:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// cost is what one side took: seconds of processor time, its database's too, of the
// clock, and the tiles it made.
type cost struct {
	cpu, database, wall float64
	tiles               int
	bytes               int64
}

func (c cost) line(name string) string {
	return fmt.Sprintf("%-24s %8.1f %12.1f %8.1f %8d %9.2f", name, c.cpu, c.database, c.wall, c.tiles, float64(c.bytes)/1e6)
}

func run(ctx context.Context, s settings, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "bench-basemap-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL runs as somebody else when we are root
		return err
	}
	home := filepath.Join(dir, "postgres")
	cluster, err := embedded.Use(ctx, embedded.Options{Dir: home, Throwaway: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop(context.WithoutCancel(ctx))) }()
	fmt.Fprintf(out, "%-24s %8s %12s %8s %8s %9s\n", "", "CPU s", "database s", "wall s", "tiles", "MB")
	var ours, theirs []cost
	for round := range s.rounds {
		archive := filepath.Join(dir, "map.pmtiles")
		one, err := build(ctx, s, archive)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, one.line("basemap build"))
		addresses, err := addressesOf(archive)
		if err != nil {
			return err
		}
		p := peer{Cluster: load.Cluster{Cluster: cluster, Dir: home}, name: fmt.Sprintf("round_%d", round)}
		other, err := p.measure(ctx, s, addresses)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, other.line("osm2pgsql + ST_AsMVT"))
		ours, theirs = append(ours, one), append(theirs, other)
	}
	cpu := func(c cost) float64 { return c.cpu + c.database }
	wall := func(c cost) float64 { return c.wall }
	fmt.Fprintf(out, "medians: %.1f times less processor time, %.1f times less of the clock\n",
		median(theirs, cpu)/median(ours, cpu), median(theirs, wall)/median(ours, wall))
	return nil
}

func median(all []cost, of func(cost) float64) float64 {
	var column []float64
	for _, one := range all {
		column = append(column, of(one))
	}
	slices.Sort(column)
	return column[len(column)/2]
}

// build runs the program, which reads, cuts, compresses and packs.
func build(ctx context.Context, s settings, archive string) (cost, error) {
	command := exec.CommandContext(ctx, s.binary, "basemap", "build", s.file, "--out", archive, "--json")
	begun := time.Now()
	text, err := command.Output()
	if err != nil {
		return cost{}, fmt.Errorf("basemap build: %w", err)
	}
	var report struct {
		Tiles int   `json:"tiles"`
		Bytes int64 `json:"bytes"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return cost{}, err
	}
	return cost{cpu: seconds(command), wall: time.Since(begun).Seconds(), tiles: report.Tiles, bytes: report.Bytes}, nil
}

// seconds of processor time that a program took.
func seconds(command *exec.Cmd) float64 {
	return (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds()
}

// ownSeconds is the processor time of this process so far.
func ownSeconds() (float64, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, err
	}
	return float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6, nil
}

// address is a tile.
type address struct {
	z    int
	x, y uint32
}

// addressesOf are the tiles of an archive.
func addressesOf(path string) (all []address, err error) {
	archive, err := pmtiles.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	for id := range archive.IDs() {
		z, x, y := pmtiles.XYZ(id)
		all = append(all, address{z, x, y})
	}
	return all, nil
}

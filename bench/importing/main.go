// Command importing measures reading alone (read) and `cartoquartiers import
// osm` (import) against osm2pgsql on one large file, by turns in one run: CPU seconds
// and peak memory.
//
// It is not a test: it says what it measured and judges nothing. The machine's
// noise cancels out in the ratio, so that is the figure to quote. Run it by
// `make bench-import`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"cartoquartiers/bench/load"
	"cartoquartiers/internal/pg/embedded"
)

// settings are the flags.
type settings struct {
	small  string // the extract that is copied
	copies int
	large  string // a file that is large already
	rounds int
	binary string
	lua    string
	full   bool
	read   string
}

func main() {
	var s settings
	flag.StringVar(&s.small, "small", "../shared/data/osm/liechtenstein-2015-07-27.osm.pbf", "extract to make a large file of")
	flag.IntVar(&s.copies, "copies", 110, "how many copies of it")
	flag.StringVar(&s.large, "large", "", "a large file, instead of copies of a small one")
	flag.IntVar(&s.rounds, "rounds", 3, "measurements of each program")
	flag.StringVar(&s.binary, "binary", "bin/cartoquartiers", "the program that is measured")
	flag.StringVar(&s.lua, "style", "bench/importing/points.lua", "what osm2pgsql extracts")
	flag.BoolVar(&s.full, "full", true, "also import, with revisions, history and indexes")
	flag.StringVar(&s.read, "read", "", "only read this file, as the program that is measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	measured := run
	if s.read != "" {
		measured = read
	}
	if err := measured(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called; this is a main
	}
}

// run makes the file and the cluster, measures A B A B, and prints.
func run(ctx context.Context, s settings, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "bench-import-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL runs as somebody else when we are root
		return err
	}
	file := s.large
	if file == "" {
		file = filepath.Join(dir, "large.osm.pbf")
		if err := enlarge(ctx, s.small, s.copies, file); err != nil {
			return err
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "file: %d MB\n", info.Size()/1e6)
	cluster, err := embedded.Use(ctx, embedded.Options{Dir: filepath.Join(dir, "postgres"), Throwaway: true})
	if err != nil {
		return err
	}
	defer stopCluster(ctx, cluster)
	return compare(ctx, s, database{load.Cluster{Cluster: cluster, Dir: filepath.Join(dir, "postgres")}}, file, out)
}

func stopCluster(ctx context.Context, cluster *embedded.Cluster) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := cluster.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// everywhere is one neighbourhood around all that is imported: Europe.
const everywhere = `{"type":"Feature","properties":{"name":"Partout"},"geometry":{"type":"Polygon","coordinates":[[[-30,30],[45,30],[45,72],[-30,72],[-30,30]]]}}`

// compare measures both programs by turns.
func compare(ctx context.Context, s settings, db database, file string, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// Copies of an extract stack the same boundaries on one spot, a hundred deep,
	// which no town has: locating a place in them would be all that is measured.
	around := filepath.Join(filepath.Dir(db.Dir), "around.geojson")
	if err := os.WriteFile(around, []byte(everywhere), 0o600); err != nil {
		return err
	}
	programs := []program{
		{name: "osm2pgsql", path: "osm2pgsql", args: func(url string) []string {
			return []string{"--create", "--output=flex", "--style=" + s.lua, "--number-processes=2", "--database=" + url, file}
		}},
		{name: "read", path: self, args: func(string) []string { return []string{"-read", file} }},
	}
	if s.full {
		programs = append(programs, program{
			name: "import", path: s.binary,
			args: func(url string) []string {
				return []string{"import", "osm", file, "--neighbourhoods=" + around, "--database-url=" + url}
			},
			// A town imports into a map that is there; making its tables is not importing.
			before: func(url string) []string { return []string{"migrate", "--database-url=" + url} },
		})
	}
	results := map[string][]usage{}
	fmt.Fprintf(out, "%-15s %10s %12s %10s %9s\n", "", "CPU s", "database s", "peak MB", "wall s")
	for round := range s.rounds {
		for _, p := range programs {
			used, err := db.measure(ctx, p, fmt.Sprintf("%s_%d", p.name, round))
			if err != nil {
				return err
			}
			results[p.name] = append(results[p.name], used)
			fmt.Fprintln(out, used.line(p.name))
		}
	}
	fmt.Fprintf(out, "medians of %d\n", s.rounds)
	peer := medians(results[programs[0].name])
	for _, p := range programs {
		m := medians(results[p.name])
		fmt.Fprintf(out, "%s   CPU %.2f of osm2pgsql's\n", m.line(p.name), m.cpu/peer.cpu)
	}
	return nil
}

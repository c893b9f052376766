// Command tiles measures vector tiles cut from the snapshot against the same
// tiles made by ST_AsMVT over pgx, behind the same kind of HTTP server, in one
// run. Machines differ and are shared: only the ratios mean something.
//
// It is not a load test of a whole server. Start with main.go for what is
// measured, peer.go for what it is compared with.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/api"
	"cartoquartiers/bench/load"
	"cartoquartiers/bench/synth"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
	"cartoquartiers/tiles"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/tiles:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// options of a run; see the flags.
type options struct {
	sizes   []int
	rounds  int
	seconds float64
	clients int
	data    string
	url     string
}

func (o options) load(encoding string) load.Options {
	return load.Options{Clients: o.clients, Length: time.Duration(o.seconds * float64(time.Second)), Encoding: encoding}
}

func readOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("tiles", flag.ContinueOnError)
	sizes := flags.String("sizes", "200000,1000000", "how many places, by comma")
	flags.IntVar(&o.rounds, "rounds", 3, "medians are of this many rounds, each server in turn")
	flags.Float64Var(&o.seconds, "seconds", 3, "length of one measurement, whole")
	flags.IntVar(&o.clients, "clients", 8, "connections that ask at the same time")
	flags.StringVar(&o.data, "data", filepath.Join(os.TempDir(), "cartoquartiers-bench"), "directory of the private cluster")
	flags.StringVar(&o.url, "database-url", "", "a database to fill instead; what it holds is lost")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		size, err := strconv.Atoi(text)
		if err != nil {
			return o, fmt.Errorf("-sizes: %w", err)
		}
		o.sizes = append(o.sizes, size)
	}
	return o, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := readOptions(args)
	if err != nil {
		return err
	}
	choice := embedded.Choice{URL: o.url, Dir: filepath.Join(o.data, "postgres"), Logger: slog.New(slog.DiscardHandler)}
	if err := os.MkdirAll(o.data, 0o755); err != nil {
		return err
	}
	database, err := embedded.Connect(ctx, choice, pg.MaxConns(8), pg.StatementTimeout(0))
	if err != nil {
		return err
	}
	defer func() { _ = database.Close(ctx) }() // the figures are printed
	results := make(map[int]*result)
	for _, size := range o.sizes {
		fmt.Fprintf(out, "filling with %d places\n", size)
		if results[size], err = measure(ctx, database.Pool, o, size); err != nil {
			return fmt.Errorf("%d places: %w", size, err)
		}
		results[size].print(out, size)
	}
	return compareSizes(out, o.sizes, results)
}

// measure does everything for one size.
func measure(ctx context.Context, pool *pgxpool.Pool, o options, size int) (*result, error) {
	if err := synth.Fill(ctx, pool, size, 1); err != nil {
		return nil, err
	}
	peer, err := newPeer(ctx, pool)
	if err != nil {
		return nil, err
	}
	r := &result{}
	store, err := r.open(ctx, pool, o.rounds)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if err := sameTiles(ctx, store, peer); err != nil {
		return nil, err
	}
	r.equalTiles(store)
	if err := r.race(ctx, pool, store, peer, o); err != nil {
		return nil, err
	}
	return r, r.publishes(ctx, pool, store)
}

// race asks each server in turn, round by round, for the same tiles.
func (r *result) race(ctx context.Context, pool *pgxpool.Pool, store *snapshot.Store, peer http.Handler, o options) error {
	fresh, err := ours(pool, store, tiles.NewSource(store, 0))
	if err != nil {
		return err
	}
	kept, err := ours(pool, store, tiles.NewSource(store, 512<<20))
	if err != nil {
		return err
	}
	servers := []struct {
		name     string
		handler  http.Handler
		encoding string
	}{
		{"ST_AsMVT", peer, "identity"},
		{"uncached", fresh, "identity"},
		{"cached", kept, "gzip"},
	}
	for _, zooms := range allZooms {
		paths := somePaths(store.View(), zooms, 300)
		if err := warm(ctx, kept, paths); err != nil {
			return err
		}
		for range o.rounds {
			for _, server := range servers {
				took, err := load.Run(ctx, pool, server.handler, paths, o.load(server.encoding))
				if err != nil {
					return fmt.Errorf("%s: %w", server.name, err)
				}
				r.add(zooms.name, server.name, took)
			}
		}
	}
	return nil
}

// warm asks for everything once, so that every tile that will be kept is.
func warm(ctx context.Context, handler http.Handler, paths []string) error {
	for _, path := range paths {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
		if recorder.Code != http.StatusOK {
			return fmt.Errorf("%s: status %d", path, recorder.Code)
		}
	}
	return nil
}

// zoomRange is a mix of tiles to ask for.
type zoomRange struct {
	name     string
	low      int
	high     int
	uncached float64 // goals: how many times the peer
	cached   float64
}

var allZooms = []zoomRange{{"z13–16", 13, 16, 25, 100}, {"z8–16", 8, 16, 100, 500}}

func ours(pool *pgxpool.Pool, store *snapshot.Store, source *tiles.Source) (http.Handler, error) {
	return api.New(api.Deps{
		Pool: pool, Snapshot: store, Taxonomy: places.ShippedTaxonomy(), Clock: now,
		Logger: slog.New(slog.DiscardHandler), Version: "bench", Tiles: source,
	})
}

func now() time.Time { return time.Now() }

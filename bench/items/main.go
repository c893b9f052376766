// Command items measures pages of items, the stream of everything and
// suggestions, against what PostGIS feature servers do: ST_AsGeoJSON per row and
// generic marshalling over the same rows, behind the same kind of HTTP server, and
// against COPY of the same text. Machines differ and are shared: only ratios of
// one run mean something.
//
// Start with main.go for what is measured, peer.go for what it is compared with.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/api"
	"cartoquartiers/bench/synth"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/items:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// options of a run; see the flags.
type options struct {
	places  int
	all     int
	rounds  int
	seconds float64
	clients int
	data    string
	url     string
}

func readOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("items", flag.ContinueOnError)
	flags.IntVar(&o.places, "places", 200_000, "how many places, for pages and suggestions")
	flags.IntVar(&o.all, "all", 1_000_000, "how many places, for the stream of everything; 0 leaves it out")
	flags.IntVar(&o.rounds, "rounds", 3, "medians are of this many rounds, each server in turn")
	flags.Float64Var(&o.seconds, "seconds", 3, "length of one measurement")
	flags.IntVar(&o.clients, "clients", 8, "connections that ask at the same time")
	flags.StringVar(&o.data, "data", filepath.Join(os.TempDir(), "cartoquartiers-bench-items"), "directory of the private cluster")
	flags.StringVar(&o.url, "database-url", "", "a database to fill instead; what it holds is lost")
	return o, flags.Parse(args)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := readOptions(args)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.data, 0o755); err != nil {
		return err
	}
	choice := embedded.Choice{URL: o.url, Dir: filepath.Join(o.data, "postgres"), Logger: slog.New(slog.DiscardHandler)}
	database, err := embedded.Connect(ctx, choice, pg.MaxConns(8), pg.StatementTimeout(0))
	if err != nil {
		return err
	}
	defer func() { _ = database.Close(ctx) }() // what it says is in the log of PostgreSQL
	if o.places > 0 {
		if err := at(ctx, database.Pool, o, o.places, out, measurePages); err != nil {
			return err
		}
	}
	if o.all == 0 {
		return nil
	}
	return at(ctx, database.Pool, o, o.all, out, measureStream)
}

// bench is a filled database with our server over it.
type bench struct {
	options
	pool  *pgxpool.Pool
	store *snapshot.Store
	ours  http.Handler // as the program is
	anew  http.Handler // keeps no answers
	out   io.Writer
}

// at runs a measurement with this many places.
func at(ctx context.Context, pool *pgxpool.Pool, o options, count int, out io.Writer, measure func(context.Context, *bench) error) error {
	fmt.Fprintf(out, "filling with %d places\n", count)
	if err := synth.Fill(ctx, pool, count, 1); err != nil {
		return err
	}
	store, err := snapshot.Open(ctx, pool, snapshot.Options{Clock: now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer store.Close()
	b := &bench{options: o, pool: pool, store: store, out: out}
	if b.ours, err = b.server(api.NewAnswers(api.AnswerMemory)); err != nil {
		return err
	}
	if b.anew, err = b.server(api.NewAnswers(0)); err != nil {
		return err
	}
	return measure(ctx, b)
}

// server is ours, which keeps answers there.
func (b *bench) server(answers *api.Answers) (http.Handler, error) {
	return api.New(api.Deps{
		Pool: b.pool, Snapshot: b.store, Taxonomy: places.ShippedTaxonomy(), Clock: now,
		Logger: slog.New(slog.DiscardHandler), Version: "bench", Answers: answers,
	})
}

func now() time.Time { return time.Now() }

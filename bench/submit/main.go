// Command submit measures the road of a change: durable submissions against
// pgbench with a transaction of as many inserted rows on the same cluster, how
// soon an accepted edit is in a tile, and the queue with many pending.
//
// It is not a test: it says what it measured and judges nothing. Start with
// main.go for what is measured, peer.go for what it is compared with.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"cartoquartiers/api"
	"cartoquartiers/importers"
	"cartoquartiers/importers/demo"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/submit:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// options of a run; see the flags.
type options struct {
	rounds  int
	seconds float64
	edits   int
	pending int
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	var o options
	flags := flag.NewFlagSet("submit", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 3, "medians are of this many rounds, each side in turn")
	flags.Float64Var(&o.seconds, "seconds", 4, "length of one measurement, whole")
	flags.IntVar(&o.edits, "edits", 500, "edits to look for in tiles; 0 leaves it out")
	flags.IntVar(&o.pending, "pending", 100_000, "contributions in the queue; 0 leaves it out")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench-submit-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL runs as somebody else when we are root
		return err
	}
	b, err := open(ctx, o, dir, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close(context.WithoutCancel(ctx))) }()
	for _, measure := range []func(context.Context) error{b.submissions, b.visible, b.queue} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

// bench is the demonstration town behind the API, as serve runs it: fsync on,
// receipts signed, and the sequencer at work.
type bench struct {
	options
	database *embedded.Database
	store    *snapshot.Store
	intake   *moderation.Intake
	handler  http.Handler
	places   []place
	out      io.Writer
	stopLog  func()
}

// place is what a contribution needs to know of one.
type place struct {
	ID       places.ID
	Revision int
	Lon, Lat float64
}

func open(ctx context.Context, o options, dir string, out io.Writer) (*bench, error) {
	b := &bench{options: o, out: out}
	silent := slog.New(slog.DiscardHandler)
	var err error
	b.database, err = embedded.Connect(ctx, embedded.Choice{Dir: filepath.Join(dir, "postgres"), Logger: silent}, pg.StatementTimeout(0))
	if err != nil {
		return nil, err
	}
	taxonomy, pool := places.ShippedTaxonomy(), b.database.Pool
	if _, err := importers.Run(ctx, pool, demo.New(taxonomy, now()), importers.Options{Taxonomy: taxonomy, Now: now()}); err != nil {
		return nil, err
	}
	if b.store, err = snapshot.Open(ctx, pool, snapshot.Options{Clock: now, Logger: silent}); err != nil {
		return nil, err
	}
	road := moderation.DefaultRoad(taxonomy)
	if road.Signer, err = publiclog.OpenSigner(ctx, pool, dir, "bench.example/log"); err != nil {
		return nil, err
	}
	b.sequence(ctx, publiclog.NewSequencer(pool, road.Signer, dir))
	door, err := accounts.NewDoor(accounts.DoorOptions{DB: pool, Clock: now, BehindProxy: true})
	if err != nil {
		return nil, err
	}
	if b.intake, err = moderation.NewIntake(pool); err != nil {
		return nil, err
	}
	b.handler, err = api.New(api.Deps{
		Pool: pool, Intake: b.intake, Snapshot: b.store, Taxonomy: taxonomy, Road: road, Clock: now, Logger: silent, Version: "bench", Door: door,
	})
	if err != nil {
		return nil, err
	}
	return b, b.readPlaces(ctx)
}

func now() time.Time { return time.Now() }

// sequence integrates leaves beside everything else, as a server does.
func (b *bench) sequence(ctx context.Context, sequencer *publiclog.Sequencer) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(publiclog.Pace)
		defer ticker.Stop()
		sequencer.Run(ctx, ticker.C, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	})
	b.stopLog = func() { cancel(); running.Wait() }
}

func (b *bench) readPlaces(ctx context.Context) error {
	rows, err := b.database.Query(ctx, `
		select id, revision, st_x(point), st_y(point)
		from published_places
		where state = 'open'
		order by id`)
	if err != nil {
		return err
	}
	var p place
	for rows.Next() {
		if err := rows.Scan(&p.ID, &p.Revision, &p.Lon, &p.Lat); err != nil {
			return err
		}
		b.places = append(b.places, p)
	}
	return rows.Err()
}

func (b *bench) close(ctx context.Context) error {
	b.stopLog()
	b.store.Close()
	b.intake.Close()
	return b.database.Close(ctx)
}

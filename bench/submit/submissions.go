package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"cartoquartiers/bench/load"
)

//go:embed submit.lua
var submitScript string

// rows is how many a submission inserts: the contribution, its leaf, and the
// leaf's place in line.
const rows = 3

// submissions measures contributions of visitors over HTTP, receipt included,
// and pgbench, by turns.
func (b *bench) submissions(ctx context.Context) error {
	peer, err := newPeer(ctx, b.database)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(b.out, 2, 8, 2, ' ', 0)
	defer func() { _ = table.Flush() }() // a terminal
	fmt.Fprintf(table, "clients\tpgbench, %d rows/s\tedits/s\tof pgbench\tp99\tCPU each\tcreations/s\tof pgbench\tp99\tCPU each\tgoal\n", rows)
	for _, clients := range []int{1, 8, 32} {
		var theirs []float64
		ours := map[string][]load.Sample{}
		for range b.rounds {
			rate, err := peer.run(ctx, clients, b.seconds)
			if err != nil {
				return err
			}
			theirs = append(theirs, rate)
			for _, kind := range []string{"edit", "create"} {
				sample, err := b.submit(ctx, kind, clients)
				if err != nil {
					return fmt.Errorf("%s, %d clients: %w", kind, clients, err)
				}
				ours[kind] = append(ours[kind], sample)
			}
		}
		rate, edit, create := load.Median(theirs), load.Medians(ours["edit"]), load.Medians(ours["create"])
		fmt.Fprintf(table, "%d\t%.0f\t%.0f\t%.2f\t%v\t%v\t%.0f\t%.2f\t%v\t%v\t≥ 0.4\n", clients, rate,
			edit.PerSecond, edit.PerSecond/rate, edit.P99, edit.Work, create.PerSecond, create.PerSecond/rate, create.P99, create.Work)
	}
	return nil
}

func (b *bench) submit(ctx context.Context, kind string, clients int) (load.Sample, error) {
	address, stop, err := load.Serve(ctx, b.handler)
	if err != nil {
		return load.Sample{}, err
	}
	defer stop()
	lines := []string{kind}
	for _, p := range b.places {
		lines = append(lines, fmt.Sprintf("%d %d %.7f %.7f", p.ID, p.Revision, p.Lon, p.Lat))
	}
	backends, err := load.Backends(ctx, b.database.Pool)
	if err != nil {
		return load.Sample{}, err
	}
	before := load.Working(backends)
	said, err := load.Asking{Address: address, Script: submitScript, Lines: lines, Clients: clients}.
		For(ctx, time.Duration(b.seconds*float64(time.Second)))
	if err != nil || said.Requests == 0 {
		return load.Sample{}, errors.Join(err, fmt.Errorf("%.0f answers", said.Requests))
	}
	if backends, err = load.Backends(ctx, b.database.Pool); err != nil { // some have come meanwhile
		return load.Sample{}, err
	}
	work := (load.Working(backends) - before) / time.Duration(said.Requests)
	return load.Sample{PerSecond: said.PerSecond(), P99: said.P99(), Work: work}, nil
}

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/bench/load"
	"cartoquartiers/bench/synth"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
	"cartoquartiers/tiles"
)

// result is what was measured at one size.
type result struct {
	samples       map[string][]load.Sample // by zooms and server
	loads         []time.Duration
	loadWork      []time.Duration
	columns       float64 // bytes a place without its texts
	heap          float64 // bytes a place on the heap, without features
	publish       []time.Duration
	perEqualTile  time.Duration
	equalFeatures int
}

func (r *result) add(zooms, server string, s load.Sample) {
	if r.samples == nil {
		r.samples = make(map[string][]load.Sample)
	}
	r.samples[zooms+server] = append(r.samples[zooms+server], s)
}

func (r *result) median(zooms, server string) load.Sample {
	return load.Medians(r.samples[zooms+server])
}

// open opens the snapshot some times and keeps the last.
func (r *result) open(ctx context.Context, pool *pgxpool.Pool, times int) (store *snapshot.Store, err error) {
	backends, err := load.Backends(ctx, pool)
	if err != nil {
		return nil, err
	}
	for range times {
		if store != nil {
			store.Close()
		}
		before := heap()
		begun, worked := now(), load.Working(backends)
		store, err = snapshot.Open(ctx, pool, snapshot.Options{Clock: now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return nil, err
		}
		r.loads = append(r.loads, now().Sub(begun))
		r.loadWork = append(r.loadWork, load.Working(backends)-worked)
		count := float64(store.View().Len())
		columns, features := store.View().Bytes()
		r.columns = float64(columns) / count
		r.heap = (float64(heap()) - float64(before) - float64(features)) / count
	}
	return store, nil
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// equalTiles measures tiles that hold about 500 places, whatever their zoom.
func (r *result) equalTiles(store *snapshot.Store) {
	const low, high = 400, 600
	view, source := store.View(), tiles.NewSource(store, 0)
	var chosen []tiles.Address
	for _, point := range somePoints(view, 2000, rand.New(rand.NewPCG(5, 6))) {
		for z := tiles.PlacesFrom; z <= tiles.MaxZoom && len(chosen) < 100; z++ {
			a := tileOf(z, point)
			found, _ := features(source.Encode(view, a, places.Filter{}))
			if len(found) >= low && len(found) <= high {
				chosen, r.equalFeatures = append(chosen, a), r.equalFeatures+len(found)
			}
			if len(found) < low {
				break
			}
		}
	}
	times := make([]time.Duration, 0, 20)
	for range cap(times) {
		begun := load.Working(nil) // CPU: one thread of a machine that others use too
		for _, a := range chosen {
			source.Encode(view, a, places.Filter{})
		}
		times = append(times, (load.Working(nil)-begun)/time.Duration(max(len(chosen), 1)))
	}
	r.perEqualTile = load.Median(times)
	r.equalFeatures /= max(len(chosen), 1)
}

// publishes measures how long after a commit this node shows the change, with
// as many recent changes as there may be before they are folded in.
func (r *result) publishes(ctx context.Context, pool *pgxpool.Pool, store *snapshot.Store) error {
	const changes = 1500
	for i := range changes {
		seq, err := synth.Touch(ctx, pool, places.ID(1+i*100), fmt.Sprintf("Changed %d", i))
		if err != nil {
			return err
		}
		begun := now()
		if err := store.WaitFor(ctx, seq); err != nil {
			return err
		}
		r.publish = append(r.publish, now().Sub(begun))
	}
	return nil
}

func (r *result) print(out io.Writer, size int) {
	table := tabwriter.NewWriter(out, 2, 8, 2, ' ', 0)
	defer func() { _ = table.Flush() }() // a closed terminal
	fmt.Fprintf(table, "\n%d places\ttiles/s\ttimes ST_AsMVT\tgoal\tp99\tof its p99\tgoal\tCPU each\tof its CPU\n", size)
	for _, zooms := range allZooms {
		peer := r.median(zooms.name, "ST_AsMVT")
		fmt.Fprintf(table, "%s ST_AsMVT\t%.0f\t\t\t%v\t\t\t%v\n", zooms.name, peer.PerSecond, short(peer.P99), short(peer.Work))
		r.printServer(table, zooms.name, "uncached", peer, zooms.uncached)
		r.printServer(table, zooms.name, "cached", peer, zooms.cached)
	}
	fmt.Fprintf(table, "load\t%v\t(CPU %v)\t≤ 6 s at 1,000,000\n", load.Median(r.loads).Round(time.Millisecond), load.Median(r.loadWork).Round(time.Millisecond))
	fmt.Fprintf(table, "memory a place, without texts\t%.0f bytes (heap with names %.0f)\t\t\t≤ 150\n", r.columns, r.heap)
	fmt.Fprintf(table, "shown after a commit\t%v\tp99 %v\t\t≤ 1 ms at 1,000,000\n", load.Median(r.publish).Round(time.Microsecond),
		r.publish[len(r.publish)*99/100].Round(time.Microsecond))
	fmt.Fprintf(table, "tile of %d places\t%v\n", r.equalFeatures, r.perEqualTile.Round(time.Microsecond))
}

func (r *result) printServer(out io.Writer, zooms, name string, peer load.Sample, goal float64) {
	s := r.median(zooms, name)
	fmt.Fprintf(out, "%s %s\t%.0f\t%.0f ×\t≥ %.0f ×\t%v\t1/%.0f\t≤ 1/10\t%v\t1/%.0f\n", zooms, name, s.PerSecond,
		s.PerSecond/peer.PerSecond, goal, short(s.P99), float64(peer.P99)/float64(s.P99), short(s.Work), float64(peer.Work)/float64(s.Work))
}

func short(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

// compareSizes says what the largest size costs against the smallest, a place.
func compareSizes(out io.Writer, sizes []int, results map[int]*result) error {
	small, large := results[slices.Min(sizes)], results[slices.Max(sizes)]
	if small == large || small.equalFeatures == 0 {
		return nil
	}
	each := func(r *result) float64 { return float64(r.perEqualTile) / float64(r.equalFeatures) }
	_, err := fmt.Fprintf(out, "\ntiles that hold the same, at %d against %d places: %.2f × (goal ≤ 1.5 ×)\n",
		slices.Max(sizes), slices.Min(sizes), each(large)/each(small))
	return err
}

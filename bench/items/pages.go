package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"cartoquartiers/bench/load"
	"cartoquartiers/geo"
	"cartoquartiers/places"
)

// pageSize is a limit, with the goal: how many times the peer.
type pageSize struct {
	limit int
	goal  float64
}

var pageSizes = []pageSize{{100, 15}, {1_000, 40}, {10_000, 40}}

// measurePages asks each server in turn for the same boxes, each of which holds
// at least a page.
func measurePages(ctx context.Context, b *bench) error {
	peer, err := newPeer(ctx, b.pool)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(b.out, 2, 8, 2, ' ', 0)
	defer func() { _ = table.Flush() }() // a terminal
	fmt.Fprintf(table, "\n%d places\tpages/s\ttimes\tgoal\tp99\tof its p99\tgoal\tCPU each\tof its CPU\n", b.places)
	for _, size := range pageSizes {
		paths := b.boxes(size.limit, 200)
		if err := sameCount(ctx, b.ours, peer, paths[0]); err != nil {
			return err
		}
		samples, err := b.race(ctx, paths, peer, b.ours, kept(ctx, b.ours, paths))
		if err != nil {
			return err
		}
		theirs, ours, bare := samples[0], samples[1], samples[2]
		fmt.Fprintf(table, "limit %d, ST_AsGeoJSON\t%.0f\t\t\t%v\t\t\t%v\n", size.limit, theirs.PerSecond, short(theirs.P99), short(theirs.Work))
		fmt.Fprintf(table, "limit %d, ours\t%.0f\t%.0f ×\t≥ %.0f ×\t%v\t1/%.0f\t≤ 1/10\t%v\t1/%.0f\n", size.limit, ours.PerSecond,
			ours.PerSecond/theirs.PerSecond, size.goal, short(ours.P99), float64(theirs.P99)/float64(ours.P99),
			short(ours.Work), float64(theirs.Work)/float64(ours.Work))
		fmt.Fprintf(table, "limit %d, our answers kept\t%.0f\t%.0f ×\t\t%v\t1/%.0f\t\t%v\t1/%.0f\n", size.limit, bare.PerSecond,
			bare.PerSecond/theirs.PerSecond, short(bare.P99), float64(theirs.P99)/float64(bare.P99),
			short(bare.Work), float64(theirs.Work)/float64(bare.Work))
	}
	return b.measureSearch(ctx, table)
}

// race gives the medians of each, asked by turns.
func (b *bench) race(ctx context.Context, paths []string, handlers ...http.Handler) ([]load.Sample, error) {
	o := load.Options{Clients: b.clients, Length: time.Duration(b.seconds * float64(time.Second)), Encoding: "identity"}
	samples := make([][]load.Sample, len(handlers))
	for range b.rounds {
		for i, handler := range handlers {
			sample, err := load.Run(ctx, b.pool, handler, paths, o)
			if err != nil {
				return nil, err
			}
			samples[i] = append(samples[i], sample)
		}
	}
	medians := make([]load.Sample, len(samples))
	for i, all := range samples {
		medians[i] = load.Medians(all)
	}
	return medians, nil
}

// keptAnswers is how many answers kept gives in turn: more than caches of the processor hold.
const keptAnswers = 20

// kept gives some answers of a handler again without any work: what the connection,
// this language's HTTP and the asking leave of the machine, so the most that a server
// can reach here.
func kept(ctx context.Context, handler http.Handler, paths []string) http.Handler {
	answers := make([][]byte, min(keptAnswers, len(paths)))
	for i := range answers {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, paths[i], nil))
		answers[i] = recorder.Body.Bytes()
	}
	var asked atomic.Uint64
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		body := answers[asked.Add(1)%uint64(len(answers))]
		w.Header().Set("Content-Type", "application/geo+json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // the client left
	})
}

func short(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

// boxes are addresses of pages around places drawn at random, as wide as it
// takes to hold a page.
func (b *bench) boxes(limit, count int) []string {
	random := rand.New(rand.NewPCG(7, 7))
	view := b.store.View()
	rows, _, _ := view.Page(places.Filter{}, zeroCursor, view.Len())
	paths := make([]string, count)
	for i := range paths {
		centre := rows[random.IntN(len(rows))].Point()
		for half := 0.005; ; half *= 1.5 {
			box := geo.BBox{West: centre[0] - half, South: centre[1] - half, East: centre[0] + half, North: centre[1] + half}
			if view.Count(places.Filter{BBox: &box}) >= limit {
				paths[i] = fmt.Sprintf("/ogc/collections/places/items?limit=%d&bbox=%s", limit, box)
				break
			}
		}
	}
	return paths
}

// sameCount makes sure that both servers answer the question.
func sameCount(ctx context.Context, ours, peer http.Handler, path string) error {
	var counts [2]int
	for i, handler := range []http.Handler{ours, peer} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
		var answer struct{ Features []json.RawMessage }
		if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		counts[i] = len(answer.Features)
	}
	if counts[0] != counts[1] || counts[0] == 0 {
		return fmt.Errorf("%s: we give %d features, the peer %d", path, counts[0], counts[1])
	}
	return nil
}

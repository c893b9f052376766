package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"cartoquartiers/api"
	"cartoquartiers/bench/load"
	"cartoquartiers/geo"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/places"
)

// pageSize is a limit, with the goal: how many times the peer.
type pageSize struct {
	limit int
	goal  float64
}

var pageSizes = []pageSize{{100, 15}, {1_000, 40}, {10_000, 40}}

// codings that are asked for. Browsers, QGIS and GDAL ask for gzip at least.
var codings = []string{"identity", "gzip"}

// measurePages asks each server in turn for the same boxes, each of which holds
// at least a page; in gzip the peer stands behind the compressor that is ours.
func measurePages(ctx context.Context, b *bench) error {
	peer, err := newPeer(ctx, b.pool)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(b.out, 2, 8, 2, ' ', 0)
	defer func() { _ = table.Flush() }() // a terminal
	fmt.Fprintf(table, "\n%d places\tpages/s\ttimes\tgoal\tp99\tof its p99\tgoal\tCPU each\tof its CPU\n", b.places)
	for _, size := range pageSizes {
		paths := b.boxes(size.limit, boxCount)
		if err := sameCount(ctx, b.ours, peer, paths[0]); err != nil {
			return err
		}
		for _, coding := range codings {
			if err := b.measureSize(ctx, table, size, coding, paths, httpkit.Compress(peer)); err != nil {
				return err
			}
		}
	}
	return b.measureSearch(ctx, table)
}

// boxCount is how many boxes are asked for, in turn. Compressed pages of 10,000
// would fill the memory of the program twice, and in turn each is pushed out before
// it comes again: the row says how many were kept.
const boxCount = 200

// measureSize is one page size in one coding: the peer, and of ours what is made
// anew, what is kept, and what a server could reach that does nothing.
func (b *bench) measureSize(ctx context.Context, out io.Writer, size pageSize, coding string, paths []string, peer http.Handler) error {
	answers := api.NewAnswers(api.AnswerMemory)
	ours, err := b.server(answers)
	if err != nil {
		return err
	}
	warm(ctx, ours, paths, coding)
	before := answers.Stats()
	samples, err := b.race(ctx, coding, paths, peer, b.anew, ours, again(ctx, b.anew, paths, coding))
	if err != nil {
		return err
	}
	after := answers.Stats()
	hits, misses := after.Hits-before.Hits, after.Misses-before.Misses
	theirs := samples[0]
	fmt.Fprintf(out, "limit %d, %s, ST_AsGeoJSON\t%.0f\t\t\t%v\t\t\t%v\n", size.limit, coding, theirs.PerSecond, short(theirs.P99), short(theirs.Work))
	for i, name := range []string{"ours, made anew", fmt.Sprintf("ours, %d %% kept", 100*hits/max(1, hits+misses)), "without any work"} {
		ours := samples[i+1]
		goals := [2]string{fmt.Sprintf("≥ %.0f ×", size.goal), "≤ 1/10"}
		if i == 2 {
			goals = [2]string{}
		}
		fmt.Fprintf(out, "limit %d, %s, %s\t%.0f\t%.0f ×\t%s\t%v\t1/%.0f\t%s\t%v\t1/%.0f\n", size.limit, coding, name, ours.PerSecond,
			ours.PerSecond/theirs.PerSecond, goals[0], short(ours.P99), float64(theirs.P99)/float64(ours.P99), goals[1],
			short(ours.Work), float64(theirs.Work)/float64(ours.Work))
	}
	return nil
}

// warm asks for everything twice: what is asked for again is kept.
func warm(ctx context.Context, handler http.Handler, paths []string, coding string) {
	for range 2 {
		for _, path := range paths {
			handler.ServeHTTP(&discarding{header: make(http.Header)}, asking(ctx, path, coding))
		}
	}
}

func asking(ctx context.Context, path, coding string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", coding)
	return r
}

// discarding is a ResponseWriter that counts.
type discarding struct {
	header http.Header
	sent   int
}

func (d *discarding) Header() http.Header { return d.header }
func (d *discarding) WriteHeader(int)     {}
func (d *discarding) Write(p []byte) (int, error) {
	d.sent += len(p)
	return len(p), nil
}

// race gives the medians of each, asked by turns.
func (b *bench) race(ctx context.Context, coding string, paths []string, handlers ...http.Handler) ([]load.Sample, error) {
	o := load.Options{Clients: b.clients, Length: time.Duration(b.seconds * float64(time.Second)), Encoding: coding}
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

// fewAnswers is how many answers again gives in turn: more than caches of the processor hold.
const fewAnswers = 20

// again gives some answers of a handler again without any work: what the connection,
// this language's HTTP and the asking leave of the machine, so the most that a server
// can reach here.
func again(ctx context.Context, handler http.Handler, paths []string, coding string) http.Handler {
	answers := make([]*httptest.ResponseRecorder, min(fewAnswers, len(paths)))
	for i := range answers {
		answers[i] = httptest.NewRecorder()
		handler.ServeHTTP(answers[i], asking(ctx, paths[i], coding))
	}
	var asked atomic.Uint64
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer := answers[asked.Add(1)%uint64(len(answers))]
		maps.Copy(w.Header(), answer.Header())
		w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
		_, _ = w.Write(answer.Body.Bytes()) // the client left
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

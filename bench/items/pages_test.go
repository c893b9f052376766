package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"cartoquartiers/api"
	"cartoquartiers/bench/synth"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places/snapshot"
)

// BenchmarkPages is what a page costs in the handler alone, without connection or
// asking, in each coding, made anew each time and kept. The bytes are those that
// would be sent.
func BenchmarkPages(b *testing.B) {
	pool := pgtest.New(b, pg.StatementTimeout(0))
	if err := synth.Fill(b.Context(), pool, 200_000, 1); err != nil {
		b.Fatal(err)
	}
	store, err := snapshot.Open(b.Context(), pool, snapshot.Options{Clock: now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	world := &bench{store: store, pool: pool}
	anew, err := world.server(api.NewAnswers(0))
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range pageSizes {
		paths := world.boxes(size.limit, 50)
		for _, coding := range []string{"identity", "gzip", "zstd"} {
			b.Run(fmt.Sprintf("limit=%d/%s/anew", size.limit, coding), func(b *testing.B) { askInTurn(b, anew, paths, coding) })
			kept, err := world.server(api.NewAnswers(api.AnswerMemory))
			if err != nil {
				b.Fatal(err)
			}
			warm(b.Context(), kept, paths, coding)
			b.Run(fmt.Sprintf("limit=%d/%s/kept", size.limit, coding), func(b *testing.B) { askInTurn(b, kept, paths, coding) })
		}
	}
}

// askInTurn is one answer an operation.
func askInTurn(b *testing.B, handler http.Handler, paths []string, coding string) {
	b.ReportAllocs()
	sent := 0
	for i := 0; b.Loop(); i++ {
		w := &discarding{header: make(http.Header)}
		handler.ServeHTTP(w, asking(b.Context(), paths[i%len(paths)], coding))
		sent += w.sent
	}
	b.ReportMetric(float64(sent)/float64(b.N), "B/answer")
}

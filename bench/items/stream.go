package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"cartoquartiers/bench/load"
)

// measureStream reads the whole collection over HTTP, and the same text by COPY.
func measureStream(ctx context.Context, b *bench) error {
	address, stop, err := load.Serve(ctx, b.ours)
	if err != nil {
		return err
	}
	defer stop()
	var streams, copies []time.Duration
	var streamed, copied, grown int64
	for range b.rounds {
		took, bytes, err := b.copyText(ctx)
		if err != nil {
			return err
		}
		copies, copied = append(copies, took), bytes
		watch := watchHeap()
		took, bytes, err = readAll(ctx, "http://"+address+"/ogc/collections/places/items?f=geojsonl&state=open,closed,closed_temporarily")
		grown = max(grown, watch())
		if err != nil {
			return err
		}
		streams, streamed = append(streams, took), bytes
	}
	ours, theirs := load.Median(streams), load.Median(copies)
	fmt.Fprintf(b.out, "\n%d places, all of them\nCOPY %v for %d MB\nf=geojsonl %v for %d MB: %.1f × as fast (goal ≥ 3 ×); the heap grew by %d kB meanwhile\n",
		b.store.View().Len(), theirs.Round(time.Millisecond), copied>>20, ours.Round(time.Millisecond), streamed>>20, float64(theirs)/float64(ours), grown>>10)
	return nil
}

func (b *bench) copyText(ctx context.Context) (time.Duration, int64, error) {
	conn, err := b.pool.Acquire(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Release()
	counter := &counting{}
	begun := now()
	_, err = conn.Conn().PgConn().CopyTo(ctx, counter, `copy (select feature from published_places) to stdout`)
	return now().Sub(begun), counter.bytes, err
}

type counting struct{ bytes int64 }

func (c *counting) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

func readAll(ctx context.Context, address string) (time.Duration, int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, 0, err
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, ReadBufferSize: 256 << 10}}
	defer client.CloseIdleConnections()
	begun := now()
	response, err := client.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = response.Body.Close() }()
	counter := &counting{}
	_, err = io.CopyBuffer(counter, response.Body, make([]byte, 256<<10))
	return now().Sub(begun), counter.bytes, err
}

// watchHeap looks at the heap every 5 ms until the returned function is called,
// which gives by how many bytes it grew at most.
func watchHeap() (grown func() int64) {
	runtime.GC()
	start := heapBytes()
	var most atomic.Int64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				most.Store(max(most.Load(), heapBytes()-start))
			}
		}
	}()
	return func() int64 {
		close(done)
		<-ended
		return most.Load()
	}
}

func heapBytes() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapInuse)
}

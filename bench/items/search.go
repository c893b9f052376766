package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"time"

	"cartoquartiers/bench/load"
	"cartoquartiers/places/snapshot"
)

var zeroCursor snapshot.Cursor

// typedTexts are what people type on the way to a name, with typos, and what finds nothing.
var typedTexts = []string{
	"j", "ja", "jar", "jardin", "jardin de l", "e", "ec", "école", "ecole zola", "ecoel", "maison des", "maisn", "talensac", "talensca",
	"mediatheque", "mediatehque", "bibliotek", "ressourcerie", "resourcerie bouffay", "point 17", "xyzzy", "zola 1999", "le cafe", "atelier",
}

// measureSearch asks for suggestions one after the other, near the centre of town.
func (b *bench) measureSearch(ctx context.Context, out io.Writer) error {
	backends, err := load.Backends(ctx, b.pool)
	if err != nil {
		return err
	}
	before := load.Working(backends)
	var times []time.Duration
	slowest, slowestText := time.Duration(0), ""
	for range b.rounds * 5 {
		for _, typed := range typedTexts {
			path := "/api/v1/search?near=-1.55,47.22&q=" + url.QueryEscape(typed)
			recorder := httptest.NewRecorder()
			begun := now()
			b.ours.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
			took := now().Sub(begun)
			if recorder.Code != http.StatusOK {
				return fmt.Errorf("%s: %d %s", path, recorder.Code, recorder.Body)
			}
			if times = append(times, took); took > slowest {
				slowest, slowestText = took, typed
			}
		}
	}
	work := (load.Working(backends) - before) / time.Duration(len(times))
	slices.Sort(times)
	fmt.Fprintf(out, "suggestions\tCPU each %v\tmedian %v\tp99 %v\tslowest %v (%s)\tgoal ≤ 20 ms\n", short(work), short(times[len(times)/2]), short(times[len(times)*99/100]), short(slowest), slowestText)
	return nil
}

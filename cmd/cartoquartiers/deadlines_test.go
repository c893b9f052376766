package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func TestDeadlinesAreKeptAtEachTickUntilTheEnd(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	pool := pgtest.New(t)
	if err := places.StoreTaxonomy(t.Context(), pool, places.ShippedTaxonomy()); err != nil {
		t.Fatal(err)
	}
	s := &server{
		database: &embedded.Database{Pool: pool}, road: moderation.DefaultRoad(places.ShippedTaxonomy()),
		clock: func() time.Time { return noon.AddDate(0, 0, 8) }, logger: slog.New(slog.DiscardHandler),
	}
	const text = `{"action":"create","place":{"name":"Repair café","category":"repair","position":[-1.5,47.3]}}`
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	visitor := accounts.Actor{Role: accounts.Visitor, Grants: accounts.GrantsOf(accounts.Visitor)}
	received, err := s.road.Submit(t.Context(), pool, visitor, submission, moderation.Envelope{Body: []byte(text), Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() { s.keepDeadlines(ctx, ticks); close(ended) }()
	ticks <- noon
	ticks <- noon // is taken once the first is done
	stop()
	<-ended
	var state moderation.State
	if err := pool.QueryRow(t.Context(), `select state from contributions where id = $1`, received.ID).Scan(&state); err != nil || state != moderation.Escalated {
		t.Errorf("a day late it is %s, %v", state, err)
	}
}

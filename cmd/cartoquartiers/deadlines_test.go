package main

import (
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

// jobsDone asks the database, which takes its time.
func (s *server) jobsDone(t *testing.T) (done int) {
	t.Helper()
	err := s.database.QueryRow(t.Context(), `select count(*), pg_sleep(0.05)::text from river_job where state = 'completed'`).Scan(&done, new(string))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestDeadlinesAreKeptByTheClockOfTheServer(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	pool := pgtest.New(t)
	if err := places.StoreTaxonomy(t.Context(), pool, places.ShippedTaxonomy()); err != nil {
		t.Fatal(err)
	}
	s := &server{
		command: &serveCommand{Community: true}, database: &embedded.Database{Pool: pool},
		clock: func() time.Time { return noon.AddDate(0, 0, 8) }, logger: slog.New(slog.DiscardHandler),
	}
	const text = `{"action":"create","place":{"name":"Repair café","category":"repair","position":[-1.5,47.3]}}`
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	visitor := accounts.Actor{Role: accounts.Visitor, Grants: accounts.GrantsOf(accounts.Visitor)}
	received, err := moderation.DefaultRoad(places.ShippedTaxonomy()).Submit(t.Context(), pool, visitor, submission, moderation.Envelope{Body: []byte(text), Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	s.policy = moderation.DefaultPolicy
	s.policy.Community.Quorum = 5
	if err := s.startRoad(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.stopDue()
	if s.road.Community == nil || s.road.Community.Quorum != 5 {
		t.Errorf("votes settle by %+v, not by the town's policy", s.road.Community)
	}
	for late := time.Now().Add(time.Minute); s.jobsDone(t) < len(s.chores()); {
		if time.Now().After(late) {
			t.Fatal("the chores are not done")
		}
	}
	var state moderation.State
	if err := pool.QueryRow(t.Context(), `select state from contributions where id = $1`, received.ID).Scan(&state); err != nil || state != moderation.Escalated {
		t.Errorf("a day late it is %s, %v", state, err)
	}
}

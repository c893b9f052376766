package moderation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// town is a database with a few people in it.
type town struct {
	*pgxpool.Pool
	visitor, resident, agent, moderator, colleague accounts.Actor
}

func newTown(t testing.TB) town {
	t.Helper()
	db := pgtest.New(t)
	if err := places.StoreTaxonomy(t.Context(), db, taxonomy); err != nil {
		t.Fatal(err)
	}
	person := func(name string, role accounts.Role, grants ...string) accounts.Actor {
		actor := accounts.Actor{Role: role, Grants: append(grants, "read", "contribute")}
		err := db.QueryRow(t.Context(), `insert into users (name, role, created_at) values ($1, $2, $3) returning id`, name, role, noon).Scan(&actor.User)
		if err != nil {
			t.Fatal(err)
		}
		return actor
	}
	return town{
		Pool:      db,
		visitor:   accounts.Actor{Role: accounts.Visitor, Grants: []string{"read", "contribute"}, PrefixHash: []byte("somewhere")},
		resident:  person("Rosa", accounts.Resident),
		agent:     person("Ahmed", accounts.Agent),
		moderator: person("Maud", accounts.Moderator, "moderate"),
		colleague: person("Colin", accounts.Moderator, "moderate"),
	}
}

func submission(t testing.TB, text string) moderation.Submission {
	t.Helper()
	s, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w town) submit(t testing.TB, actor accounts.Actor, text string) (moderation.Received, error) {
	t.Helper()
	return road.Submit(t.Context(), w, actor, submission(t, text), moderation.Envelope{Body: []byte(text), Now: noon})
}

func (w town) mustSubmit(t testing.TB, actor accounts.Actor, text string) moderation.Received {
	t.Helper()
	received, err := w.submit(t, actor, text)
	if err != nil {
		t.Fatal(err)
	}
	return received
}

func (w town) decide(t testing.TB, actor accounts.Actor, r moderation.Received, v moderation.Verdict) (moderation.Decision, error) {
	t.Helper()
	v.ID, v.Version = r.ID, r.Version
	return road.Decide(t.Context(), w, actor, v, noon.Add(time.Hour))
}

func (w town) live(t testing.TB, id places.ID) places.Live {
	t.Helper()
	found, err := places.FindLive(t.Context(), w, []places.ID{id})
	if err != nil {
		t.Fatal(err)
	}
	return found[id]
}

package accounts_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg/pgtest"
)

// statements notes what a pool is asked.
type statements struct {
	lock sync.Mutex
	said []string
}

// TraceQueryStart is for pgx.
func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.said = append(s.said, data.SQL)
	return ctx
}

// TraceQueryEnd is for pgx.
func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// take gives what was said since.
func (s *statements) take() []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	said := s.said
	s.said = nil
	return said
}

// TestAskingRunsTheSameStatementsForEveryAddress is the part of "no timing
// difference" that no stopwatch sees: known, unknown and blocked addresses cost
// the same statements in the same order.
func TestAskingRunsTheSameStatementsForEveryAddress(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	traced := &statements{}
	config.ConnConfig.Tracer, config.MaxConns = traced, 1
	db, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	for _, name := range []string{"known", "blocked"} {
		user := accounts.NewUser{Name: name, Email: name + "@example.org", Role: accounts.Resident}
		id, err := accounts.CreateUser(t.Context(), db, user, noon)
		if err != nil {
			t.Fatal(err)
		}
		if name == "blocked" {
			if err := accounts.BlockUser(t.Context(), db, id, noon); err != nil {
				t.Fatal(err)
			}
		}
	}
	links, err := accounts.NewLinks(accounts.Links{DB: db, Clock: func() time.Time { return noon }, BaseURL: "https://carte.example.fr"})
	if err != nil {
		t.Fatal(err)
	}
	asking := func(email string) []string {
		traced.take()
		if err := links.Ask(t.Context(), email, "fr", "/"); err != nil {
			t.Fatal(err)
		}
		return traced.take()
	}
	unknown := asking("unknown@example.org")
	if len(unknown) < 4 {
		t.Fatalf("only %q: the test sees too little", unknown)
	}
	for _, email := range []string{"known@example.org", "blocked@example.org", "other@example.org"} {
		if said := asking(email); !slices.Equal(said, unknown) {
			t.Errorf("%s: %q, want %q", email, said, unknown)
		}
	}
}

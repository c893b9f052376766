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
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
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

// deadLine is a mailer that fails so many times, then keeps what it sends.
type deadLine struct {
	failures int
	sent     []mail.Message
}

func (d *deadLine) Send(_ context.Context, m mail.Message) error {
	if d.failures--; d.failures >= 0 {
		return fault.New(fault.Unavailable, "the line is dead")
	}
	d.sent = append(d.sent, m)
	return nil
}

// TestALinkIsSentHoweverOftenTheLineWasDead tries a letter through a mail server that
// starts again, then floods the account: what failed does not count, what went does.
func TestALinkIsSentHoweverOftenTheLineWasDead(t *testing.T) {
	t.Parallel()
	db, now := pgtest.New(t), noon
	clock := func() time.Time { return now }
	links, err := accounts.NewLinks(accounts.Links{DB: db, Clock: clock, BaseURL: "https://carte.example.fr", SignUp: true})
	if err != nil {
		t.Fatal(err)
	}
	line := &deadLine{failures: 5}
	errand := (&mail.Post{DB: db, Mailer: line, Writers: links.Writers(), Clock: clock}).Errand()
	for row := range int64(6) { // each letter has the next number
		if err := links.Ask(t.Context(), "rosa@example.org", "fr", "/"); err != nil {
			t.Fatal(err)
		}
		for line.failures > 0 {
			if err := errand.Do(t.Context(), row+1); err == nil {
				t.Fatal("a dead line takes letters")
			}
			now = now.Add(time.Second)
		}
		if err := errand.Do(t.Context(), row+1); err != nil {
			t.Fatal(err)
		}
	}
	if len(line.sent) != 3 {
		t.Errorf("%d letters, want 3", len(line.sent))
	}
	var works int
	err = db.QueryRow(t.Context(), `select count(*) from login_links where expires_at > $1`, now).Scan(&works)
	if err != nil || works != 8 {
		t.Errorf("%d links work, %v; want those of the letters that failed too: they may have arrived", works, err)
	}
}

package pg_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
)

func TestOpen_sets_up_sessions(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	plain := map[string]string{
		"jit": "off", "max_parallel_workers_per_gather": "0", "TimeZone": "UTC",
		"statement_timeout": "30s", "application_name": "cartoquartiers",
	}
	tests := map[string]struct {
		url     string
		options []pg.Option
		changed map[string]string
	}{
		"with_defaults":                {url: url},
		"and_an_option_wins":           {url: url, options: []pg.Option{pg.StatementTimeout(0), pg.ApplicationName("import")}, changed: map[string]string{"statement_timeout": "0", "application_name": "import"}},
		"and_the_URL_wins":             {url: url + "&application_name=psql&jit=on", changed: map[string]string{"application_name": "psql", "jit": "on"}},
		"and_an_option_beats_the_URL":  {url: url + "&statement_timeout=1", options: []pg.Option{pg.StatementTimeout(2 * time.Second)}, changed: map[string]string{"statement_timeout": "2s"}},
		"and_half_seconds_are_counted": {url: url, options: []pg.Option{pg.StatementTimeout(1500 * time.Millisecond)}, changed: map[string]string{"statement_timeout": "1500ms"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pool, err := pg.Open(context.Background(), test.url, append(test.options, pg.MaxConns(1))...)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			for setting, want := range plain {
				if changed, is := test.changed[setting]; is {
					want = changed
				}
				var got string
				if err := pool.QueryRow(context.Background(), `select current_setting($1)`, setting).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Errorf("%s is %q, want %q", setting, got, want)
				}
			}
		})
	}
}

// secrets are URLs that hold the password in every place a URL can hold one.
var secrets = []string{
	"postgres://carto:hunter2@127.0.0.1:1/db",
	"postgres://carto@127.0.0.1:1/db?password=hunter2",
	"postgres://carto:hunter2@127.0.0.1:1,127.0.0.1:2/db",
	"host=127.0.0.1 port=1 user=carto dbname=db password=hunter2",
	"host=127.0.0.1 port=1 user=carto dbname=db password='hunter2 hunter2'",
	"postgres://carto:hunter2%zz@127.0.0.1/db",
	"postgres://carto:hunter2@127.0.0.1:port/db",
	"postgres://carto:hunter2#@127.0.0.1/db",
	"host=127.0.0.1 port=nine password=hunter2",
	"host=127.0.0.1 password='hunter2",
	"hunter2",
}

func TestOpen_never_shows_the_password(t *testing.T) {
	t.Parallel()
	for _, url := range secrets {
		_, err := pg.Open(context.Background(), url)
		if !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error %v, want Unavailable or Invalid", url, err)
		}
		if shown := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(shown, "hunter") {
			t.Errorf("%s: the error shows it: %s", url, shown)
		}
	}
}

func TestRedactURL(t *testing.T) {
	for _, url := range secrets {
		if shown := pg.RedactURL(url); strings.Contains(shown, "hunter") {
			t.Errorf("%s: %s", url, shown)
		}
	}
	for url, want := range map[string]string{
		"postgres://carto:hunter2@db.example:5433/town?sslmode=disable": "postgres://carto@db.example:5433/town",
		"host=db.example user=carto dbname=town password=hunter2":       "postgres://carto@db.example:5432/town",
		"postgres://carto@/town?host=%2Frun%2Fcq":                       "postgres://carto@/run/cq:5432/town",
		"://": "(database URL that cannot be read)",
	} {
		if got := pg.RedactURL(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

func TestOpen_names_the_database_that_does_not_answer(t *testing.T) {
	_, err := pg.Open(context.Background(), "postgres://carto:hunter2@127.0.0.1:1/town")
	if err == nil || !strings.Contains(err.Error(), "postgres://carto@127.0.0.1:1/town does not answer") {
		t.Errorf("error %v", err)
	}
}

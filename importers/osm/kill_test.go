package osm_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/importers"
	"cartoquartiers/importers/osm"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

// childImports makes the test binary import a file into DATABASE_URL and exit,
// so that a test can kill it like a power cut would.
const childImports = "CARTOQUARTIERS_TEST_IMPORT"

func TestMain(m *testing.M) {
	path := os.Getenv(childImports)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := importInto(context.Background(), os.Getenv("DATABASE_URL"), path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func importInto(ctx context.Context, url, path string) error {
	db, err := pg.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	taxonomy := places.ShippedTaxonomy()
	source, err := osm.NewSource(path, taxonomy, osm.Options{})
	if err != nil {
		return err
	}
	_, err = importers.Run(ctx, db, source, importers.Options{
		Taxonomy: taxonomy, Now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
	})
	return err
}

// Killed at any moment, an import leaves the map of before or the map of after.
func TestKilledImportIsBeforeOrAfter(t *testing.T) {
	t.Parallel()
	path, err := filepath.Abs(filepath.Join(data, "osm/monaco-2021-04-21.osm.pbf"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("the real extracts are not beside the project: ", err)
	}
	begun := time.Now()
	after := killedImport(t, path, 0)
	whole := time.Since(begun)
	if after == [3]int{} {
		t.Fatal("an import that nobody killed wrote nothing")
	}
	cut := 0
	for range 8 {
		got := killedImport(t, path, rand.N(whole))
		if got == after {
			continue
		}
		cut++
		if got != [3]int{} {
			t.Errorf("killed half-way: %v places, changes and records; before is none, after %v", got, after)
		}
	}
	t.Logf("%d of 8 were cut in %v", cut, whole)
}

// killedImport runs an import in a process of its own and kills it after a
// while (0: lets it finish), then counts what is in the database once the
// server has noticed that it is gone.
func killedImport(t *testing.T, path string, patience time.Duration) (rows [3]int) {
	t.Helper()
	url := pgtest.URL(t)
	child := exec.Command(os.Args[0])
	// With -race a process sleeps for a second before it ends, in which nothing is left to kill.
	child.Env = append(os.Environ(), childImports+"="+path, "DATABASE_URL="+url, "GORACE=atexit_sleep_ms=0")
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if patience > 0 {
		timer := time.AfterFunc(patience, func() { _ = child.Process.Kill() })
		defer timer.Stop()
	}
	_ = child.Wait() // killed or done: the database tells which
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	// The lock of the dead import is free once its backend has rolled back.
	if _, err := conn.Exec(t.Context(), `select pg_advisory_lock($1)`, int64(0x6371_696d_706f_7274)); err != nil {
		t.Fatal(err)
	}
	err = conn.QueryRow(t.Context(), `
		select
			(select count(*) from published_places),
			(select count(*) from changes),
			(select count(*) from source_records)`).Scan(&rows[0], &rows[1], &rows[2])
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

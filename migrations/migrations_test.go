package migrations_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/migrations"
)

// urlVariable makes the test binary a process that migrates that database with steps.
const urlVariable = "MIGRATIONS_TEST_URL"

func TestMain(m *testing.M) {
	if url := os.Getenv(urlVariable); url != "" {
		if err := migrations.UpFrom(context.Background(), url, steps(stepCount)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const stepCount = 8

// steps are migrations that each make a table and fill it in a second statement,
// slowly enough to be killed in between.
func steps(count int) fstest.MapFS {
	files := fstest.MapFS{}
	for n := 1; n <= count; n++ {
		text := fmt.Sprintf("-- +goose Up\ncreate table step_%d (n int);\ninsert into step_%d select generate_series(1, 20000);\n", n, n)
		files[fmt.Sprintf("%04d_step.sql", n)] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// number is a query with one number as its answer.
func number(t *testing.T, url, query string) int {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var n int
	if err := conn.QueryRow(context.Background(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

const (
	tables  = `select count(*) from pg_tables where tablename like 'step_%'`
	applied = `select count(*) from goose_db_version where version_id > 0`
)

func TestFS(t *testing.T) {
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range migrations.Jobs {
		names = append(names, fmt.Sprintf("%04d_jobs", job.Number))
	}
	slices.Sort(names)
	for i, name := range names {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(name, want) {
			t.Errorf("%s: numbers have a gap, want %s", name, want)
		}
		if strings.HasSuffix(name, "_jobs") {
			continue
		}
		text, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`(?i)\+goose\s+(down|no\s+transaction)`).Find(text); found != nil {
			t.Errorf("%s: %q; migrations go forward only, each in a transaction", name, found)
		}
	}
}

// TestJobsAreThoseOfRiver fails when River ships a migration that we do not run.
func TestJobsAreThoseOfRiver(t *testing.T) {
	migrator, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	next := 1
	for _, job := range migrations.Jobs {
		if job.From != next {
			t.Errorf("%+v: want it to go on from %d", job, next)
		}
		next = job.To + 1
	}
	if all := migrator.AllVersions(); all[len(all)-1].Version != next-1 {
		t.Errorf("River is at %d, we at %d: add a line to Jobs", all[len(all)-1].Version, next-1)
	}
	url := pgtest.URL(t)
	pool, err := pg.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	migrator, err = rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		t.Fatal(err)
	}
	if result, err := migrator.Validate(t.Context(), nil); err != nil || !result.OK {
		t.Errorf("River finds its tables wanting: %+v, %v", result, err)
	}
}

func TestUp(t *testing.T) {
	t.Run("makes_the_schema_and_then_nothing_more", func(t *testing.T) {
		t.Parallel()
		url := pgtest.EmptyURL(t)
		for range 2 {
			if err := migrations.Up(context.Background(), url); err != nil {
				t.Fatal(err)
			}
		}
		if number(t, url, `select count(*) from sources`) == 0 {
			t.Error("no sources after the migrations")
		}
	})
	t.Run("goes_on_from_an_older_schema", func(t *testing.T) {
		t.Parallel()
		url := pgtest.EmptyURL(t)
		for _, count := range []int{2, 5} {
			if err := migrations.UpFrom(context.Background(), url, steps(count)); err != nil {
				t.Fatal(err)
			}
			if got := number(t, url, tables); got != count {
				t.Errorf("%d tables, want %d", got, count)
			}
		}
	})
	t.Run("refuses_a_newer_schema", func(t *testing.T) {
		t.Parallel()
		url := pgtest.EmptyURL(t)
		if err := migrations.UpFrom(context.Background(), url, steps(3)); err != nil {
			t.Fatal(err)
		}
		err := migrations.UpFrom(context.Background(), url, steps(2))
		if !errors.Is(err, migrations.ErrNewer) || !strings.Contains(err.Error(), "schema 3, this version knows 2") {
			t.Errorf("error %v, want ErrNewer with both numbers", err)
		}
	})
	t.Run("a_refused_process_frees_the_lock", func(t *testing.T) {
		t.Parallel()
		url := pgtest.EmptyURL(t)
		for _, count := range []int{3, 2, 4} {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if err := migrations.UpFrom(ctx, url, steps(count)); err != nil && !errors.Is(err, migrations.ErrNewer) {
				t.Fatal(err)
			}
		}
	})
	t.Run("leaves_a_failed_migration_undone", func(t *testing.T) {
		t.Parallel()
		url := pgtest.EmptyURL(t)
		files := steps(2)
		files["0003_wrong.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\ncreate table step_3 (n int);\nselect 1/0;\n")}
		err := migrations.UpFrom(context.Background(), url, files)
		if err == nil || !strings.Contains(err.Error(), "0003_wrong.sql") {
			t.Errorf("error %v, want one that names the file", err)
		}
		if made, done := number(t, url, tables), number(t, url, applied); made != 2 || done != 2 {
			t.Errorf("%d tables and %d migrations, want 2 and 2", made, done)
		}
	})
	t.Run("hides_the_password", func(t *testing.T) {
		t.Parallel()
		for _, url := range []string{
			"postgres://u:s3cret@127.0.0.1:1/db?connect_timeout=1", "postgres://u:s3cret%zz@h/db", "host=127.0.0.1 port=x password=s3cret",
		} {
			err := migrations.Up(context.Background(), url)
			if err == nil || strings.Contains(err.Error(), "s3c") {
				t.Errorf("error %v", err)
			}
		}
	})
}

func TestUp_by_many_at_once_migrates_once(t *testing.T) {
	url := pgtest.EmptyURL(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if err := migrations.UpFrom(context.Background(), url, steps(stepCount)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := number(t, url, applied); got != stepCount {
		t.Errorf("%d migrations recorded, want %d", got, stepCount)
	}
}

func TestUp_finishes_what_a_killed_process_began(t *testing.T) {
	url := pgtest.EmptyURL(t)
	killedInside := false
	for range 10 {
		done := killMigrating(t, url, time.Duration(rand.IntN(150))*time.Millisecond)
		killedInside = killedInside || done > 0 && done < stepCount
		if done == stepCount {
			url = pgtest.EmptyURL(t) // once more from the start
		}
	}
	if err := migrations.UpFrom(context.Background(), url, steps(stepCount)); err != nil {
		t.Fatal(err)
	}
	if got := number(t, url, tables); got != stepCount {
		t.Errorf("%d tables, want %d", got, stepCount)
	}
	if !killedInside {
		t.Log("no kill hit between the first and the last migration this time")
	}
}

// killMigrating lets a process migrate for so long, kills it, and gives the
// number of migrations that are done: each whole or not at all.
func killMigrating(t *testing.T, url string, after time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), after)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0]) // killed when ctx ends
	cmd.Env = append(os.Environ(), urlVariable+"="+url)
	if output, err := cmd.CombinedOutput(); err != nil && ctx.Err() == nil {
		t.Fatalf("%v, %s", err, output)
	}
	if number(t, url, `select count(*) from pg_tables where tablename = 'goose_db_version'`) == 0 {
		if made := number(t, url, tables); made != 0 {
			t.Errorf("%d tables before goose's own", made)
		}
		return 0
	}
	// One statement, one snapshot: the killed process's last commit may still be under way.
	wrong := number(t, url, `
		select count(*)
		from (select version_id from goose_db_version where version_id > 0) done
		full join (select substr(tablename, 6)::bigint as n from pg_tables where tablename like 'step_%') made on n = version_id
		where n is null or version_id is null`)
	if wrong != 0 {
		t.Errorf("%d migrations are half done", wrong)
	}
	return number(t, url, applied)
}

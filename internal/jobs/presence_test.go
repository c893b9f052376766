package jobs_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/jobs"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
)

// childWorks makes of this test program a node that begins a chore and never ends it.
const childWorks = "CARTOQUARTIERS_TEST_NODE"

func TestMain(m *testing.M) {
	if url := os.Getenv(childWorks); url != "" {
		work(url)
	}
	os.Exit(m.Run())
}

// work says "inside" once it is inside the chore, and waits to be killed.
func work(url string) {
	pool, err := pg.Open(context.Background(), url)
	if err != nil {
		panic(err)
	}
	endless := jobs.Chore{Name: "sweep", Every: time.Hour, Do: func(context.Context) error {
		fmt.Println("inside")
		select {}
	}}
	if _, err := jobs.Start(context.Background(), pool, quiet, []jobs.Chore{endless}); err != nil {
		panic(err)
	}
	select {}
}

// loseConnection cuts the connection that tells of the node that is inside the chore, and
// returns its name once it has taken its lock again.
func loseConnection(t *testing.T, pool *pgxpool.Pool) (node string) {
	t.Helper()
	err := pool.QueryRow(t.Context(), `select attempted_by[cardinality(attempted_by)] from river_job where args ->> 'name' = 'sweep'`).Scan(&node)
	if err != nil {
		t.Fatal(err)
	}
	const holders = `
		from pg_locks
		where locktype = 'advisory' and classid = $1 and objid = (hashtext($2)::bigint & 4294967295)::oid
			and database = (select oid from pg_database where datname = current_database())`
	var cut, held int
	if err := pool.QueryRow(t.Context(), `select pg_terminate_backend(pid), pid`+holders, jobs.PresenceLock, node).Scan(nil, &cut); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); held == 0; {
		if err := pool.QueryRow(t.Context(), `select count(*)`+holders+` and granted and pid <> $3`, jobs.PresenceLock, node, cut).Scan(&held); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatal("the lock is not taken again")
		}
	}
	return node
}

// A node that is killed while it leads and is inside a chore leaves both to the next
// one: within seconds, not after the minutes that a chore may take.
func TestWhatAKilledNodeDidIsDoneByTheNext(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childWorks+"="+url)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	pool, err := pg.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	sweeps, others := make(chan struct{}, 10), make(chan struct{}, 10)
	done := func(turns chan<- struct{}) func(context.Context) error {
		return func(context.Context) error { turns <- struct{}{}; return nil }
	}
	runner, err := jobs.Start(t.Context(), pool, quiet, []jobs.Chore{{"sweep", time.Hour, done(sweeps)}, {"other", time.Hour, done(others)}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := runner.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	node := loseConnection(t, pool)
	var state, by string
	err = pool.QueryRow(t.Context(), `select state, attempted_by[cardinality(attempted_by)] from river_job where args ->> 'name' = 'sweep'`).Scan(&state, &by)
	if err != nil || state != "running" || by != node {
		t.Errorf("what a node is inside of was taken over while it lives: %s by %s, not %s, %v", state, by, node, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	killed := time.Now()
	wait(t, sweeps, 1)
	wait(t, others, 1) // that the one who leads enqueues
	if took := time.Since(killed); took > 25*time.Second {
		t.Errorf("taking over took %s", took)
	} else {
		t.Logf("taking over took %s", took)
	}
}

package jobs_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
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

// begin makes a node in a process of its own, which is inside a chore and leads.
func begin(t *testing.T, url string) *exec.Cmd {
	t.Helper()
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
	t.Cleanup(func() {
		_ = child.Process.Kill() // unless it was killed
		_ = child.Wait()
	})
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return child
}

// tell is a chore that tells of each turn.
func tell(name string) (jobs.Chore, <-chan struct{}) {
	turns := make(chan struct{}, 10)
	return jobs.Chore{Name: name, Every: time.Hour, Do: func(context.Context) error {
		turns <- struct{}{}
		return nil
	}}, turns
}

func run(t *testing.T, pool *pgxpool.Pool, chores ...jobs.Chore) {
	t.Helper()
	runner, err := jobs.Start(t.Context(), pool, quiet, chores)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runner.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// A node that ends while it leads and is inside a chore leaves both to the next one:
// within seconds, not after the minutes that a chore may take. One that stands still
// leaves its connections open, as a machine does that lost its power.
func TestWhatANodeDidIsDoneByTheNext(t *testing.T) {
	t.Parallel()
	turns := make(map[string][2]<-chan struct{})
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "without power": syscall.SIGSTOP} {
		url := pgtest.URL(t)
		child := begin(t, url)
		pool, err := pg.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		sweep, sweeps := tell("sweep")
		other, others := tell("other") // that the one who leads enqueues
		turns[name] = [2]<-chan struct{}{sweeps, others}
		run(t, pool, sweep, other)
		node := loseConnection(t, pool)
		var state, by string
		err = pool.QueryRow(t.Context(), `select state, attempted_by[cardinality(attempted_by)] from river_job where args ->> 'name' = 'sweep'`).Scan(&state, &by)
		if err != nil || state != "running" || by != node {
			t.Errorf("what a node is inside of was taken over while it lives: %s by %s, not %s, %v", state, by, node, err)
		}
		if err := child.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	ended := time.Now()
	for _, name := range []string{"killed", "without power"} {
		wait(t, turns[name][0], 1)
		wait(t, turns[name][1], 1)
		t.Logf("%s: taking over took %s", name, time.Since(ended))
	}
}

// The database gave a job and went away before it could say so: the node to which it
// belongs lives, and knows nothing of it.
func TestWhatANodeNeverHeardOfIsDone(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	sweep, sweeps := tell("sweep")
	run(t, pool, sweep)
	wait(t, sweeps, 1)
	for given := int64(0); given == 0; { // once it is written down that it was done
		tag, err := pool.Exec(t.Context(), `update river_job set state = 'running', finalized_at = null, attempted_at = now() where state = 'completed'`)
		if err != nil {
			t.Fatal(err)
		}
		given = tag.RowsAffected()
	}
	wait(t, sweeps, 1)
}

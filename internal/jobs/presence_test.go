package jobs_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

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
	if err := child.Process.Kill(); err != nil { // a second node is there already, and must not have taken over before
		t.Fatal(err)
	}
	select {
	case <-sweeps:
		t.Error("the chore was done beside a node that was inside it")
	default:
	}
	_ = child.Wait() // it was killed
	killed := time.Now()
	wait(t, sweeps, 1)
	wait(t, others, 1) // that the one who leads enqueues
	if took := time.Since(killed); took > 15*time.Second {
		t.Errorf("taking over took %s", took)
	} else {
		t.Logf("taking over took %s", took)
	}
}

package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cartoquartiers/internal/jobs"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
)

var quiet = slog.New(slog.DiscardHandler)

// Three nodes: a chore is done by one of them at a time, and goes on when the
// one that led stops.
func TestAChoreIsDoneOnceOverAllNodes(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	var inside, beside atomic.Int32
	turns := make(chan struct{}, 100)
	sweep := jobs.Chore{Name: "sweep", Every: time.Second, Do: func(context.Context) error {
		if inside.Add(1) > 1 {
			beside.Add(1)
		}
		defer inside.Add(-1)
		turns <- struct{}{}
		return nil
	}}
	var runners []*jobs.Runner
	for range 3 {
		runner, err := jobs.Start(t.Context(), pool, quiet, []jobs.Chore{sweep})
		if err != nil {
			t.Fatal(err)
		}
		runners = append(runners, runner)
	}
	begun := time.Now()
	wait(t, turns, 4)
	if took := time.Since(begun); took < 2*time.Second {
		t.Errorf("4 turns of a second in %s: more than one node does them", took)
	}
	for _, runner := range runners[:2] { // whichever led, one is left
		if err := runner.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	wait(t, turns, 2)
	if err := runners[2].Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if beside.Load() > 0 {
		t.Errorf("the chore ran beside itself %d times", beside.Load())
	}
}

func wait(t *testing.T, turns <-chan struct{}, count int) {
	t.Helper()
	late := time.After(90 * time.Second) // less than what River waits by itself (RescueStuckJobsAfter)
	for i := range count {
		select {
		case <-turns:
		case <-late:
			t.Fatalf("turn %d of %d did not come", i+1, count)
		}
	}
}

// A chore that fails is told of and has its next turn; the others go on.
func TestAChoreThatFailsHasItsNextTurn(t *testing.T) {
	t.Parallel()
	turns := make(chan struct{}, 100)
	broken := jobs.Chore{Name: "broken", Every: time.Second, Do: func(context.Context) error {
		turns <- struct{}{}
		return errors.New("no more paper")
	}}
	var told safeBuffer
	runner, err := jobs.Start(t.Context(), pgtest.New(t), slog.New(slog.NewTextHandler(&told, nil)), []jobs.Chore{broken})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, turns, 2)
	if err := runner.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if text := told.String(); !strings.Contains(text, "no more paper") || strings.Contains(text, "level=INFO") {
		t.Errorf("told: %s", text)
	}
}

// safeBuffer may be written to by several at once.
type safeBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *safeBuffer) Write(text []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(text)
}

func (b *safeBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// A chore that does not end by itself is cut, and the runner leaves the pool at
// rest: no connection is held.
func TestStopCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, pg.MaxConns(4))
	inside := make(chan struct{})
	runner, err := jobs.Start(t.Context(), pool, quiet, []jobs.Chore{{Name: "endless", Every: time.Hour, Do: func(ctx context.Context) error {
		close(inside)
		<-ctx.Done()
		return ctx.Err()
	}}})
	if err != nil {
		t.Fatal(err)
	}
	<-inside
	begun := time.Now()
	if err := runner.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	t.Log("stopping took", time.Since(begun))
	if took := time.Since(begun); took > 9*time.Second {
		t.Errorf("stopping took %s: the server has 10 s for all of it", took)
	}
	if held := pool.Stat().AcquiredConns(); held != 0 {
		t.Errorf("%d connections are held", held)
	}
}

// At rest, polling holds no connection of the pool.
func TestAtRestNoConnectionIsHeld(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, pg.MaxConns(4))
	turns := make(chan struct{}, 1)
	runner, err := jobs.Start(t.Context(), pool, quiet, []jobs.Chore{{Name: "once", Every: time.Hour, Do: func(context.Context) error {
		turns <- struct{}{}
		return nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, turns, 1)
	free := 0
	for range 1000 { // a listener would hold one all the time
		if pool.Stat().AcquiredConns() == 0 {
			free++
		}
		if err := pool.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	if err := runner.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	t.Log("stopping took", time.Since(begun))
	if free < 500 {
		t.Errorf("some connection was held at %d of 1000 looks", 1000-free)
	}
}

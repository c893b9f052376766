package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/jobs"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
)

func start(t *testing.T, pool *pgxpool.Pool, logger *slog.Logger, errands ...jobs.Errand) {
	t.Helper()
	runner, err := jobs.Start(t.Context(), pool, logger, nil, errands...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runner.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// An errand is done for the transaction that commits, not for the one that does not.
func TestAnErrandFollowsItsTransaction(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	rows := make(chan int64, 10)
	start(t, pool, quiet, jobs.Errand{Name: "note", Do: func(_ context.Context, row int64) error {
		rows <- row
		return nil
	}})
	undone := errors.New("undone")
	for row, end := range map[int64]error{1: undone, 2: nil} {
		err := pg.InTx(t.Context(), pool, func(tx pgx.Tx) error {
			return errors.Join(jobs.Run(t.Context(), tx, "note", row), end)
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	if got := <-rows; got != 2 {
		t.Errorf("row %d", got)
	}
	select {
	case row := <-rows:
		t.Errorf("row %d too", row)
	default:
	}
}

// An errand that fails is tried again, and the log tells of it.
func TestAnErrandThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	var log bytes.Buffer
	turns := make(chan struct{}, 10)
	failures := 1
	start(t, pool, slog.New(slog.NewTextHandler(&log, nil)), jobs.Errand{Name: "note", Do: func(context.Context, int64) error {
		if failures--; failures >= 0 {
			return errors.New("the line is dead")
		}
		turns <- struct{}{}
		return nil
	}})
	err := pg.InTx(t.Context(), pool, func(tx pgx.Tx) error { return jobs.Run(t.Context(), tx, "note", 7) })
	if err != nil {
		t.Fatal(err)
	}
	wait(t, turns, 1)
	if !strings.Contains(log.String(), "the line is dead") || !strings.Contains(log.String(), "row=7") {
		t.Errorf("the log: %s", &log)
	}
}

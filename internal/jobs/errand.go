package jobs

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Errand is what is done once for each row that asks for it, after the transaction
// that wrote the row: a mail to send. A job holds the row's number and nothing
// else, so that what is private stays in a table that forgets.
type Errand struct {
	Name string // for ever: jobs that wait in the database are found by it
	// Do may be called again for the same row: after it failed, and after a node was
	// killed. It succeeds where the row is gone. Its error is kept with the job: it
	// must hold nothing private.
	Do func(ctx context.Context, row int64) error
}

const (
	// errandQueue keeps a mail server that does not answer from holding up chores.
	errandQueue = "errands"
	// errandAttempts are spread over some two hours: 1 s, 16 s, 81 s, … (River's fourth powers).
	errandAttempts = 8
)

// Run has an errand run for a row when tx commits, and never otherwise. Any
// node that knows the errand does it.
func Run(ctx context.Context, tx pgx.Tx, name string, row int64) error {
	inserter, err := river.NewClient(riverpgxv5.New(nil), &river.Config{})
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", name, err)
	}
	if _, err := inserter.InsertTx(ctx, tx, errand{name, row}, nil); err != nil {
		return fmt.Errorf("enqueue %s: %w", name, err)
	}
	return nil
}

// errand is the job.
type errand struct {
	Name string `json:"name"`
	Row  int64  `json:"row"`
}

// Kind names the job in the database.
func (errand) Kind() string { return "errand" }

// InsertOpts is for River.
func (errand) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: errandQueue, MaxAttempts: errandAttempts}
}

func errandWorker(errands []Errand, own *inside, logger *slog.Logger) river.Worker[errand] {
	byName := make(map[string]Errand, len(errands))
	for _, one := range errands {
		byName[one.Name] = one
	}
	return river.WorkFunc(func(ctx context.Context, job *river.Job[errand]) error {
		defer own.enter(job.ID)()
		one, known := byName[job.Args.Name]
		if !known {
			return fmt.Errorf("this program knows no errand %q", job.Args.Name) // a later version may
		}
		err := one.Do(ctx, job.Args.Row)
		if err != nil && ctx.Err() == nil {
			logger.WarnContext(ctx, "an errand failed; it is tried again",
				"errand", one.Name, "row", job.Args.Row, "attempt", job.Attempt, "of", job.MaxAttempts, "error", err)
		}
		return err
	})
}

// Package jobs is work that nobody waits for: chores at a pace, and errands, which
// are enqueued in the transaction that they follow from (what leaves the process,
// as mail does). It is River over the same database; its tables are a part of our
// migrations.
//
// It knows no word of the domain: who starts it says what a chore or an errand
// does. It is not for what must happen within a second, nor for what a request
// waits for.
//
// Start with Start; Run asks for an errand.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// Chore is something to do again and again. However many nodes run, it is done
// once at each pace, by one of them, and never beside itself.
type Chore struct {
	Name  string // for ever: jobs that wait in the database are found by it
	Every time.Duration
	Do    func(ctx context.Context) error // ends soon after ctx does
}

const (
	// choreTime is how long a chore may take before it is cut; it goes on at its next turn.
	choreTime = time.Minute
	// pollEvery is how soon a job is noticed. Asking is one indexed query, and needs
	// no connection of its own, which listening would: a small pool has four.
	pollEvery = 2 * time.Second
	// atOnce is how many chores, and how many errands, one node does side by side, each with a connection or two.
	atOnce = 2
	// keptFor is how long a job that is done stays to be looked at.
	keptFor = time.Hour
	// discardedFor is how long an errand that was given up stays to be looked at.
	discardedFor = 24 * time.Hour
	// grace is how long running chores may finish once asked to stop.
	grace = 3 * time.Second
)

// Runner does the chores and errands until it is stopped.
type Runner struct {
	client   *river.Client[pgx.Tx]
	presence *presence
}

// Start begins to do the chores, each at once and then at its pace, and the errands
// that are asked for. Stop it before
// the pool is closed. The pace is that of real clocks; a chore that needs to know
// the time brings its clock.
func Start(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger, chores []Chore, errands ...Errand) (*Runner, error) {
	workers, own := river.NewWorkers(), &inside{jobs: make(map[int64]bool)}
	if err := errors.Join(
		river.AddWorkerSafely(workers, workerOf(chores, own, logger)), river.AddWorkerSafely(workers, errandWorker(errands, own, logger)),
	); err != nil {
		return nil, fmt.Errorf("start jobs: %w", err)
	}
	here, err := enter(ctx, pool, logger, own)
	if err != nil {
		return nil, fmt.Errorf("start jobs: %w", err)
	}
	client, err := begin(ctx, pool, logger, &river.Config{
		ID:                          here.node,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: atOnce}, errandQueue: {MaxWorkers: atOnce}},
		Workers:                     workers,
		PeriodicJobs:                periodic(chores),
		PollOnly:                    true,
		FetchPollInterval:           pollEvery,
		JobTimeout:                  choreTime,
		RescueStuckJobsAfter:        2 * choreTime, // should presence ever miss one
		CompletedJobRetentionPeriod: keptFor,
		DiscardedJobRetentionPeriod: discardedFor,
		SoftStopTimeout:             grace,
	})
	if err != nil {
		here.leave()
		return nil, fmt.Errorf("start jobs: %w", err)
	}
	return &Runner{client, here}, nil
}

func begin(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger, config *river.Config) (*river.Client[pgx.Tx], error) {
	config.Logger = slog.New(worrying{logger.Handler()})
	client, err := river.NewClient(riverpgxv5.New(pool), config)
	if err != nil {
		return nil, err
	}
	return client, client.Start(context.WithoutCancel(ctx))
}

// Stop lets running chores finish for three seconds, then cuts them. It returns
// when nothing uses the pool any more, or when ctx ends.
func (r *Runner) Stop(ctx context.Context) error {
	defer r.presence.leave()
	return r.client.Stop(ctx)
}

// chore is the job: which chore it is the turn of.
type chore struct {
	Name string `json:"name"`
}

// Kind names the job in the database.
func (chore) Kind() string { return "chore" }

// InsertOpts keeps a chore from running beside itself or piling up: while one
// waits or runs, another is not enqueued. One that failed has its next turn soon.
func (chore) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{
		ByArgs: true,
		ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		},
	}}
}

func periodic(chores []Chore) []*river.PeriodicJob {
	all := make([]*river.PeriodicJob, len(chores))
	for i, one := range chores {
		construct := func() (river.JobArgs, *river.InsertOpts) { return chore{one.Name}, nil }
		all[i] = river.NewPeriodicJob(river.PeriodicInterval(one.Every), construct, &river.PeriodicJobOpts{RunOnStart: true})
	}
	return all
}

func workerOf(chores []Chore, own *inside, logger *slog.Logger) river.Worker[chore] {
	byName := make(map[string]Chore, len(chores))
	for _, one := range chores {
		byName[one.Name] = one
	}
	return river.WorkFunc(func(ctx context.Context, job *river.Job[chore]) error {
		defer own.enter(job.ID)()
		one, known := byName[job.Args.Name]
		if !known {
			return nil // of another version of the program
		}
		err := one.Do(ctx)
		if err != nil && ctx.Err() == nil {
			logger.ErrorContext(ctx, "a chore failed; it has its next turn", "chore", one.Name, "again_in", one.Every, "error", err)
		}
		return err
	})
}

// worrying lets warnings and errors through: River tells of every start and sweep.
type worrying struct{ slog.Handler }

// Enabled is for slog.
func (w worrying) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs is for slog.
func (w worrying) WithAttrs(attrs []slog.Attr) slog.Handler {
	return worrying{w.Handler.WithAttrs(attrs)}
}

// WithGroup is for slog.
func (w worrying) WithGroup(name string) slog.Handler { return worrying{w.Handler.WithGroup(name)} }

package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// JobSchema is a migration that makes a part of the job queue's tables with the
// SQL that River ships, in our numbering and under our lock.
type JobSchema struct {
	Number   int64 // ours
	From, To int   // River's, both included
}

// Jobs are the migrations of the job queue. A River that ships a later one wants
// a line here; TestJobsAreThoseOfRiver says so. They are two since the second
// uses a value of an enum that the first adds, which PostgreSQL lets only a
// later transaction do.
var Jobs = []JobSchema{{7, 1, 5}, {8, 6, 8}}

// jobMigrations are Jobs for goose.
func jobMigrations(jobs []JobSchema) []*goose.Migration {
	all := make([]*goose.Migration, len(jobs))
	for i, job := range jobs {
		all[i] = goose.NewGoMigration(job.Number, &goose.GoFunc{RunTx: job.up}, nil)
	}
	return all
}

func (j JobSchema) up(ctx context.Context, tx *sql.Tx) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(nil), nil) // for its SQL: a pool is not asked for
	if err != nil {
		return err
	}
	for version := j.From; version <= j.To; version++ {
		step, err := migrator.GetVersion(version)
		if err != nil {
			return err
		}
		inOurSchema := strings.ReplaceAll(step.SQLUp, "/* TEMPLATE: schema */", "") // a comment, except inside a text
		if _, err := tx.ExecContext(ctx, inOurSchema); err != nil {
			return fmt.Errorf("job queue %d (%s): %w", version, step.Name, err)
		}
	}
	// As River's own tool would find it.
	_, err = tx.ExecContext(ctx, `
		insert into river_migration (line, version)
		select 'main', version
		from generate_series($1::int, $2::int) as version`, j.From, j.To)
	return err
}

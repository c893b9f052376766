package main

import (
	"context"
	"errors"
	"fmt"
)

type migrateCommand struct{}

func (migrateCommand) Help() string {
	return `Brings the database to the schema of this version. The server does the same when it starts, so this
is for those who want it done before, for instance with a role that may change the schema:

  DATABASE_URL=postgres://owner@db/carto cartoquartiers migrate

Migrations go forward only. Doing it twice, or twice at once, is safe; when it is interrupted, the next run finishes.`
}

// Run leaves the work to connect: every command finds a migrated database.
func (migrateCommand) Run(ctx context.Context, env *environment) (err error) {
	database, err := env.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(ctx)) }()
	_, err = fmt.Fprintln(env.stdout, "the database has the schema of this version")
	return err
}

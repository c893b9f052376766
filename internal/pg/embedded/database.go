package embedded

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// createDatabase makes the application's role and database when they are absent.
// The role is no superuser: whoever got hold of its connection could otherwise
// run programs and read files. PostGIS is created here because only a superuser may.
func (c *Cluster) createDatabase(ctx context.Context) error {
	steps := []struct{ database, absent, statement string }{
		{
			"postgres",
			`select not exists (select from pg_roles where rolname = '` + application + `')`,
			`create role ` + application + ` login`,
		},
		{
			"postgres",
			`select not exists (select from pg_database where datname = '` + application + `')`,
			`create database ` + application + ` owner ` + application,
		},
		{
			application,
			`select not exists (select from pg_extension where extname = 'postgis')`,
			`create extension postgis`,
		},
	}
	for _, step := range steps {
		if err := executeIf(ctx, c.url(superuser, step.database), step.absent, step.statement); err != nil {
			return c.refused(err, "the private cluster in "+c.paths.cluster+" cannot be prepared", []byte(err.Error()))
		}
	}
	return nil
}

// executeIf runs a statement when a question is answered with true, on a connection of its own.
func executeIf(ctx context.Context, url, question, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var wanted bool
	if err := conn.QueryRow(ctx, question).Scan(&wanted); err != nil || !wanted {
		return err
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

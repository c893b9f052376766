package embedded

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cartoquartiers/internal/fault"
)

// createDatabase makes the application's role and database when they are absent.
// The role is no superuser: whoever got hold of its connection could otherwise
// run programs and read files. PostGIS is created here because only a superuser may.
func (c *Cluster) createDatabase(ctx context.Context) error {
	steps := []struct{ database, statement string }{
		{"postgres", "create role " + application + " login"},
		{"postgres", "create database " + application + " owner " + application},
		{application, "create extension if not exists postgis"},
	}
	for _, step := range steps {
		if err := execute(ctx, c.url(superuser, step.database), step.statement); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the private cluster in %s cannot be prepared", c.paths.cluster)
		}
	}
	return nil
}

// execute runs one statement on a connection of its own; that the thing exists already is fine.
func execute(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == "42710" || refused.Code == "42P04") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

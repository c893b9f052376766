package embedded

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/migrations"
)

// Choice is what a command was told about its database.
type Choice struct {
	URL    string // --database-url or DATABASE_URL; wins when it is not empty
	Dir    string // where the private cluster is otherwise, <data>/postgres
	Server bool   // the one long-running server of this directory, not a command beside it
	Logger *slog.Logger
}

// Database is the open, migrated database of a command.
type Database struct {
	*pgxpool.Pool
	URL     string   // for connections beside the pool, like LISTEN; may hold a password: log pg.RedactURL(URL)
	cluster *Cluster // nil with a database elsewhere
}

// Connect opens the database that a command works on: the one at the URL if there
// is one, else the private cluster, joined or started. It is migrated first.
// Faults are those of Start, Use and pg.Open.
func Connect(ctx context.Context, choice Choice, options ...pg.Option) (*Database, error) {
	database, err := locate(ctx, choice)
	if err != nil {
		return nil, err
	}
	if err := database.open(ctx, options); err != nil {
		return nil, errors.Join(err, database.Close(ctx))
	}
	return database, nil
}

func locate(ctx context.Context, choice Choice) (*Database, error) {
	if choice.URL != "" {
		return &Database{URL: choice.URL}, nil
	}
	begin := Use
	if choice.Server {
		begin = Start
	}
	cluster, err := begin(ctx, Options{Dir: choice.Dir, Logger: choice.Logger})
	if err != nil {
		return nil, err
	}
	return &Database{URL: cluster.URL(), cluster: cluster}, nil
}

// open opens the pool before it migrates: a wrong URL then gives the pool's clear fault.
func (d *Database) open(ctx context.Context, options []pg.Option) (err error) {
	if d.Pool, err = pg.Open(ctx, d.URL, options...); err != nil {
		return err
	}
	err = migrations.Up(ctx, d.URL)
	if errors.Is(err, migrations.ErrNewer) {
		return fault.Wrap(fault.Conflict, err, "%v", migrations.ErrNewer)
	}
	return pg.FaultOf(err)
}

// stopTimeout is for the last checkpoint; an immediate shutdown follows.
const stopTimeout = time.Minute

// Close closes the pool and leaves the private cluster, which stops when nobody
// else uses it. A connection that is still in use holds Close up; a cancelled
// ctx does not stop it, since commands close when theirs is.
func (d *Database) Close(ctx context.Context) error {
	if d.Pool != nil {
		d.Pool.Close()
	}
	if d.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return d.cluster.Stop(ctx)
}

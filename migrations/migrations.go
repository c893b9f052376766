// Package migrations is the schema as numbered SQL files, and what applies them.
// The tables of the job queue are River's own SQL, under numbers of ours (jobs.go).
//
// Migrations go forward only: a mistake is corrected by the next number. Each
// runs in one transaction together with the row that says it ran (goose's
// goose_db_version), so a killed migration leaves the database before or after it.
// Nothing of the domain is here; what the tables mean stands in the SQL.
//
// Start with the SQL files, in order; Up applies them.
package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// FS holds the migrations, NNNN_name.sql.
//
//go:embed *.sql
var FS embed.FS

// ErrNewer is the refusal to work on a schema that a later release has made.
var ErrNewer = errors.New("the database was migrated by a newer version of cartoquartiers; install that version or a later one")

// Up brings the database at url to the schema of this binary, and does nothing
// when it is there already. Several processes may call it at once: they take
// turns, the first one migrates. ErrNewer is in the chain when the schema is
// ahead of this binary; no error shows the password of url.
func Up(ctx context.Context, url string) error { return up(ctx, url, FS, Jobs...) }

func up(ctx context.Context, url string, files fs.FS, jobs ...JobSchema) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The cause is left out on purpose: it may quote a part of the password.
		return errors.New("migrate: the database URL cannot be read")
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithSessionLocker(turn{}), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(jobMigrations(jobs)...))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate%s: %w", failed(err), err)
	}
	return refuseNewer(ctx, provider)
}

// failed names the migration that did not work, when it was one.
func failed(err error) string {
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		return " " + cmp.Or(partial.Failed.Source.Path, strconv.FormatInt(partial.Failed.Source.Version, 10))
	}
	return ""
}

// refuseNewer comes after Up, which leaves a newer schema alone, since a newer
// process may have migrated while we waited for our turn.
func refuseNewer(ctx context.Context, provider *goose.Provider) error {
	applied, latest, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if applied > latest {
		return fmt.Errorf("migrate: schema %d, this version knows %d: %w", applied, latest, ErrNewer)
	}
	return nil
}

// lockID is the key of the advisory lock; any number that nobody else takes.
const lockID = 0x6361_7274_6f71_7561 // "cartoqua"

// turn makes migrating processes wait for each other on a session advisory lock,
// which PostgreSQL frees when the connection ends, however it ends. goose's own
// locker asks every few seconds; waiting in the database costs nothing.
type turn struct{}

// SessionLock waits for the turn.
func (turn) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `select pg_advisory_lock($1)`, int64(lockID))
	return err
}

// SessionUnlock ends the turn.
func (turn) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `select pg_advisory_unlock($1)`, int64(lockID))
	return err
}

package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/migrations"
)

const (
	clonePrefix    = "cq_test_"
	templatePrefix = "cq_template_"
	// keptTemplates bounds what old schemas leave behind: other working copies of
	// this repository may use the same cluster with theirs.
	keptTemplates = 8
	prepareLock   = 0x63715f74656d706c // "cq_templ"
	createPostGIS = "create extension if not exists postgis"
)

// prepare sweeps what killed test processes left and makes the migrated template,
// once per state of the migrations for all test processes.
func (s *server) prepare(ctx context.Context) error {
	name, err := templateName(migrations.FS, migrations.Jobs)
	if err != nil {
		return err
	}
	s.template = name
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx) // frees the lock
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, int64(prepareLock)); err != nil {
		return err
	}
	if s.cluster != nil {
		if err := dropLeftovers(ctx, conn); err != nil {
			return err
		}
	}
	var made bool
	err = conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, name).Scan(&made)
	if err != nil || made {
		return err
	}
	if err := dropOldTemplates(ctx, conn); err != nil {
		return err
	}
	return s.migrateTemplate(ctx)
}

// migrateTemplate works under a draft's name, so that a killed process leaves no half template.
func (s *server) migrateTemplate(ctx context.Context) error {
	draft := s.template + "_draft"
	err := execute(s.admin,
		"drop database if exists "+draft+" with (force)",
		"create database "+draft+" owner "+s.owner)
	if err != nil {
		return err
	}
	if err := execute(s.database(draft).String(), createPostGIS); err != nil {
		return err
	}
	if err := migrations.Up(ctx, s.address(draft)); err != nil {
		return err
	}
	return execute(s.admin,
		// Copying fails while anybody is connected to the original.
		"alter database "+draft+" with allow_connections false",
		"alter database "+draft+" rename to "+s.template)
}

// templateName depends on every byte of the migrations: a changed schema gets a new template.
func templateName(files fs.FS, jobs []migrations.JobSchema) (string, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%v\n", jobs)
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return templatePrefix + hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// dropOldTemplates keeps the newest. A process whose template went from under
// its feet would be one that saw eight changes of the schema during its run.
func dropOldTemplates(ctx context.Context, conn *pgx.Conn) error {
	return drop(ctx, conn, `
		select datname
		from pg_database
		where starts_with(datname, $1)
		order by oid desc
		offset $2`, templatePrefix, keptTemplates-1)
}

// dropLeftovers drops the databases of tests that were killed: those from before
// this start of the cluster, since it stops when nobody tests any more.
// PostgreSQL gives the times of files in whole seconds.
func dropLeftovers(ctx context.Context, conn *pgx.Conn) error {
	return drop(ctx, conn, `
		select datname
		from pg_database
		where starts_with(datname, $1)
		and (pg_stat_file('base/' || oid || '/PG_VERSION', true)).modification -- null for one that goes at this moment
			< date_trunc('second', pg_postmaster_start_time())`, clonePrefix)
}

// drop drops the databases that a query names.
func drop(ctx context.Context, conn *pgx.Conn, query string, args ...any) error {
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "drop database if exists "+name+" with (force)"); err != nil {
			return err
		}
	}
	return nil
}

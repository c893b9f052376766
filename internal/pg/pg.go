// Package pg is the road to PostgreSQL: the pool, transactions as closures,
// and the translation of the database's errors into faults.
//
// It knows no word of the domain and hides no SQL: packages write their own
// queries against DB. Geometry crosses as bytes (ST_AsBinary, ST_GeomFromWKB
// with SRID 4326), so no codec is registered here.
//
// Start with Open and InTx. The private cluster is in pg/embedded, databases
// for tests are in pg/pgtest.
package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DB is what a pool and a transaction share: every function that touches the
// database takes one, and so works alone or as a part of something larger.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
	Begin(ctx context.Context) (pgx.Tx, error)
}

// InTx runs work in a transaction: committed when work returns nil, rolled
// back when it fails or panics. When db is itself a transaction, work runs in a
// savepoint, and a failure leaves the outer transaction usable.
// The error of work comes back as it was; beginning and committing give faults.
func InTx(ctx context.Context, db DB, work func(tx pgx.Tx) error) error {
	var failed error
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		failed = work(tx)
		return failed
	})
	if failed != nil {
		return failed
	}
	return FaultOf(err)
}

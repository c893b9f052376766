package snapshot

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/places"
)

// load reads everything that is published, at one moment.
func load(ctx context.Context, pool *pgxpool.Pool, d *dictionary) (*View, error) {
	var view *View
	consistent := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, pool, consistent, func(tx pgx.Tx) error {
		// The pool's limit is for answers to people; this may take as long as it takes.
		if _, err := tx.Exec(ctx, `set local statement_timeout = 0`); err != nil {
			return err
		}
		seq, at, expected, err := position(ctx, tx)
		if err != nil {
			return err
		}
		known, err := places.Sources(ctx, tx)
		if err != nil {
			return err
		}
		base, err := copyPlaces(ctx, tx.Conn(), d, expected)
		if err != nil {
			return err
		}
		base.sumUp(d.profiles, len(d.groups))
		recent := emptySegment()
		recent.nameBase = uint32(base.nameCount())
		view = &View{
			base: base, recent: recent, words: d.words(),
			seq: seq, updatedAt: latest(at, lastUpdate(base)), known: known,
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load the published places: %w", err)
	}
	return view, nil
}

// position is the last change that this transaction sees, the latest instant of
// any, and how many places there are.
func position(ctx context.Context, tx pgx.Tx) (seq int64, at time.Time, expected int, err error) {
	err = tx.QueryRow(ctx, `
		select coalesce(max(seq), 0),
		       coalesce(max(at), '0001-01-01T00:00:00Z'),
		       (select count(*) from published_places)
		from changes`).Scan(&seq, &at, &expected)
	return seq, at, expected, err
}

func copyPlaces(ctx context.Context, conn *pgx.Conn, d *dictionary, expected int) (*segment, error) {
	b := newBuilder(expected)
	var r record
	stream := &copyStream{row: func(columns [][]byte) error {
		if err := d.decode(columns, &r); err != nil {
			return err
		}
		if !r.removed {
			b.add(&r)
		}
		return nil
	}}
	sql := `copy (select p.seq, p.id, ` + recordColumns + ` from published_places p) to stdout (format binary)`
	if _, err := conn.PgConn().CopyTo(ctx, stream, sql); err != nil {
		return nil, err
	}
	return b.finish(), nil
}

func lastUpdate(s *segment) time.Time {
	if s.len() == 0 {
		return time.Time{}
	}
	last := s.updated[0]
	for _, at := range s.updated {
		last = max(last, at)
	}
	return time.UnixMicro(last).UTC()
}

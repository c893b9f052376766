package snapshot

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// changesSince reads the present state of every place that changed behind a seq.
// It is one statement, so it sees one moment: the largest seq it returns.
const changesSince = `
	with latest as (
		select place_id, max(seq) as seq, max(at) as at from changes where seq > $1 group by place_id
	)
	select l.seq, l.place_id, ` + recordColumns + `, l.at
	from latest l left join published_places p on p.id = l.place_id`

// pending says how far the database is ahead; negative when it went back, which
// happens when a backup is restored.
func pending(ctx context.Context, pool *pgxpool.Pool, applied int64) (int64, error) {
	var seq int64
	err := pool.QueryRow(ctx, `select coalesce(max(seq), 0) from changes`).Scan(&seq)
	return seq - applied, err
}

func readChanges(ctx context.Context, pool *pgxpool.Pool, d *dictionary, applied int64) (batch, error) {
	rows, err := pool.Query(ctx, changesSince, pgx.QueryResultFormats{pgx.BinaryFormatCode}, applied)
	if err != nil {
		return batch{}, err
	}
	defer rows.Close()
	changed := batch{seq: applied}
	for rows.Next() {
		columns := rows.RawValues()
		var r record
		if err := d.decode(columns[:recordWidth], &r); err != nil {
			return batch{}, err
		}
		r.name, r.feature = bytes.Clone(r.name), bytes.Clone(r.feature)
		changed.rows = append(changed.rows, r)
		changed.seq = max(changed.seq, r.seq)
		changed.at = latest(changed.at, instant(columns[recordWidth]))
	}
	return changed, rows.Err()
}

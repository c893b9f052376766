package snapshot

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Channel is what publishers notify. The message is only a wake-up: what
// changed is read from the table changes.
const Channel = "changes"

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

// listen wakes the follower at every notification until ctx ends. A broken
// connection is made again; what it missed, the follower's own rhythm finds.
func (s *Store) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		s.options.Logger.Warn("listening for changes was interrupted", "error", err)
		s.nudge()
		pause(ctx, reconnectPause)
	}
}

func (s *Store) listenOnce(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `listen `+Channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		s.nudge() // also once after connecting: something may have been missed
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

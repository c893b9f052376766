package importers

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/jcs"
)

// stageBatch is how many records one COPY carries: enough to amortise it, few enough to hold.
const stageBatch = 1000

var stagedColumns = []string{
	"ref", "version", "at", "tags", "document", "category", "name", "point", "footprint", "partial", "hilbert",
}

// stage reads the whole file into a temporary table, so that memory stays flat
// and the comparison with the baseline is one statement.
func (r *run) stage(ctx context.Context) error {
	_, err := r.tx.Exec(ctx, `
		create temporary table staged (
			ref       text primary key,
			version   integer not null,
			at        timestamptz,
			tags      jsonb not null,
			document  jsonb not null,
			category  text not null,
			name      text not null,
			point     bytea not null, -- WKB
			footprint bytea,          -- WKB
			partial   boolean not null,
			hilbert   bigint not null
		) on commit drop`)
	if err != nil {
		return err
	}
	batch := &stagedBatch{tx: r.tx}
	summary, err := r.source.Read(ctx, Sink{
		Record: func(record Record) error {
			r.report.count(record)
			return batch.add(ctx, record)
		},
		Boundary: r.takeBoundary,
	})
	if err != nil {
		return err
	}
	if err := batch.flush(ctx); err != nil {
		return err
	}
	if _, err := r.tx.Exec(ctx, `analyze staged`); err != nil {
		return err
	}
	r.report.Seen, r.report.Dropped, r.report.Unusable = summary.Seen, summary.Dropped, summary.Unusable
	return r.checkAge(ctx, summary.DataAt)
}

func (r *Report) count(record Record) {
	r.Records++
	if record.Partial {
		r.Partial++
	}
}

// checkAge refuses a file older than the last one of the same source.
func (r *run) checkAge(ctx context.Context, dataAt time.Time) error {
	if dataAt.IsZero() {
		return nil
	}
	r.report.DataAt = &dataAt
	var last *time.Time
	err := r.tx.QueryRow(ctx, `select max(data_at) from imports where source = $1`, r.source.ID()).Scan(&last)
	if err != nil {
		return err
	}
	if last != nil && dataAt.Before(*last) && !r.options.AllowOlder {
		return fault.New(fault.Conflict,
			"the file is of %s, older than the %s of the last import; nothing was changed. --allow-older takes it all the same",
			dataAt.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339))
	}
	return nil
}

type stagedBatch struct {
	tx   pgx.Tx
	rows [][]any
}

func (b *stagedBatch) add(ctx context.Context, record Record) error {
	row, err := stagedRow(record)
	if err != nil {
		return fmt.Errorf("stage %s: %w", record.Ref, err)
	}
	b.rows = append(b.rows, row)
	if len(b.rows) < stageBatch {
		return nil
	}
	return b.flush(ctx)
}

func (b *stagedBatch) flush(ctx context.Context) error {
	_, err := b.tx.CopyFrom(ctx, pgx.Identifier{"staged"}, stagedColumns, pgx.CopyFromRows(b.rows))
	b.rows = b.rows[:0]
	return err
}

func stagedRow(record Record) ([]any, error) {
	tags := jcs.AppendTexts(nil, record.Tags)
	document, err := record.Document.Canonical()
	if err != nil {
		return nil, err
	}
	point, err := wkb.Marshal(record.Document.Position)
	if err != nil {
		return nil, err
	}
	var footprint []byte
	if record.Footprint != nil {
		if footprint, err = wkb.Marshal(record.Footprint); err != nil {
			return nil, err
		}
	}
	var at *time.Time
	if !record.At.IsZero() {
		at = &record.At
	}
	return []any{
		record.Ref, record.Version, at, tags, document, record.Document.Category, record.Document.Name.Plain(),
		point, footprint, record.Partial, int64(geo.Hilbert(record.Document.Position)),
	}, nil
}

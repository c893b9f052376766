package moderation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// ImportRun is one run of an importer, with what it asks of moderators.
type ImportRun struct {
	ID       int64
	Source   string
	File     string
	Started  time.Time
	Finished time.Time       // zero where it did not
	Report   json.RawMessage // importers.Report
	Waiting  int             // contributions of it that wait
	Answered int             // that were answered
}

// ImportRuns lists the runs before one, the newest first; before 0 is the newest.
func ImportRuns(ctx context.Context, db pg.DB, before int64, limit int) ([]ImportRun, error) {
	rows, err := db.Query(ctx, `
		select
			i.id,
			i.source,
			i.file_name,
			i.started_at,
			coalesce(i.finished_at, '0001-01-01 00:00:00Z'),
			i.report,
			count(c.id) filter (where c.state in ('pending', 'escalated', 'needs_info')),
			count(c.id) filter (where c.state in ('accepted', 'refused'))
		from imports i
		left join contributions c on c.import_id = i.id
		where $1::bigint = 0 or i.id < $1
		group by i.id
		order by i.id desc
		limit $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[ImportRun])
}

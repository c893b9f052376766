package places

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// Source is where values come from, with what one owes for using them.
type Source struct {
	ID          string
	Name        string
	Licence     string // SPDX
	Attribution string
	URL         string
}

// Sources lists every source that this map knows, in the order of their ids.
func Sources(ctx context.Context, db pg.DB) ([]Source, error) {
	rows, err := db.Query(ctx, `select id, name, licence, attribution, url from sources order by id`)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", pg.FaultOf(err))
	}
	sources, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Source])
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", pg.FaultOf(err))
	}
	return sources, nil
}

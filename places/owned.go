package places

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// Owned are the places on the map that an organisation owns, by id, at most limit,
// with greater ids than after. Hidden ones are absent.
func Owned(ctx context.Context, db pg.DB, organisation int64, after ID, limit int) ([]ID, error) {
	rows, err := db.Query(ctx, `
		select p.id
		from places p
		where p.organisation_id = $1
			and p.id > $2
			and exists (select from published_places s where s.id = p.id)
		order by p.id
		limit $3`, organisation, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list what organisation %d owns: %w", organisation, pg.FaultOf(err))
	}
	return pgx.CollectRows(rows, pgx.RowTo[ID])
}

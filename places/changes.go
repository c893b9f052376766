package places

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// Operation says what a change did to what is published.
type Operation string

// The operations of the feed.
const (
	Created Operation = "create"
	Updated Operation = "update"
	Removed Operation = "remove"
)

// AllOperations lists every operation.
var AllOperations = []Operation{Created, Updated, Removed}

// Change is one entry of the public feed.
type Change struct {
	Seq       int64     `json:"seq" doc:"Number of the change; follows commit order, without gaps"`
	Place     ID        `json:"place" doc:"The place that changed"`
	Revision  int       `json:"revision" doc:"The revision that became public"`
	Operation Operation `json:"operation" enum:"create,update,remove"`
	At        time.Time `json:"at"`
}

// Changes gives the entries behind since, oldest first. Whoever goes on from the
// last seq that it has read misses nothing: seq is taken under a lock that is held
// until commit, so a smaller one never appears later.
func Changes(ctx context.Context, db pg.DB, since int64, limit int) ([]Change, error) {
	rows, err := db.Query(ctx, `
		select seq, place_id, revision, operation, at
		from changes
		where seq > $1
		order by seq
		limit $2`, since, limit)
	if err != nil {
		return nil, fmt.Errorf("read changes since %d: %w", since, pg.FaultOf(err))
	}
	changes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Change])
	if err != nil {
		return nil, fmt.Errorf("read changes since %d: %w", since, pg.FaultOf(err))
	}
	return changes, nil
}

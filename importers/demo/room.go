package demo

import (
	"context"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Room reports whether the map holds no place yet. The fault is Conflict when it
// holds places of any other source: an invented town has no business among them.
func Room(ctx context.Context, db pg.DB) (empty bool, err error) {
	var some, others bool
	err = db.QueryRow(ctx, `
		select exists (select from published_places),
		       exists (select from published_places where source <> $1)`, SourceID).Scan(&some, &others)
	if err != nil {
		return false, err
	}
	if others {
		return false, fault.New(fault.Conflict,
			"the map already holds real places; the invented town is for an empty one, in another data directory (--data)")
	}
	return !some, nil
}

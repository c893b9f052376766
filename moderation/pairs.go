package moderation

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/places"
)

// The verdicts on a pair of places that may be one.
const (
	pairDistinct = "distinct" // remembered for ever
	pairMerged   = "merged"
)

// settlePair keeps what was decided of two places, in either order.
func settlePair(ctx context.Context, tx pgx.Tx, a, b places.ID, verdict string, at time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into duplicate_pairs (a, b, score, verdict, at)
		values (least($1::bigint, $2), greatest($1::bigint, $2), 1, $3, $4)
		on conflict (a, b) do update set verdict = excluded.verdict`, a, b, verdict, at.UTC())
	return err
}

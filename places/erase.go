package places

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Erase makes what these revisions of a place said be gone, or all of the place
// with none named: documents, provenance, positions, footprints, the keys of
// their commitments, the contributions that said it with their conversations, the
// published row, what sources said of it, and photos (the bytes within a minute). Numbers, causes, instants and commitments
// stay. The leaf of the log is the caller's, in the same transaction.
//
// It opens a transaction (inside one: a savepoint), and gives the seq of the
// change, 0 when the place was not on the map. Faults: NotFound for a revision
// that is not there, Conflict for the live one, which must be corrected first.
func Erase(ctx context.Context, db pg.DB, cause Cause, id ID, revisions []int) (seq int64, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if err := checkErasable(ctx, tx, id, revisions); err != nil {
			return err
		}
		var numbers []int // null is all
		if len(revisions) > 0 {
			numbers = revisions
		} else if seq, err = unpublishIfShown(ctx, tx, cause, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select erase_place($1, $2, $3)`, id, numbers, cause.At.UTC()); err != nil {
			return err
		}
		if len(revisions) > 0 {
			return nil
		}
		return erasePhotos(ctx, tx, id, cause.At.UTC())
	})
	if err != nil {
		return 0, fmt.Errorf("erase place %d: %w", id, err)
	}
	return seq, nil
}

func checkErasable(ctx context.Context, tx pgx.Tx, id ID, revisions []int) error {
	var live int
	if err := tx.QueryRow(ctx, `select live_revision from places where id = $1 for no key update`, id).Scan(&live); err != nil {
		return pg.FaultOf(err)
	}
	if slices.Contains(revisions, live) {
		return fault.New(fault.Conflict, "revision %d is the live one; correct the place first, then erase what it was before", live)
	}
	for _, number := range revisions {
		if number < 1 || number > live {
			return fault.New(fault.NotFound, "place %d has no revision %d", id, number)
		}
	}
	return nil
}

// unpublishIfShown takes a place from the map, unless it is not there already.
func unpublishIfShown(ctx context.Context, tx pgx.Tx, cause Cause, id ID) (int64, error) {
	var shown bool
	if err := tx.QueryRow(ctx, `select exists (select from published_places where id = $1)`, id).Scan(&shown); err != nil || !shown {
		return 0, err
	}
	return Withdraw(ctx, tx, cause, id, "withheld")
}

// erasePhotos makes the bytes go of all photos of a place. Those of revisions go
// with the contributions that brought them (blank_contributions).
func erasePhotos(ctx context.Context, tx pgx.Tx, id ID, at time.Time) error {
	_, err := tx.Exec(ctx, `update photos set state = 'erased', due_at = $2 where place_id = $1 and gone_at is null`, id, at)
	return err
}

package places

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Withdraw takes a place from the map without touching its history, and tells
// the feed: visibility "refused" (shown greyed, with the reason) or "withheld"
// (only that something was). It opens a transaction (inside one: a savepoint).
func Withdraw(ctx context.Context, db pg.DB, cause Cause, id ID, visibility string) (seq int64, err error) {
	return unpublish(ctx, db, cause, id, `update places set visibility = $2 where id = $1`, visibility)
}

func unpublish(ctx context.Context, db pg.DB, cause Cause, id ID, mark string, how any) (seq int64, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if seq, err = lockSeq(ctx, tx); err != nil {
			return err
		}
		seq++
		if _, err := tx.Exec(ctx, mark, id, how); err != nil {
			return err
		}
		var revision int
		err := tx.QueryRow(ctx, `delete from published_places where id = $1 returning revision`, id).Scan(&revision)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.Conflict, "place %d is not on the map", id)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			with entry as (
				insert into changes (seq, place_id, revision, operation, at) values ($1, $2, $3, 'remove', $4)
			)
			select pg_notify('changes', $1::text)`, seq, id, revision, cause.At.UTC())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("withdraw place %d: %w", id, err)
	}
	return seq, nil
}

// Readmit lets a place onto the map again: publish a draft of it in the same transaction.
func Readmit(ctx context.Context, tx pgx.Tx, id ID) error {
	_, err := tx.Exec(ctx, `
		update places p
		set visibility = 'public',
			merged_into = null,
			state = (
				select document ->> 'state'
				from place_revisions r
				where r.place_id = p.id and r.number = p.live_revision
			)
		where id = $1`, id)
	return err
}

// FieldsAt are the fields of one revision of a place. Faults: NotFound, Conflict when it was erased.
func FieldsAt(ctx context.Context, db pg.DB, id ID, revision int) (Fields, error) {
	var document []byte
	var erased bool
	err := db.QueryRow(ctx, `
		select document, erased_at is not null
		from place_revisions
		where place_id = $1 and number = $2`, id, revision).Scan(&document, &erased)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "place %d has no revision %d", id, revision)
	}
	if err != nil {
		return nil, fmt.Errorf("find revision %d of place %d: %w", revision, id, err)
	}
	if erased {
		return nil, fault.New(fault.Conflict, "revision %d of place %d was erased", revision, id)
	}
	return FieldsOf(document)
}

// Locate finds the code of the smallest neighbourhood around a position, empty where there is none.
func Locate(ctx context.Context, db pg.DB, at orb.Point) (code string, err error) {
	err = db.QueryRow(ctx, `
		select code
		from neighbourhoods
		where st_covers(area, st_setsrid(st_makepoint($1, $2), 4326))
		order by level desc, st_area(area), code
		limit 1`, at[0], at[1]).Scan(&code)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return code, err
}

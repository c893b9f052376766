package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// SweepPhotos deletes the bytes that have to go: of photos that were refused, hidden
// or erased, of uploads that nothing became of, of what a killed server left behind. It
// may be cut anywhere, and done again.
func (r *Road) SweepPhotos(ctx context.Context, db pg.DB, now time.Time) error {
	if r.Photos == nil {
		return nil
	}
	if err := dismissPhotos(ctx, db, now.UTC()); err != nil {
		return fmt.Errorf("sweep photos: %w", err)
	}
	rows, err := db.Query(ctx, `select file from photo_leftovers where due_at <= $1 order by due_at limit 1000`, now.UTC())
	if err != nil {
		return fmt.Errorf("sweep photos: %w", err)
	}
	files, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("sweep photos: %w", err)
	}
	for _, file := range files {
		if err := r.Photos.Forget(ctx, file); err != nil {
			return fmt.Errorf("sweep photos: %w", err)
		}
		if _, err := db.Exec(ctx, `delete from photo_leftovers where file = $1`, file); err != nil {
			return fmt.Errorf("sweep photos: %w", err)
		}
	}
	return nil
}

// dismissPhotos notes the files that have to go now, and that their photos have
// none any more. Of what never was a contribution of its own nothing is left to tell.
func dismissPhotos(ctx context.Context, db pg.DB, now time.Time) error {
	_, err := db.Exec(ctx, `
		with due as (
			select id, file, state from photos where due_at <= $1 and gone_at is null for update skip locked
		), noted as (
			insert into photo_leftovers (file, due_at) select file, $1 from due on conflict do nothing
		), never as (
			delete from photos where id in (select id from due where state in ('uploaded', 'attached'))
		)
		update photos set gone_at = $1 where id in (select id from due where state not in ('uploaded', 'attached'))`, now)
	return err
}

// orphanAge is how old a file that nobody knows must be to be deleted: until then
// it may be one that another server is writing.
const orphanAge = 24 * time.Hour

// SweepStore deletes files of the store that the database knows nothing of, as after
// the restore of an older backup. It returns how many.
func (r *Road) SweepStore(ctx context.Context, db pg.DB, now time.Time) (int, error) {
	if r.Photos == nil {
		return 0, nil
	}
	gone, err := r.Photos.Sweep(ctx, now.Add(-orphanAge), func(file string) (known bool, err error) {
		err = db.QueryRow(ctx, `
			select exists (select from photos where file = $1 and gone_at is null)
				or exists (select from photo_leftovers where file = $1)`, file).Scan(&known)
		return known, err
	})
	if err != nil {
		return gone, fmt.Errorf("sweep the store of photos: %w", err)
	}
	return gone, nil
}

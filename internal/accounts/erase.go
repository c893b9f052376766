package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// Tombstone is an erased account: who it was is gone, that it must stay gone is
// not. It outlives the database (see Tombstones), so that a backup does not bring a person back.
type Tombstone struct {
	Mark    string    `json:"mark"`    // of the user, a UUID that says nothing
	Content bool      `json:"content"` // whether what was not published went too
	At      time.Time `json:"at"`
}

// LockUser keeps a user for a transaction that erases: who refers to the user meanwhile
// waits for its end. It gives false for a user who never was.
func LockUser(ctx context.Context, tx pgx.Tx, user int64, _ time.Time) (there bool, err error) {
	return locked(tx.Query(ctx, `select true from users where id = $1 for update`, user))
}

// locked tells whether a statement found its row.
func locked(rows pgx.Rows, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("lock user: %w", pg.FaultOf(err))
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	if err != nil {
		return false, fmt.Errorf("lock user: %w", pg.FaultOf(err))
	}
	return len(found) > 0, nil
}

// EraseUser makes what tells a person of a user be gone: e-mail, name, sessions,
// tokens, passkeys, links and letters that wait. The row stays, empty, for what refers to
// it. It is a part of moderation's erasing of a person, and in its transaction;
// done twice it is done once, and reports that it was nothing new.
func EraseUser(ctx context.Context, tx pgx.Tx, user int64, content bool, now time.Time) (stone Tombstone, fresh bool, err error) {
	stone = Tombstone{Content: content, At: now.UTC()}
	var email string
	err = tx.QueryRow(ctx, `
		select mark::text, coalesce(email, '')
		from users
		where id = $1 and erased_at is null
		for update`, user).Scan(&stone.Mark, &email)
	if errors.Is(err, pgx.ErrNoRows) {
		return stone, false, nil
	}
	if err != nil {
		return stone, false, fmt.Errorf("find user %d: %w", user, err)
	}
	batch := &pgx.Batch{}
	for _, statement := range []string{
		`delete from sessions where user_id = $1`,
		`delete from api_tokens where user_id = $1`,
		`delete from passkeys where user_id = $1`,
		`delete from identities where user_id = $1`,
		`delete from ceremonies where user_id = $1`,
		`delete from user_scopes where user_id = $1`,
		`delete from follows where user_id = $1`,
		`delete from digests where user_id = $1`,
	} {
		batch.Queue(statement, user)
	}
	batch.Queue(`update invitations set invited_by = null, ended_at = coalesce(ended_at, $2) where invited_by = $1`, user, stone.At)
	batch.Queue(`delete from login_links where email = $1`, email)
	batch.Queue(`delete from mails where email = $1`, email)
	batch.Queue(`delete from invitations where email = $1`, email)
	batch.Queue(`
		update users
		set name = 'erased ' || id,
			email = null,
			role = 'resident',
			organisation_id = null,
			manages = false,
			known_as = null,
			language = 'fr',
			verified_at = null,
			last_seen_on = null,
			warned_at = null,
			erased_at = $2
		where id = $1`, user, stone.At)
	batch.Queue(`insert into erased_users (mark, content, at) values ($1, $2, $3) on conflict do nothing`, stone.Mark, content, stone.At)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return stone, false, fmt.Errorf("erase user %d: %w", user, pg.FaultOf(err))
	}
	return stone, true, nil
}

// Erased are the accounts that this database knows to be erased.
func Erased(ctx context.Context, db pg.DB) ([]Tombstone, error) {
	rows, err := db.Query(ctx, `select mark::text, content, at from erased_users order by at, mark`)
	if err != nil {
		return nil, fmt.Errorf("list erased accounts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Tombstone])
}

// ByMark finds the user of a tombstone who is there all the same; 0 for nobody.
func ByMark(ctx context.Context, db pg.DB, mark string) (user int64, err error) {
	err = db.QueryRow(ctx, `select coalesce((select id from users where mark = $1::uuid and erased_at is null), 0)`, mark).Scan(&user)
	if err != nil {
		return 0, fmt.Errorf("look for an erased account: %w", err)
	}
	return user, nil
}

package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
)

// Account is what a user sees of their own: nobody else is shown it.
type Account struct {
	ID           int64      `json:"-"`
	Name         string     `json:"name"` // as operators call them
	Email        string     `json:"email"`
	Role         Role       `json:"role"`
	Organisation string     `json:"organisation,omitempty"`
	Language     string     `json:"language"`
	Created      time.Time  `json:"created_at"`
	Verified     *time.Time `json:"verified_at,omitempty"`
	LastSeen     *time.Time `json:"last_seen_on,omitempty"` // a day
}

// Find is a user's own account. Faults: NotFound.
func Find(ctx context.Context, db pg.DB, user int64) (Account, error) {
	rows, err := db.Query(ctx, `
		select
			u.id,
			u.name,
			coalesce(u.email, ''),
			u.role,
			coalesce(o.name, ''),
			u.language,
			u.created_at,
			u.verified_at,
			u.last_seen_on
		from users u
		left join organisations o on o.id = u.organisation_id
		where u.id = $1 and u.erased_at is null`, user)
	if err != nil {
		return Account{}, fmt.Errorf("find account %d: %w", user, err)
	}
	account, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Account])
	if errors.Is(err, pgx.ErrNoRows) {
		return account, fault.New(fault.NotFound, "there is no user %d", user)
	}
	return account, err
}

// SetLanguage says in which language letters to a user are written. Faults: Invalid.
func SetLanguage(ctx context.Context, db pg.DB, user int64, language string) error {
	if !slices.Contains(mail.Languages, language) {
		return fault.InvalidField("language", "%q is none of %v", language, mail.Languages)
	}
	if _, err := db.Exec(ctx, `update users set language = $2 where id = $1`, user, language); err != nil {
		return fmt.Errorf("set the language of user %d: %w", user, err)
	}
	return nil
}

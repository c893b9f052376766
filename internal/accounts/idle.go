package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
)

const (
	// idleYears is how long an account may rest before its user is warned (CNIL: two
	// years without use, for accounts on line).
	idleYears = 2
	// warnedDays is how long they have to come back.
	warnedDays = 30
	// idleBatch is how many are warned or found at once.
	idleBatch  = 100
	idleLetter = "idle"
)

// ending is what the letter says.
type ending struct {
	Day string `json:"day"` // yyyy-mm-dd
}

// WarnIdle has a letter sent to users with an e-mail who have not been here for two
// years, once, and gives how many. Who moderates or administers is warned too.
func WarnIdle(ctx context.Context, db pg.DB, now time.Time) (warned int, err error) {
	now = now.UTC()
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			update users
			set warned_at = $1
			where id in (
				select id
				from users
				where email is not null
					and warned_at is null
					and coalesce(last_seen_on, created_at::date) < $2::date
				order by id
				limit $3
				for update skip locked
			)
			returning email, language`, now, now.AddDate(-idleYears, 0, 0), idleBatch)
		if err != nil {
			return fmt.Errorf("find idle accounts: %w", err)
		}
		type person struct{ Email, Language string }
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[person])
		if err != nil {
			return fmt.Errorf("find idle accounts: %w", err)
		}
		day := ending{now.AddDate(0, 0, warnedDays).Format(time.DateOnly)}
		for _, one := range all {
			if err := mail.Enqueue(ctx, tx, mail.Waiting{Kind: idleLetter, To: one.Email, Language: one.Language, Data: day}, now); err != nil {
				return err
			}
		}
		warned = len(all)
		return nil
	})
	return warned, err
}

// isIdle is true of users whose 30 days since the warning are over, at $1. A warning
// that still waits is none.
const isIdle = `
	u.warned_at < $1
		and u.erased_at is null
		and not exists (select from mails m where m.kind = '` + idleLetter + `' and m.email = u.email)`

// Idle are the users whose 30 days since the warning are over. Ask LockIdle again
// before one of them is erased.
func Idle(ctx context.Context, db pg.DB, now time.Time) ([]int64, error) {
	rows, err := db.Query(ctx, `
		select u.id
		from users u
		where `+isIdle+`
		order by u.id
		limit $2`, now.UTC().AddDate(0, 0, -warnedDays), idleBatch)
	if err != nil {
		return nil, fmt.Errorf("find idle accounts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// LockIdle is LockUser for a user who is idle still; it gives false for one who came back.
func LockIdle(ctx context.Context, tx pgx.Tx, user int64, now time.Time) (idle bool, err error) {
	return locked(tx.Query(ctx, `
		select true
		from users u
		where u.id = $2 and `+isIdle+`
		for update of u`, now.UTC().AddDate(0, 0, -warnedDays), user))
}

// GivenUp is what becomes of letters that nobody took for a day, for mail.Forget: who
// got no warning was not warned, and gets another one.
func GivenUp() map[string]mail.GivenUp {
	return map[string]mail.GivenUp{idleLetter: func(ctx context.Context, tx pgx.Tx, email string) error {
		_, err := tx.Exec(ctx, `update users set warned_at = null where email = $1`, email)
		return err
	}}
}

func (l *Links) writeIdle(ctx context.Context, waiting mail.Letter) (mail.Message, error) {
	var gone bool
	err := l.DB.QueryRow(ctx, `select not exists (select from users where email = $1 and warned_at is not null)`, waiting.To).Scan(&gone)
	if err != nil {
		return mail.Message{}, fmt.Errorf("look for the account: %w", err)
	}
	if gone {
		return mail.Message{}, mail.ErrNothing
	}
	var about ending
	if err := json.Unmarshal(waiting.Data, &about); err != nil {
		return mail.Message{}, errors.New("the letter cannot be read")
	}
	return l.letters.Write(idleLetter, waiting.Language, struct{ Day, URL string }{about.Day, l.BaseURL + "/connexion"})
}

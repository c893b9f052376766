package moderation

import (
	"context"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// TellByMail keeps the address to which the answer to a visitor's own contribution is
// sent, in place of one that was given before. It goes as one that came with the
// contribution does. Faults: Invalid for what is no address; NotFound for anybody else's
// contribution; Conflict once it is decided, and for who has an account, who is told there.
func TellByMail(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, email string) (Contribution, error) {
	var c checker
	if email == "" {
		c.wrong("/email", "this is not an e-mail address")
	}
	c.contact(email)
	if err := c.fault(); err != nil {
		return Contribution{}, err
	}
	return own(ctx, db, actor, id, func(tx pgx.Tx, c Contribution) error {
		if actor.User != 0 {
			return fault.New(fault.Conflict, "who has an account is told by it")
		}
		if !c.State.Open() {
			return fault.New(fault.Conflict, "contribution %d is %s already", c.ID, c.State)
		}
		_, err := tx.Exec(ctx, `update contributions set email = $2 where id = $1`, c.ID, email)
		return err
	})
}

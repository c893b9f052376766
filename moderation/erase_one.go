package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation/publiclog"
)

// EraseOrder asks that what a contribution said be gone.
type EraseOrder struct {
	ID      int64  `json:"-"`       // of the contribution
	Version int    `json:"-"`       // of it that the moderator saw
	Reason  string `json:"reason"`  // one of Reasons
	Message string `json:"message"` // to the author; it stays
}

// EraseContribution makes what a contribution said be gone that never became a
// revision: its proposal and words, those of the decisions and of the conversation
// about it, the key of its commitment, what told the visitor. If it still waits it
// is superseded first. The log says that it was done. Doing it again changes nothing.
//
// Faults: NotFound; Forbidden outside the moderator's scope; Stale when the
// contribution has changed since its Version; Conflict for one that became a
// revision, which is erased with its place, and for one that records what
// moderation did; Invalid without a reason and a message.
func EraseContribution(ctx context.Context, db pg.DB, actor accounts.Actor, order EraseOrder, now time.Time) (c Contribution, err error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return c, err // before looking: what is absent and what is not theirs are alike
	}
	if err := order.check(); err != nil {
		return c, err
	}
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if c, err = find(ctx, tx, order.ID, true); err != nil {
			return err
		}
		if err := mayErase(actor, c, order); err != nil {
			return err
		}
		if !c.Erased.IsZero() {
			return nil
		}
		by := decider{role: actor.Role, user: actor.User}
		if err := eraseContent(ctx, tx, c, by, order.Reason, now.UTC()); err != nil {
			return err
		}
		if err := say(ctx, tx, c.ID, actor.User, order.Message, now.UTC()); err != nil {
			return err
		}
		c, err = find(ctx, tx, order.ID, false)
		return err
	})
	if err != nil {
		return Contribution{}, fmt.Errorf("erase contribution %d: %w", order.ID, err)
	}
	return c, nil
}

func (o EraseOrder) check() error {
	var c checker
	c.reason(o.Reason)
	c.text("/message", o.Message, 1, maxMessage)
	return c.fault()
}

func mayErase(actor accounts.Actor, c Contribution, order EraseOrder) error {
	if err := AllowedToModerate(actor, c.object()); err != nil {
		return err
	}
	if order.Version != c.Version {
		return fault.New(fault.Stale, "contribution %d is at version %d, not %d: it is %s", c.ID, c.Version, order.Version, c.State)
	}
	if c.Revision != 0 {
		return fault.New(fault.Conflict, "contribution %d became revision %d of place %d; erase that", c.ID, c.Revision, c.Place)
	}
	if c.State == Accepted && c.Action != Report {
		return fault.New(fault.Conflict, "contribution %d records what moderation did, and stays", c.ID)
	}
	return nil
}

// eraseContent empties a locked contribution, and tells the log: the leaf is of
// the contribution itself, without an outcome, so that figures stay as they were.
func eraseContent(ctx context.Context, tx pgx.Tx, c Contribution, by decider, reason string, now time.Time) error {
	if c.State.CanBecome(Superseded) {
		if err := step(ctx, tx, c, Superseded, decider{role: by.role, user: by.user, rule: "erased"}, now); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `select erase_contribution($1, $2)`, c.ID, now); err != nil {
		return pg.FaultOf(err)
	}
	if _, err := tx.Exec(ctx, `update contributions set version = version + 1 where id = $1`, c.ID); err != nil {
		return err
	}
	_, err := publiclog.Append(ctx, tx, publiclog.Leaf{
		Event: publiclog.Erased, Item: c.Item, At: now, Reason: reason, Neighbourhood: c.Neighbourhood,
	})
	return err
}

// say keeps a word of moderation to the author.
func say(ctx context.Context, tx pgx.Tx, contribution, user int64, message string, now time.Time) error {
	_, err := tx.Exec(ctx, `
		insert into contribution_messages (contribution_id, from_moderation, user_id, message, at)
		values ($1, true, nullif($2::bigint, 0), $3, $4)`, contribution, user, message, now)
	return err
}

package moderation

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Sampled says whether what a rule accepted is looked at afterwards. It is pure:
// the item's UUID, which nobody can choose, decides like a die.
func (p Policy) Sampled(rule, item string) bool {
	for _, one := range p.Rules {
		if one.Name == rule && one.Ruling == AcceptNow {
			sum := sha256.Sum256([]byte(item))
			return binary.BigEndian.Uint64(sum[:])%100 < uint64(max(one.SamplePercent, 0))
		}
	}
	return false
}

// sample puts what a rule has just accepted among what is looked at afterwards.
func (r *Road) sample(ctx context.Context, tx pgx.Tx, c Contribution, rule string, now time.Time) error {
	if c.State != Accepted || !r.Policy.Sampled(rule, c.Item) {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into reviews (contribution_id, sampled_at) values ($1, $2)`, c.ID, now.UTC())
	return err
}

// Reviews lists what a rule accepted and someone should look at, in the actor's
// scope, the oldest first, behind one of them. Faults: Forbidden for all but moderators.
func Reviews(ctx context.Context, db pg.DB, actor accounts.Actor, after int64, limit int) ([]Contribution, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return nil, err
	}
	neighbourhoods, groups := scopesOf(actor)
	rows, err := db.Query(ctx, selectContribution+`
		join reviews v on v.contribution_id = c.id
		where v.verdict is null
			and c.id > $1
			and ($2::text[] is null or exists (
				select from unnest($2::text[], $3::text[]) as s (neighbourhood, group_id)
				where s.neighbourhood in ('', c.neighbourhood) and s.group_id in ('', c.group_id)
			))
		order by c.id
		limit $4`, after, neighbourhoods, groups, limit)
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", err)
	}
	return pgx.CollectRows(rows, scanContribution)
}

// ReviewVerdict is what a moderator says of what a rule accepted.
type ReviewVerdict struct {
	ID      int64  `json:"-"` // of the contribution
	Verdict string `json:"verdict" enum:"ok,revert"`
	Reason  string `json:"reason,omitempty" doc:"Of a revert: a code"`
	Message string `json:"message,omitempty" doc:"Of a revert: to the author"`
}

// Review answers a contribution that a rule accepted: it is right, or it is
// undone as far as nobody has changed it since, by a contribution of the
// moderator. Seq is that of the change, 0 for none.
//
// Faults: NotFound for what does not wait to be reviewed; Forbidden outside the
// moderator's scope and for one's own; Invalid; Conflict when nothing of it can be undone any more.
func (r *Road) Review(ctx context.Context, db pg.DB, actor accounts.Actor, v ReviewVerdict, now time.Time) (item UndoItem, seq int64, err error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return item, 0, err
	}
	if err := v.check(); err != nil {
		return item, 0, err
	}
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		c, err := lockReview(ctx, tx, actor, v.ID)
		if err != nil {
			return err
		}
		item = UndoItem{Contribution: c.ID, Outcome: "kept", Place: c.Place}
		verdict := "ok"
		if v.Verdict == "revert" {
			verdict = "reverted"
			u := undoing{actor: actor, reason: v.Reason, message: v.Message, rule: reviewRule, now: now.UTC()}
			if item, seq, err = r.undoOne(ctx, tx, u, c); err != nil {
				return err
			}
			if item.Outcome == "kept" {
				return fault.New(fault.Conflict, "nothing of it can be undone any more: %s", item.Why)
			}
		}
		_, err = tx.Exec(ctx, `
			update reviews
			set verdict = $2, reviewed_by = $3, reviewed_at = $4, undone_by = nullif($5::bigint, 0)
			where contribution_id = $1`, c.ID, verdict, actor.User, now.UTC(), item.UndoneBy)
		return err
	})
	if err != nil {
		return UndoItem{}, 0, fmt.Errorf("review contribution %d: %w", v.ID, err)
	}
	return item, seq, nil
}

// reviewRule is the name of the rule by which a review undoes a contribution.
const reviewRule = "review"

func (v ReviewVerdict) check() error {
	var c checker
	switch v.Verdict {
	case "ok":
	case "revert":
		c.reason(v.Reason)
		c.text("/message", v.Message, 1, maxMessage)
	default:
		c.wrong("/verdict", "%q is neither ok nor revert", v.Verdict)
	}
	return c.fault()
}

func lockReview(ctx context.Context, tx pgx.Tx, actor accounts.Actor, id int64) (Contribution, error) {
	var waits bool
	err := tx.QueryRow(ctx, `select verdict is null from reviews where contribution_id = $1 for update`, id).Scan(&waits)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !waits {
		return Contribution{}, fault.New(fault.NotFound, "contribution %d does not wait for a review", id)
	}
	if err != nil {
		return Contribution{}, err
	}
	c, err := find(ctx, tx, id, true)
	if err != nil {
		return c, err
	}
	if err := AllowedToModerate(actor, c.object()); err != nil {
		return c, err
	}
	if c.Author != 0 && c.Author == actor.User {
		return c, fault.New(fault.Forbidden, "this is your own contribution; a colleague decides it")
	}
	return c, nil
}

package moderation

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
)

// Persons is what a person may ask about herself: all that is kept of her, and
// that it be gone (GDPR, articles 15, 17 and 20).
type Persons struct {
	DB     pg.DB
	Clock  func() time.Time
	Stones *accounts.Tombstones // beside the database; nil where nothing outlives it
}

//go:embed person.sql
var exportPerson string

// ExportPerson is all that is kept of a user, as JSON: account, sessions, tokens,
// contributions with what was said and decided about them, messages, votes, and
// what they decided themselves. Secrets are kept as hashes only, and so are not in it.
func ExportPerson(ctx context.Context, db pg.DB, user int64) (text []byte, err error) {
	if err := db.QueryRow(ctx, exportPerson, user).Scan(&text); err != nil {
		return nil, fmt.Errorf("export user %d: %w", user, pg.FaultOf(err))
	}
	return append(text, '\n'), nil
}

// Erase makes a person be gone: e-mail, name, sessions, tokens, votes, and every
// link from what she contributed, said or claimed to her. What she decided as a
// moderator stays with an empty account. With content, what she proposed and was
// not published goes too, and what she said in conversations; what was published
// is the history of a place, see docs/erase.md. Doing it again changes nothing.
func (p *Persons) Erase(ctx context.Context, user int64, content bool) error {
	_, err := p.erase(ctx, user, content, accounts.LockUser)
	return err
}

// lock keeps a user for a transaction and says whether the user is to be erased.
type lock func(ctx context.Context, tx pgx.Tx, user int64, now time.Time) (wanted bool, err error)

// erase locks the user before all else: what others send in meanwhile for that user
// waits, and is refused (refuse_erased_author).
func (p *Persons) erase(ctx context.Context, user int64, content bool, lock lock) (erased bool, err error) {
	var stone accounts.Tombstone
	once := func() error {
		return pg.InTx(ctx, p.DB, func(tx pgx.Tx) error {
			wanted, err := lock(ctx, tx, user, p.Clock())
			if err != nil || !wanted {
				return err
			}
			stone, erased, err = eraseLocked(ctx, tx, user, content, p.Clock())
			return err
		})
	}
	if err = once(); isDeadlock(err) { // with an act of hers that locks otherwise, which is through by now
		err = once()
	}
	if err != nil {
		return false, fmt.Errorf("erase person %d: %w", user, err)
	}
	if !erased || p.Stones == nil {
		return erased, nil
	}
	return true, p.Stones.Keep(stone)
}

// isDeadlock is true of what the database ended for another transaction's sake
// (PostgreSQL manual, appendix A: deadlock_detected).
func isDeadlock(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "40P01"
}

func eraseLocked(ctx context.Context, tx pgx.Tx, user int64, content bool, now time.Time) (stone accounts.Tombstone, fresh bool, err error) {
	if content {
		if err := eraseUnpublished(ctx, tx, user, now); err != nil {
			return stone, false, err
		}
	}
	proposed, err := proposedBy(ctx, tx, user)
	if err != nil {
		return stone, false, err
	}
	if err := cutLinks(ctx, tx, user); err != nil {
		return stone, false, err
	}
	if stone, fresh, err = accounts.EraseUser(ctx, tx, user, content, now); err != nil {
		return stone, false, err
	}
	return stone, fresh, cutOwnDecisions(ctx, tx, user, proposed)
}

// proposedBy are the contributions of a user, other than acts of moderation.
func proposedBy(ctx context.Context, tx pgx.Tx, user int64) ([]int64, error) {
	rows, err := tx.Query(ctx, `
		select id
		from contributions
		where user_id = $1 and action not in ('merge', 'revert', 'hide', 'restore', 'erase')`, user)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// eraseUnpublished empties what a user proposed that never became a revision.
func eraseUnpublished(ctx context.Context, tx pgx.Tx, user int64, now time.Time) error {
	rows, err := tx.Query(ctx, selectContribution+`
		where c.user_id = $1 and c.erased_at is null
			and (c.state <> 'accepted' or c.action = 'report')
			and not exists (select from place_revisions r where r.contribution_id = c.id)
		order by c.id
		for update of c`, user)
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, scanContribution)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := eraseContent(ctx, tx, one, decider{role: one.Role, rule: "erased"}, "personal_data", now.UTC()); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `update contribution_messages set message = '' where user_id = $1 and not from_moderation`, user)
	return err
}

// cutLinks makes nothing lead from what was contributed to the person. What she
// decided or undid as a moderator keeps an empty account: the public may ask that
// one hand did it, not whose.
func cutLinks(ctx context.Context, tx pgx.Tx, user int64) error {
	batch := &pgx.Batch{}
	for _, statement := range []string{
		`update contributions set user_id = null, idempotency_key = null, client_at = null, email = null where user_id = $1`,
		`update contributions set claimed_by = null, claimed_until = null where claimed_by = $1`,
		`update contribution_messages set user_id = null where user_id = $1`,
		`update appeals set refused_by = null where refused_by = $1`,
		`update reviews set reviewed_by = null where reviewed_by = $1`,
		`update photos set user_id = null where user_id = $1`,
		`delete from contribution_votes where user_id = $1`,
	} {
		batch.Queue(statement, user)
	}
	return pg.FaultOf(tx.SendBatch(ctx, batch).Close())
}

// cutOwnDecisions is for the decisions that stand in an author's name: withdrawing, and
// what a rule decided at once. The table lets go of accounts that are erased, and so it
// comes after that.
func cutOwnDecisions(ctx context.Context, tx pgx.Tx, user int64, proposed []int64) error {
	_, err := tx.Exec(ctx, `
		update decisions
		set user_id = null
		where user_id = $1 and (outcome = 'withdrawn' or contribution_id = any($2))`, user, proposed)
	return err
}

// EraseIdle erases the accounts that were warned and not used since, and gives their
// number. Who comes back while it is at work stays.
func (p *Persons) EraseIdle(ctx context.Context) (erased int, err error) {
	idle, err := accounts.Idle(ctx, p.DB, p.Clock())
	for _, user := range idle {
		gone, err := p.erase(ctx, user, false, accounts.LockIdle)
		if err != nil {
			return erased, err
		}
		if gone {
			erased++
		}
	}
	return erased, err
}

// Reapply erases again who came back with a restored backup, and gives their
// number; what only the database knew is written beside it.
func (p *Persons) Reapply(ctx context.Context, logger *slog.Logger) (erased int, err error) {
	beside, err := p.Stones.Read()
	known, listErr := accounts.Erased(ctx, p.DB)
	if err := errors.Join(err, listErr); err != nil {
		return 0, err
	}
	written := make(map[string]bool, len(beside))
	for _, stone := range beside {
		written[stone.Mark] = true
		user, err := accounts.ByMark(ctx, p.DB, stone.Mark)
		if err != nil {
			return erased, err
		}
		if user == 0 {
			continue
		}
		if err := p.Erase(ctx, user, stone.Content); err != nil {
			return erased, err
		}
		erased++
	}
	for _, stone := range known {
		if !written[stone.Mark] {
			if err := p.Stones.Keep(stone); err != nil {
				return erased, err
			}
		}
	}
	if erased > 0 {
		logger.InfoContext(ctx, "erased again the accounts that a backup brought back", "accounts", erased)
	}
	return erased, nil
}

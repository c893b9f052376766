package moderation

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

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
	var stone accounts.Tombstone
	var fresh bool
	err := pg.InTx(ctx, p.DB, func(tx pgx.Tx) (err error) {
		if content {
			if err := eraseUnpublished(ctx, tx, user, p.Clock()); err != nil {
				return err
			}
		}
		if err := cutLinks(ctx, tx, user); err != nil {
			return err
		}
		if stone, fresh, err = accounts.EraseUser(ctx, tx, user, content, p.Clock()); err != nil {
			return err
		}
		return cutWithdrawals(ctx, tx, user)
	})
	if err != nil {
		return fmt.Errorf("erase person %d: %w", user, err)
	}
	if !fresh || p.Stones == nil {
		return nil
	}
	return p.Stones.Keep(stone)
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

// cutWithdrawals is for the one decision that an author takes: the table lets go of
// accounts that are erased, and so it comes after that.
func cutWithdrawals(ctx context.Context, tx pgx.Tx, user int64) error {
	_, err := tx.Exec(ctx, `update decisions set user_id = null where user_id = $1 and outcome = 'withdrawn'`, user)
	return err
}

// EraseIdle erases the accounts that were warned and not used since, and gives their number.
func (p *Persons) EraseIdle(ctx context.Context) (erased int, err error) {
	idle, err := accounts.Idle(ctx, p.DB, p.Clock())
	for _, user := range idle {
		if err := p.Erase(ctx, user, false); err != nil {
			return erased, err
		}
		erased++
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

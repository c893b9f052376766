package moderation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Withdraw takes an author's own open contribution back. Faults: NotFound for
// anybody else's, Conflict when it is decided already.
func Withdraw(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, now time.Time) (Contribution, error) {
	return own(ctx, db, actor, id, func(tx pgx.Tx, c Contribution) error {
		return step(ctx, tx, c, Withdrawn, decider{role: actor.Role, user: actor.User}, now)
	})
}

// Answer gives the author's answer to a question; the contribution waits for a
// moderator again. Faults: NotFound, Conflict when nothing was asked.
func (r *Road) Answer(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, message string, now time.Time) (Contribution, error) {
	if err := checkMessage(message); err != nil {
		return Contribution{}, err
	}
	return own(ctx, db, actor, id, func(tx pgx.Tx, c Contribution) error {
		if c.State != NeedsInfo {
			return fault.New(fault.Conflict, "contribution %d is %s; nothing was asked", c.ID, c.State)
		}
		_, err := tx.Exec(ctx, `
			with message as (
				insert into contribution_messages (contribution_id, from_moderation, user_id, message, at)
				values ($1, false, nullif($2::bigint, 0), $3, $4)
			)
			update contributions
			set state = 'pending', version = version + 1, deadline = $5
			where id = $1`, c.ID, actor.User, message, now.UTC(), now.UTC().AddDate(0, 0, r.DecisionDays))
		return err
	})
}

// Appeal asks someone else to look at a refusal, once. Faults: NotFound,
// Conflict when it was not refused or was appealed already.
func (r *Road) Appeal(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, message string, now time.Time) (Contribution, error) {
	if err := checkMessage(message); err != nil {
		return Contribution{}, err
	}
	return own(ctx, db, actor, id, func(tx pgx.Tx, c Contribution) error {
		if c.State != Refused {
			return fault.New(fault.Conflict, "contribution %d is %s; only a refusal can be appealed", c.ID, c.State)
		}
		if !c.Erased.IsZero() {
			return fault.New(fault.Conflict, "what contribution %d said was erased; there is nothing left to look at", c.ID)
		}
		tag, err := tx.Exec(ctx, `
			insert into appeals (contribution_id, refused_by, message, at)
			select $1, (select user_id from decisions where contribution_id = $1 and outcome = 'refused' order by id desc limit 1), $2, $3
			on conflict do nothing`, c.ID, message, now.UTC())
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "contribution %d was appealed before, and once is all there is", c.ID)
		}
		// Told in the log, so that what the log says is open is what is open.
		told := answer{contribution: c, verdict: Verdict{Outcome: Escalated}, by: decider{role: actor.Role, rule: "appeal"}, at: now.UTC()}
		if err := logDecided(ctx, tx, told, Decision{Place: c.Place}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update contributions
			set state = 'escalated', version = version + 1, deadline = $2, decided_at = null
			where id = $1`, c.ID, now.UTC().AddDate(0, 0, r.DecisionDays))
		if err != nil {
			return err
		}
		return photoFollows(ctx, tx, c, told.verdict, told.at)
	})
}

func checkMessage(message string) error {
	var c checker
	c.text("/message", message, 1, maxMessage)
	return c.fault()
}

// own does something with the actor's own contribution, locked. Another's is absent.
func own(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, do func(pgx.Tx, Contribution) error) (c Contribution, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if c, err = find(ctx, tx, id, true); err != nil {
			return err
		}
		if !isAuthor(actor, c) {
			return fault.New(fault.NotFound, "there is no contribution %d", id)
		}
		if actor.User != 0 && !actor.Granted("contribute") { // a secret opens its own contribution, whatever it is for
			return fault.New(fault.Forbidden, "this token is not for contributing")
		}
		if err := do(tx, c); err != nil {
			return err
		}
		c, err = find(ctx, tx, id, false)
		return err
	})
	if err != nil {
		return Contribution{}, fmt.Errorf("answer on contribution %d: %w", id, err)
	}
	return c, nil
}

// step moves a contribution along an edge that has no effect on the map, with its decision.
func step(ctx context.Context, tx pgx.Tx, c Contribution, next State, by decider, now time.Time) error {
	if !c.State.CanBecome(next) {
		return fault.New(fault.Conflict, "contribution %d is %s already", c.ID, c.State)
	}
	if err := logDecided(ctx, tx, answer{contribution: c, verdict: Verdict{Outcome: next}, by: by, at: now.UTC()}, Decision{Place: c.Place}); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		with decision as (
			insert into decisions (contribution_id, outcome, rule, user_id, role, at)
			values ($1, $2, nullif($3, ''), nullif($4::bigint, 0), $5, $6)
		)
		update contributions
		set state = $2, version = version + 1, decided_at = $6, claimed_by = null, claimed_until = null
		where id = $1`, c.ID, next, by.rule, by.user, by.role, now.UTC())
	if err != nil {
		return err
	}
	return photoFollows(ctx, tx, c, Verdict{Outcome: next}, now.UTC())
}

// Overdue moves what nobody handled in time: open contributions past their
// deadline are escalated, unanswered questions expire. It returns how many of each.
func (r *Road) Overdue(ctx context.Context, db pg.DB, now time.Time) (escalated, expired int, err error) {
	for {
		moved, to, err := r.overdueOne(ctx, db, now)
		if err != nil || !moved {
			return escalated, expired, err
		}
		if to == Expired {
			expired++
		} else {
			escalated++
		}
	}
}

func (r *Road) overdueOne(ctx context.Context, db pg.DB, now time.Time) (moved bool, to State, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectContribution+`
			where c.deadline < $1 and c.state in ('pending', 'needs_info')
			order by c.deadline, c.id
			limit 1
			for update of c skip locked`, now.UTC())
		if err != nil {
			return err
		}
		due, err := pgx.CollectRows(rows, scanContribution)
		if err != nil || len(due) == 0 {
			return err
		}
		moved, to = true, Escalated
		if due[0].State == NeedsInfo {
			to = Expired
		}
		return step(ctx, tx, due[0], to, decider{role: accounts.Moderator, rule: "deadline"}, now)
	})
	return moved, to, err
}

package moderation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Community is when residents decide by their votes. A town switches it on, and
// can replace the numbers in its policy file.
type Community struct {
	Quorum    int `json:"quorum"`     // votes that carry a side
	Dissent   int `json:"dissent"`    // votes of the other side that it bears
	WaitHours int `json:"wait_hours"` // since the contribution came in, before votes carry it
}

// DefaultCommunity is three votes against at most one, after two days.
var DefaultCommunity = Community{Quorum: 3, Dissent: 1, WaitHours: 48}

// mostWaitHours is a little less than DefaultRoad's seven days: a contribution
// that is escalated then is not decided by votes any more.
const mostWaitHours = 7*24 - 1

// wrong names the first wrong member, and says what is wrong; nil is good.
func (c Community) wrong() *fault.Error {
	switch {
	case c.Quorum < 1:
		return fault.New(fault.Invalid, "quorum: at least 1 vote carries a side, not %d", c.Quorum)
	case c.Dissent < 0 || c.Dissent >= c.Quorum:
		return fault.New(fault.Invalid, "dissent: from 0 to %d, less than the quorum, not %d", c.Quorum-1, c.Dissent)
	case c.WaitHours < 0 || c.WaitHours > mostWaitHours:
		return fault.New(fault.Invalid, "wait_hours: from 0 to %d, since what waits longer is escalated, not %d", mostWaitHours, c.WaitHours)
	}
	return nil
}

// Votes are the residents' on a contribution.
type Votes struct {
	For     int `json:"for"`
	Against int `json:"against"`
}

// Advice is what votes tell a moderator.
type Advice string

// AdviseRefusal is the one advice: residents contest it, a moderator confirms that or not.
const AdviseRefusal Advice = "refuse"

// Settle says what votes make of a contribution of that age: Accepted, Escalated
// where both sides have their quorum, or Pending, with an advice or without one. It is pure.
func (c Community) Settle(v Votes, age time.Duration) (State, Advice) {
	switch {
	case v.For >= c.Quorum && v.Against >= c.Quorum:
		return Escalated, ""
	case age < time.Duration(c.WaitHours)*time.Hour:
		return Pending, ""
	case v.For >= c.Quorum && v.Against <= c.Dissent:
		return Accepted, ""
	case v.Against >= c.Quorum && v.For <= c.Dissent:
		return Pending, AdviseRefusal
	}
	return Pending, ""
}

// communityRule is the name of the rule by which votes decide.
const communityRule = "community"

// SettleVotes does what the residents' votes say, each contribution in a
// transaction of its own, and returns how many it accepted, escalated, and marked
// or unmarked for a moderator. What a moderator holds is left to them. What cannot be
// merged any more is escalated. Without a Community it does nothing.
func (r *Road) SettleVotes(ctx context.Context, db pg.DB, now time.Time) (accepted, escalated, advised int, err error) {
	if r.Community == nil {
		return 0, 0, 0, nil
	}
	ids, err := r.votedOn(ctx, db, now)
	if err != nil {
		return 0, 0, 0, err
	}
	for _, id := range ids {
		before, after, err := r.settleOne(ctx, db, id, now)
		if fault.Is(err, fault.Conflict) { // the place has moved on: a person looks
			before, after, err = r.escalateVoted(ctx, db, id, now)
		}
		switch {
		case err != nil:
			return accepted, escalated, advised, fmt.Errorf("settle the votes on contribution %d: %w", id, err)
		case after.State == Accepted:
			accepted++
		case after.State == Escalated:
			escalated++
		case after.Advice != before.Advice:
			advised++
		}
	}
	return accepted, escalated, advised, nil
}

// votedOn are the contributions on which some side has its quorum, or had it.
func (r *Road) votedOn(ctx context.Context, db pg.DB, now time.Time) ([]int64, error) {
	rows, err := db.Query(ctx, `
		select c.id
		from contributions c
		join contribution_votes v on v.contribution_id = c.id
		where c.state = 'pending' and (c.claimed_until is null or c.claimed_until < $2)
		group by c.id
		having c.advice is not null
			or count(*) filter (where v.confirms) >= $1
			or count(*) filter (where not v.confirms) >= $1
		order by c.id`, r.Community.Quorum, now.UTC())
	if err != nil {
		return nil, fmt.Errorf("find what is voted on: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func (r *Road) settleOne(ctx context.Context, db pg.DB, id int64, now time.Time) (before, after Contribution, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if before, err = find(ctx, tx, id, true); err != nil || before.State != Pending {
			return err
		}
		votes, err := votesOn(ctx, tx, id)
		if err != nil {
			return err
		}
		next, advice := r.Community.Settle(votes, now.Sub(before.Received))
		by := decider{role: accounts.Resident, rule: communityRule}
		switch {
		case next == Accepted:
			_, err = r.decide(ctx, tx, answer{contribution: before, verdict: Verdict{Outcome: Accepted}, by: by, at: now.UTC()})
		case next == Escalated:
			err = step(ctx, tx, before, Escalated, by, now)
		case advice != before.Advice:
			_, err = tx.Exec(ctx, `
				update contributions
				set advice = nullif($2, ''), version = version + 1
				where id = $1`, id, advice)
		}
		if err != nil {
			return err
		}
		after, err = find(ctx, tx, id, false)
		return err
	})
	return before, after, err
}

func (r *Road) escalateVoted(ctx context.Context, db pg.DB, id int64, now time.Time) (before, after Contribution, err error) {
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if before, err = find(ctx, tx, id, true); err != nil || before.State != Pending {
			return err
		}
		if err := step(ctx, tx, before, Escalated, decider{role: accounts.Resident, rule: communityRule}, now); err != nil {
			return err
		}
		after, err = find(ctx, tx, id, false)
		return err
	})
	return before, after, err
}

// votesOn counts the votes of people who are not blocked.
func votesOn(ctx context.Context, db pg.DB, id int64) (v Votes, err error) {
	err = db.QueryRow(ctx, `
		select count(*) filter (where v.confirms), count(*) filter (where not v.confirms)
		from contribution_votes v
		join users u on u.id = v.user_id
		where v.contribution_id = $1 and u.blocked_at is null`, id).Scan(&v.For, &v.Against)
	return v, err
}

// Vote is a resident's confirmation or contestation of a contribution that waits.
// One has one vote, which can be changed until it is decided.
//
// Faults: Forbidden where the town does not ask, for all but residents and members, and
// on one's own or one's organisation's; NotFound for what is not open to votes, as for what never was.
func (r *Road) Vote(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, confirms bool, now time.Time) error {
	if err := r.mayVote(actor); err != nil {
		return err
	}
	err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
		var author, organisation int64
		err := tx.QueryRow(ctx, `
			select coalesce(c.user_id, 0), coalesce(c.organisation_id, 0)
			from contributions c
			where c.id = $1 and `+votable+`
			for update of c`, id).Scan(&author, &organisation)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.NotFound, "there is no contribution %d", id)
		}
		if err != nil {
			return err
		}
		if author == actor.User || organisation != 0 && organisation == actor.Organisation {
			return fault.New(fault.Forbidden, "this is your own contribution; others vote on it")
		}
		_, err = tx.Exec(ctx, `
			insert into contribution_votes (contribution_id, user_id, confirms, at)
			values ($1, $2, $3, $4)
			on conflict (contribution_id, user_id) do update set
				confirms = excluded.confirms,
				at = excluded.at`, id, actor.User, confirms, now.UTC())
		return unlessErased(err)
	})
	if err != nil {
		return fmt.Errorf("vote on contribution %d: %w", id, err)
	}
	return nil
}

func (r *Road) mayVote(actor accounts.Actor) error {
	if r.Community == nil {
		return fault.New(fault.Forbidden, "this town does not ask its residents for votes")
	}
	if actor.User == 0 || actor.Role != accounts.Resident && actor.Role != accounts.Member || !actor.Granted("contribute") {
		return fault.New(fault.Forbidden, "residents and members of associations vote")
	}
	return nil
}

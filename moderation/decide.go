package moderation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Verdict is what a moderator answers to a contribution.
type Verdict struct {
	ID      int64           `json:"-"`                 // of the contribution
	Version int             `json:"-"`                 // of it that the moderator saw
	Outcome State           `json:"outcome"`           // Accepted, Refused, NeedsInfo or Escalated
	Reason  string          `json:"reason,omitempty"`  // one of Reasons; needed to refuse
	Message string          `json:"message,omitempty"` // to the author; needed to refuse and to ask
	Edits   json.RawMessage `json:"edits,omitempty"`   // a moderator's own changes: JSON Merge Patch on the outcome
	Alt     json.RawMessage `json:"alt,omitempty"`     // what an accepted photo shows, corrected: a text, or one for each language
}

// Decision is what came of a verdict.
type Decision struct {
	Contribution Contribution
	Outcome      State
	Place        places.ID
	Revision     int   // published by it; 0 for none
	Seq          int64 // of the change; wait for it to read one's own write
	commitment   [32]byte
	beside       places.Published // the revision of another place that came with it; 0 for none
}

// MergeConflictError says which fields somebody else has changed since the
// author looked: a moderator settles them with edits.
type MergeConflictError struct {
	Conflicts []places.FieldConflict // base, theirs (the author's), ours (live)
}

func (e *MergeConflictError) Error() string {
	return fmt.Sprintf("%d fields in conflict", len(e.Conflicts))
}

// Decide answers a contribution in one transaction: the decision, what it
// publishes, and the contribution's new state.
//
// Faults: NotFound; Forbidden outside the moderator's scope, on their own
// contribution, or answering an appeal against themselves; Stale when the
// contribution has changed since its Version; Conflict when it is decided already,
// or wrapping a *MergeConflictError; Invalid for a verdict without its reason.
func (r *Road) Decide(ctx context.Context, db pg.DB, actor accounts.Actor, v Verdict, now time.Time) (Decision, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return Decision{}, err // before looking: what is absent and what is not theirs are alike
	}
	edits, err := r.checkVerdict(v)
	if err != nil {
		return Decision{}, err
	}
	var decision Decision
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if err := holdUser(ctx, tx, actor.User); err != nil {
			return err
		}
		if err := lockCase(ctx, tx, v.ID); err != nil {
			return err
		}
		c, err := find(ctx, tx, v.ID, true)
		if err != nil {
			return err
		}
		if err := mayDecide(ctx, tx, actor, c, v); err != nil {
			return err
		}
		by := decider{role: actor.Role, user: actor.User}
		edits, err := withAlt(c, &v, edits)
		if err != nil {
			return err
		}
		a := answer{contribution: c, verdict: v, edits: edits, by: by, at: now.UTC()}
		if decision, err = r.decide(ctx, tx, a); err != nil || c.Action != Report {
			return err
		}
		return r.decideOthers(ctx, tx, actor, a)
	})
	if err != nil {
		return Decision{}, fmt.Errorf("decide contribution %d: %w", v.ID, err)
	}
	return decision, nil
}

// holdUser keeps who decides from being erased meanwhile. Erasing locks the account
// before what it is bound to, and so does this: the other way round each would wait for
// the other. Faults: Unauthenticated for who is erased.
func holdUser(ctx context.Context, tx pgx.Tx, user int64) error {
	var erased bool
	err := tx.QueryRow(ctx, `select erased_at is not null from users where id = $1 for key share`, user).Scan(&erased)
	err = unlessNoRows(err) // whoever is nobody is refused by what refers to them
	if err == nil && erased {
		err = fault.New(fault.Unauthenticated, "this account is erased")
	}
	return err
}

// answer is a verdict on its way: to what, by whom, when.
type answer struct {
	contribution Contribution
	verdict      Verdict
	edits        places.Fields // of the verdict, checked
	by           decider
	at           time.Time          // UTC
	restored     places.Provenances // of the revision that a Revert goes back to
}

// decider is who or what answers.
type decider struct {
	role accounts.Role
	user int64
	rule string
}

func (r *Road) checkVerdict(v Verdict) (places.Fields, error) {
	c := checker{taxonomy: r.Taxonomy}
	if !slices.Contains([]State{Accepted, Refused, NeedsInfo, Escalated}, v.Outcome) {
		c.wrong("/outcome", "%q is none of accepted, refused, needs_info, escalated", string(v.Outcome))
	}
	if v.Outcome == Refused {
		c.reason(v.Reason)
	}
	if (v.Outcome == Refused || v.Outcome == NeedsInfo) && v.Message == "" {
		c.wrong("/message", "the author needs a text")
	}
	c.text("/message", v.Message, 0, maxMessage)
	var edits places.Fields
	if v.Alt != nil && v.Outcome != Accepted {
		c.wrong("/alt", "only what is accepted can be edited")
	}
	if v.Edits != nil {
		if v.Outcome != Accepted {
			c.wrong("/edits", "only what is accepted can be edited")
		}
		edits = c.members("/edits", v.Edits, true)
	}
	return edits, c.fault()
}

func mayDecide(ctx context.Context, tx pgx.Tx, actor accounts.Actor, c Contribution, v Verdict) error {
	if err := AllowedToModerate(actor, c.object()); err != nil {
		return err
	}
	if c.Author != 0 && c.Author == actor.User {
		return fault.New(fault.Forbidden, "this is your own contribution; a colleague decides it")
	}
	if !c.State.CanBecome(v.Outcome) || c.State == Refused {
		return fault.New(fault.Conflict, "contribution %d is %s already, at version %d", c.ID, c.State, c.Version)
	}
	if v.Version != c.Version {
		return fault.New(fault.Stale, "contribution %d is at version %d, not %d: it is %s", c.ID, c.Version, v.Version, c.State)
	}
	var refusedBy int64
	err := tx.QueryRow(ctx, `select coalesce(max(refused_by), 0) from appeals where contribution_id = $1`, c.ID).Scan(&refusedBy)
	if err == nil && refusedBy != 0 && refusedBy == actor.User {
		return fault.New(fault.Forbidden, "this is an appeal against your refusal; a colleague answers it")
	}
	return err
}

// decideByRule answers at once what the policy decides. A merge conflict is left to a person.
func (r *Road) decideByRule(ctx context.Context, tx pgx.Tx, c Contribution, ruling Ruling, rule string, now time.Time) (Received, error) {
	v := Verdict{Outcome: Accepted}
	if ruling == RefuseIt {
		v = Verdict{Outcome: Refused, Reason: "charter", Message: "Refusé par la règle « " + rule + " »."}
	}
	if v.Outcome == Accepted && c.Action != Create {
		merged, err := r.mergeNow(ctx, tx, c, nil)
		if err != nil {
			return Received{}, err
		}
		if len(merged.Conflicts) > 0 {
			return c.received(), nil
		}
	}
	by := decider{role: c.Role, user: c.Author, rule: rule}
	decision, err := r.decide(ctx, tx, answer{contribution: c, verdict: v, by: by, at: now.UTC()})
	if err != nil {
		return Received{}, err
	}
	received := decision.Contribution.received()
	received.Seq = decision.Seq
	return received, r.sample(ctx, tx, decision.Contribution, rule, now)
}

// decide writes the decision and its effect. The contribution is locked or new.
func (r *Road) decide(ctx context.Context, tx pgx.Tx, a answer) (Decision, error) {
	d := Decision{Outcome: a.verdict.Outcome, Place: a.contribution.Place}
	if d.Outcome == Accepted {
		var err error
		if d, err = r.effect(ctx, tx, a); err != nil {
			return d, err
		}
	}
	v := a.verdict
	_, err := tx.Exec(ctx, `
		insert into decisions (
			contribution_id, outcome, reason, message, edits, rule, user_id, role, place_id, revision, at
		)
		values ($1, $2, nullif($3, ''), nullif($4, ''), $5, nullif($6, ''), nullif($7::bigint, 0), $8,
			nullif($9::bigint, 0), nullif($10::int, 0), $11)`,
		a.contribution.ID, v.Outcome, v.Reason, v.Message, v.Edits, a.by.rule, a.by.user, a.by.role, d.Place, d.Revision, a.at)
	if err != nil {
		return d, err
	}
	if err := logDecided(ctx, tx, a, d); err != nil {
		return d, err
	}
	return r.conclude(ctx, tx, a, d)
}

// conclude moves the contribution to the state that was decided.
func (r *Road) conclude(ctx context.Context, tx pgx.Tx, a answer, d Decision) (Decision, error) {
	deadline := a.contribution.Deadline
	if d.Outcome == NeedsInfo {
		deadline = a.at.AddDate(0, 0, r.AnswerDays)
	}
	_, err := tx.Exec(ctx, `
		update contributions
		set state = $2,
			version = version + 1,
			rule = nullif($3, ''),
			place_id = nullif($4::bigint, 0),
			deadline = $5,
			decided_at = case when $2 in ('accepted', 'refused') then $6::timestamptz end,
			claimed_by = null,
			claimed_until = null
		where id = $1`, a.contribution.ID, d.Outcome, a.by.rule, d.Place, deadline, a.at)
	if err != nil {
		return d, err
	}
	if err := photoFollows(ctx, tx, a.contribution, a.verdict, a.at); err != nil {
		return d, err
	}
	d.Contribution, err = find(ctx, tx, a.contribution.ID, false)
	return d, err
}

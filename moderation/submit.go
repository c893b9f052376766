package moderation

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// Road is the one road of every change, with the rules of this town. It holds
// no state and may be shared.
type Road struct {
	Taxonomy     *places.Taxonomy
	Policy       Policy
	DecisionDays int               // until a contribution is overdue
	AnswerDays   int               // that an author has to answer a question
	Signer       *publiclog.Signer // of receipts; without one they are not signed
}

// DefaultRoad has the shipped rules: seven days to decide, fourteen to answer.
func DefaultRoad(taxonomy *places.Taxonomy) *Road {
	return &Road{Taxonomy: taxonomy, Policy: DefaultPolicy, DecisionDays: 7, AnswerDays: 14}
}

// Envelope is how a submission came.
type Envelope struct {
	Key  string // Idempotency-Key, a UUID; empty for none
	Body []byte // the request as it was sent, to tell a repetition from another one
	Now  time.Time
}

// Received is what an author is told.
type Received struct {
	ID       int64
	Item     string // its name in the public log
	State    State
	Version  int
	Rule     string    // that decided it at once; empty when it waits
	Place    places.ID // 0 while a creation waits
	Revision int       // that it became; 0 while it waits
	Seq      int64     // of the change; wait for it to read one's own write; 0 while it waits
	Deadline time.Time // of the decision
	Receipt  string    // the signed promise (publiclog.Signer.Promise)
	Secret   string    // with which a visitor comes back; empty for everybody else
	Repeated bool      // the answer to an earlier, identical request
}

// LookalikesError asks the author of a creation whether it is one of these.
type LookalikesError struct {
	Lookalikes []Lookalike
}

func (e *LookalikesError) Error() string {
	return fmt.Sprintf("%d look-alikes", len(e.Lookalikes))
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Submit takes a contribution: checked, screened, stored, and decided at once
// when a rule of the policy says so — all in one transaction.
//
// Faults: Invalid with every wrong field; NotFound for an absent or hidden
// place; Forbidden where the actor may not; TooMany beyond the day's quota;
// Conflict for the same key under way, and wrapping a *LookalikesError when the
// author must first say that it is another place. The same key and body again gives the first
// answer; the same key with another body is Invalid.
func (r *Road) Submit(ctx context.Context, db pg.DB, actor accounts.Actor, s Submission, e Envelope) (Received, error) {
	proposal, err := s.Check(r.Taxonomy, e.Now)
	if err != nil {
		return Received{}, err
	}
	if e.Key != "" && !uuidForm.MatchString(e.Key) {
		return Received{}, fault.InvalidField("Idempotency-Key", "must be a UUID, not %q", e.Key)
	}
	in := incoming{actor: actor, submission: s, proposal: proposal, envelope: e, bodyHash: sha256.Sum256(e.Body)}
	var received Received
	err = pg.InTx(ctx, db, func(tx pgx.Tx) (err error) {
		received, err = r.take(ctx, tx, &in)
		received.Secret = in.secret
		return err
	})
	if err != nil {
		return Received{}, fmt.Errorf("submit %s: %w", s.Action, err)
	}
	return received, nil
}

// incoming is a contribution on its way in.
type incoming struct {
	actor      accounts.Actor
	submission Submission
	proposal   Proposal
	envelope   Envelope
	bodyHash   [32]byte
	place      target
	screening  Screening
	record     Record
	body       []byte   // the proposal as it is stored
	key        [32]byte // opens the commitment to it in the log
	secret     string   // given to a visitor
}

func (r *Road) take(ctx context.Context, tx pgx.Tx, in *incoming) (Received, error) {
	if earlier, found, err := repetition(ctx, tx, in); err != nil || found {
		return earlier, err
	}
	var err error
	if in.place, err = r.findTarget(ctx, tx, in.submission, in.proposal); err != nil {
		return Received{}, err
	}
	if err := Allowed(in.actor, in.submission.Action, in.place.Object); err != nil {
		return Received{}, err
	}
	if in.record, err = recordOf(ctx, tx, in.actor); err != nil {
		return Received{}, err
	}
	if err := checkQuota(ctx, tx, in.actor, in.record, in.envelope.Now); err != nil {
		return Received{}, err
	}
	if err := r.screen(ctx, tx, in); err != nil {
		return Received{}, err
	}
	c, err := r.store(ctx, tx, in)
	if err != nil {
		return Received{}, err
	}
	ruling, rule := r.Policy.Decide(in.policyCase())
	if ruling == QueueIt {
		return c.received(), nil
	}
	return r.decideByRule(ctx, tx, c, ruling, rule, in.envelope.Now)
}

func (in *incoming) policyCase() Case {
	return Case{
		Actor: in.actor, Action: in.submission.Action, Screening: in.screening, Record: in.record, Now: in.envelope.Now,
		InScope: in.actor.Covers(in.place.Neighbourhood, in.place.Group),
		Own:     in.actor.Organisation != 0 && in.actor.Organisation == in.place.Organisation,
		Small:   in.screening.small(),
	}
}

// repetition finds the answer that the same key got before.
func repetition(ctx context.Context, tx pgx.Tx, in *incoming) (earlier Received, found bool, err error) {
	if in.envelope.Key == "" {
		return earlier, false, nil
	}
	var free bool
	lock := fmt.Sprintf("idempotency %d %x %s", in.actor.User, in.actor.PrefixHash, in.envelope.Key)
	if err = tx.QueryRow(ctx, `select pg_try_advisory_xact_lock(hashtextextended($1, 0))`, lock).Scan(&free); err != nil {
		return earlier, false, err
	}
	if !free {
		return earlier, false, fault.New(fault.Conflict, "the same contribution is being received right now; ask again in a moment")
	}
	var hash, key []byte
	var id int64
	err = tx.QueryRow(ctx, `
		select id, body_hash, key
		from contributions
		where idempotency_key = $1
			and coalesce(user_id, 0) = $2
			and coalesce(prefix_hash, '') = coalesce($3, ''::bytea)`,
		in.envelope.Key, in.actor.User, in.actor.PrefixHash).Scan(&id, &hash, &key)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return earlier, false, nil
	case err != nil:
		return earlier, false, err
	case [32]byte(hash) != in.bodyHash:
		return earlier, false, fault.InvalidField("Idempotency-Key", "was used for another contribution; take a new one")
	}
	c, err := find(ctx, tx, id, false)
	if err != nil {
		return earlier, false, err
	}
	earlier = c.received()
	earlier.Repeated = true
	if in.actor.Role == accounts.Visitor {
		in.secret, err = secretFor([32]byte(key), in.envelope.Key)
	}
	return earlier, true, err
}

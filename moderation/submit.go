package moderation

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

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
	Deadline time.Time // of the decision
	Receipt  string    // the signed promise (publiclog.Signer.Promise)
	Repeated bool      // the answer to an earlier, identical request
}

// LookalikesError asks the author of a creation whether it is one of these.
type LookalikesError struct {
	Lookalikes []Lookalike
}

func (e *LookalikesError) Error() string {
	return fmt.Sprintf("%d places nearby look like this one; send them in \"distinct\" if it is another", len(e.Lookalikes))
}

// askFirst is the score from which a creation asks before it is taken.
const askFirst = 0.85

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
	var hash []byte
	var id int64
	err = tx.QueryRow(ctx, `
		select id, body_hash
		from contributions
		where idempotency_key = $1
			and coalesce(user_id, 0) = $2
			and coalesce(prefix_hash, '') = coalesce($3, ''::bytea)`,
		in.envelope.Key, in.actor.User, in.actor.PrefixHash).Scan(&id, &hash)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return earlier, false, nil
	case err != nil:
		return earlier, false, err
	case [32]byte(hash) != in.bodyHash:
		return earlier, false, fault.InvalidField("Idempotency-Key", "was used for another contribution; take a new one")
	}
	c, err := find(ctx, tx, id, false)
	earlier = c.received()
	earlier.Repeated = true
	return earlier, true, err
}

// target is the place that a contribution is about, as it stands.
type target struct {
	Object
	live     places.Live
	base     places.Fields // of the revision that the author saw
	position orb.Point     // proposed, or the live one
	category string
}

func (r *Road) findTarget(ctx context.Context, tx pgx.Tx, s Submission, p Proposal) (t target, err error) {
	if s.Action != Create {
		if t, err = r.findPlace(ctx, tx, s); err != nil {
			return t, err
		}
	}
	if text, ok := p.Patch["position"]; ok {
		if err := json.Unmarshal(text, &t.position); err != nil {
			return t, err
		}
	}
	if text, ok := p.Patch["category"]; ok {
		if err := json.Unmarshal(text, &t.category); err != nil {
			return t, err
		}
	}
	t.Group = r.Taxonomy.GroupOf(t.category)
	t.Neighbourhood, err = places.Locate(ctx, tx, t.position)
	return t, err
}

func (r *Road) findPlace(ctx context.Context, tx pgx.Tx, s Submission) (t target, err error) {
	t.Exists = true
	err = tx.QueryRow(ctx, `
		select visibility, coalesce(organisation_id, 0), state = 'merged'
		from places
		where id = $1`, s.PlaceID).Scan(&t.Visibility, &t.Organisation, &t.Merged)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, noPlace(s.PlaceID)
	}
	if err != nil {
		return t, err
	}
	live, err := places.FindLive(ctx, tx, []places.ID{s.PlaceID})
	if err != nil {
		return t, err
	}
	t.live = live[s.PlaceID]
	t.position, t.category = t.live.Document.Position, t.live.Document.Category
	if s.BaseRevision > t.live.Revision {
		return t, fault.InvalidField("/base_revision", "the place is at revision %d", t.live.Revision)
	}
	base := s.BaseRevision
	if base == 0 {
		base = t.live.Revision
	}
	t.base, err = places.FieldsAt(ctx, tx, s.PlaceID, base)
	return t, err
}

func noPlace(id places.ID) error { return fault.New(fault.NotFound, "there is no place %d", id) }

// screen looks at everything that machines can see.
func (r *Road) screen(ctx context.Context, tx pgx.Tx, in *incoming) error {
	s := &in.screening
	s.Reasons = []string{}
	if in.actor.Role == accounts.Visitor {
		s.notice("anonymous")
	}
	isNew := in.submission.Action == Create
	s.noticeContent(in.proposal, in.place.base, isNew)
	if !isNew && in.submission.BaseRevision > 0 && in.submission.BaseRevision < in.place.live.Revision {
		s.Behind = in.place.live.Revision - in.submission.BaseRevision
		s.notice("stale_base")
	}
	if err := s.zoneAt(ctx, tx, in.actor, in.place.position, in.envelope.Now); err != nil {
		return err
	}
	if err := s.repeated(ctx, tx, in.actor, in.proposal, in.envelope.Now); err != nil {
		return err
	}
	if !isNew {
		return nil
	}
	return r.screenLookalikes(ctx, tx, in)
}

func (r *Road) screenLookalikes(ctx context.Context, tx pgx.Tx, in *incoming) error {
	document, err := in.proposal.Patch.Document()
	if err != nil {
		return err
	}
	found, err := FindLookalikes(ctx, tx, r.Taxonomy, document)
	if err != nil {
		return err
	}
	in.screening.Lookalikes = found
	if unanswered := withoutAny(found, in.submission.Distinct); len(unanswered) > 0 {
		in.screening.notice("lookalike")
		if unanswered[0].Score >= askFirst && in.actor.Role != accounts.Importer {
			ask := &LookalikesError{Lookalikes: unanswered}
			return fault.Wrap(fault.Conflict, ask, "%s", ask.Error())
		}
	}
	return nil
}

// withoutAny leaves out the places that the author has looked at and said are others.
func withoutAny(found []Lookalike, distinct []places.ID) (rest []Lookalike) {
	said := make(map[places.ID]bool, len(distinct))
	for _, id := range distinct {
		said[id] = true
	}
	for _, one := range found {
		if !said[one.Place] {
			rest = append(rest, one)
		}
	}
	return rest
}

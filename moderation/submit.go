package moderation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/photos/store"
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
	Community    *Community        // when residents decide by votes; nil for never
	Signer       *publiclog.Signer // of receipts; without one they are not signed
	Photos       *store.Store      // where pictures are; without one none are taken
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
	Action   Action
	State    State
	Version  int
	Rule     string    // that decided it at once; empty when it waits
	Place    places.ID // 0 while a creation waits
	Revision int       // that it became; 0 while it waits
	Seq      int64     // of the change; wait for it to read one's own write; 0 while it waits
	Deadline time.Time // of the decision
	Receipt  string    // the signed promise (publiclog.Signer.Promise)
	Secret   string    // with which a visitor comes back; empty for everybody else
	Photo    bool      // a creation that came with one, which waits for itself once the place is accepted
	Repeated bool      // the answer to an earlier, identical request
	// Lookalikes are the places nearby that may be the same, of a creation; those
	// that its author said are others are not among them.
	Lookalikes []Lookalike
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
// when a rule of the policy says so — all of it commits together.
//
// Faults: Invalid with every wrong field; NotFound for an absent or hidden
// place; Forbidden where the actor may not; TooMany beyond the day's quota;
// Conflict for the same key under way, and wrapping a *LookalikesError when the
// author must first say that it is another place. The same key and body again gives the first
// answer; the same key with another body is Reused.
func (r *Road) Submit(ctx context.Context, db pg.DB, actor accounts.Actor, s Submission, e Envelope) (Received, error) {
	proposal, err := s.Check(r.Taxonomy, e.Now)
	if err != nil {
		return Received{}, proposal.withOutside(ctx, db, s.Action, err)
	}
	if err := e.checkKey(); err != nil {
		return Received{}, err
	}
	e.Now = e.Now.UTC().Truncate(time.Microsecond) // as the database keeps it
	in := incoming{actor: actor, submission: s, proposal: proposal, envelope: e, bodyHash: sha256.Sum256(e.Body)}
	received, err := r.take(ctx, db, &in)
	received.Secret = in.secret
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
	facts
	screening Screening
	body      []byte   // the proposal as it is stored
	key       [32]byte // opens the commitment to it in the log
	leaf      publiclog.Entry
	seat      *pg.Seat[*storing] // on an Intake
	secret    string             // given to a visitor
	// secretHash is that of the secret that the author has already; nil for a new one.
	secretHash []byte
}

// take judges by what it reads, then writes. What waits for a person is written
// in one round trip; what a rule decides, with its decision in one transaction.
func (r *Road) take(ctx context.Context, db pg.DB, in *incoming) (received Received, err error) {
	if intake, ok := db.(*Intake); ok {
		in.seat = intake.storing.Keep()
		defer in.seat.GiveUp() // whatever becomes of it: others wait
	}
	if err = r.askFacts(ctx, db, in); err != nil {
		return received, err
	}
	if in.earlier != nil {
		in.seat.GiveUp()
		return in.repetition(ctx, db)
	}
	if err := in.check(r.Policy); err != nil {
		return received, err
	}
	if err := r.checkExtra(in); err != nil {
		return received, err
	}
	if err := in.findPhoto(); err != nil {
		return received, err
	}
	if err := in.screen(); err != nil {
		return received, err
	}
	ruling, rule := r.Policy.Decide(in.policyCase())
	if ruling == QueueIt && in.upload == nil {
		c, err := r.store(ctx, db, in)
		return c.received(), err
	}
	in.seat.GiveUp()
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		c, err := r.store(ctx, tx, in)
		if err == nil && in.upload != nil {
			err = bindUpload(ctx, tx, in, c)
		}
		if received = c.received(); err != nil || ruling == QueueIt {
			return err
		}
		received, err = r.decideByRule(ctx, tx, c, ruling, rule, in.envelope.Now)
		return err
	})
	return received, err
}

// check says whether the author may do this, now.
func (in *incoming) check(policy Policy) error {
	if err := in.place.checkTarget(in.submission); err != nil {
		return err
	}
	if err := Allowed(in.actor, in.submission.Action, in.place.Object); err != nil {
		return err
	}
	if err := in.place.checkWhere(in.submission, in.proposal); err != nil {
		return err
	}
	return in.checkQuota(policy)
}

func (in *incoming) policyCase() Case {
	return Case{
		Actor: in.actor, Action: in.submission.Action, Screening: in.screening, Record: in.record, Now: in.envelope.Now,
		InScope: in.actor.Covers(in.place.Neighbourhood, in.place.Group),
		Own:     in.actor.Organisation != 0 && in.actor.Organisation == in.place.Organisation,
		Small:   in.screening.small(),
	}
}

// Repeated finds the answer that an actor got to the same request before, under
// the same key; found is false without a key, and for a new one. Faults: Reused
// when the key was used for another request.
func Repeated(ctx context.Context, db pg.DB, actor accounts.Actor, e Envelope) (answer Received, found bool, err error) {
	if err := e.checkKey(); err != nil || e.Key == "" {
		return answer, false, err
	}
	in := incoming{actor: actor, envelope: e, bodyHash: sha256.Sum256(e.Body)}
	if err = askOne(ctx, db, &question{of: &in}); err != nil {
		return answer, false, fmt.Errorf("look for an earlier answer: %w", pg.FaultOf(err))
	}
	if in.earlier == nil {
		return answer, false, nil
	}
	answer, err = in.repetition(ctx, db)
	answer.Secret = in.secret
	return answer, err == nil, err
}

// IsKey tells whether a text can be the key of an Envelope: a UUID of any version (RFC 9562).
func IsKey(text string) bool { return uuidForm.MatchString(text) }

func (e Envelope) checkKey() error {
	if e.Key != "" && !IsKey(e.Key) {
		return fault.InvalidField("Idempotency-Key", "must be a UUID, not %q", e.Key)
	}
	return nil
}

// aSecretKey is a UUID that nobody can guess: random, or a time and random (RFC 9562, 5.4 and 5.7).
var aSecretKey = regexp.MustCompile(`^.{14}[47].{4}[89abAB]`)

// reused says what is wrong with a key that came before; nil for a repetition. A
// visitor is whoever holds the key, wherever they are now: people change networks
// between two tries. So a key that others could have taken too, as one made of a
// counter, repeats from the same address only.
func (in *incoming) reused() (wrong *fault.Error) {
	switch {
	case !bytes.Equal(in.earlier.bodyHash, in.bodyHash[:]):
		wrong = fault.InvalidField("Idempotency-Key", "was used for another contribution; take a new one")
	case !in.earlier.near && !aSecretKey.MatchString(in.envelope.Key):
		wrong = fault.InvalidField("Idempotency-Key", "was used elsewhere; take a new one, a random UUID")
	default:
		return nil
	}
	wrong.Kind = fault.Reused
	return wrong
}

// repetition gives the answer that the same key got before.
func (in *incoming) repetition(ctx context.Context, db pg.DB) (Received, error) {
	if wrong := in.reused(); wrong != nil {
		return Received{}, wrong
	}
	c, err := find(ctx, db, in.earlier.id, false)
	if err != nil {
		return Received{}, err
	}
	received := c.received()
	received.Repeated = true
	if in.actor.Role == accounts.Visitor && len(in.earlier.key) == len(in.key) {
		in.secret, err = secretFor([32]byte(in.earlier.key), in.envelope.Key)
	}
	return received, err
}

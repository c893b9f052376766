package moderation

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Contribution is one proposed change, as stored.
type Contribution struct {
	ID            int64
	Item          string
	Action        Action
	Place         places.ID // 0 while a creation waits
	BaseRevision  int
	Proposal      Proposal
	Role          accounts.Role
	Author        int64 // user id, 0 for a visitor; never in an answer
	Organisation  int64
	State         State
	Version       int
	Deadline      time.Time
	Received      time.Time
	Erased        time.Time // when its content went; zero for never
	Risk          int
	Screening     Screening
	Rule          string
	Neighbourhood string
	Category      string
	Group         string
	ClaimedBy     int64
	ClaimedUntil  time.Time
	Receipt       string
	Revision      int      // that it became; 0 while none
	Reports       *Reports // of the same place, where it is one and the queue is read
	Advice        Advice   // of the residents\' votes; empty for none
	secretHash    []byte   // of a visitor's secret, see secretFor
}

func (c Contribution) object() Object {
	return Object{Exists: true, Neighbourhood: c.Neighbourhood, Group: c.Group, Author: c.Author, Organisation: c.Organisation}
}

func (c Contribution) received() Received {
	return Received{
		ID: c.ID, Item: c.Item, Action: c.Action, State: c.State, Version: c.Version, Rule: c.Rule,
		Place: c.Place, Revision: c.Revision, Deadline: c.Deadline, Receipt: c.Receipt, Photo: c.Proposal.With != nil,
		Lookalikes: withoutAny(c.Screening.Lookalikes, c.Proposal.Distinct),
	}
}

// selectContribution names what scanContribution reads, of contributions c.
const selectContribution = `
	select
		c.id,
		c.item::text,
		c.action,
		coalesce(c.place_id, 0),
		coalesce(c.base_revision, 0),
		c.body,
		c.role,
		coalesce(c.user_id, 0),
		coalesce(c.organisation_id, 0),
		c.state,
		c.version,
		c.deadline,
		c.received_at,
		coalesce(c.erased_at, '0001-01-01 00:00:00Z'),
		c.risk,
		c.screening,
		coalesce(c.rule, ''),
		coalesce(c.neighbourhood, ''),
		coalesce(c.category, ''),
		coalesce(c.group_id, ''),
		coalesce(c.claimed_by, 0),
		coalesce(c.claimed_until, 'epoch'),
		coalesce(c.receipt, ''),
		coalesce(c.advice, ''),
		c.secret_hash,
		coalesce((select d.revision from decisions d where d.contribution_id = c.id and d.revision is not null order by d.id desc limit 1), 0)
	from contributions c`

func scanContribution(row pgx.CollectableRow) (c Contribution, err error) {
	var body, screening []byte
	err = row.Scan(
		&c.ID, &c.Item, &c.Action, &c.Place, &c.BaseRevision, &body, &c.Role, &c.Author, &c.Organisation,
		&c.State, &c.Version, &c.Deadline, &c.Received, &c.Erased, &c.Risk, &screening, &c.Rule,
		&c.Neighbourhood, &c.Category, &c.Group, &c.ClaimedBy, &c.ClaimedUntil, &c.Receipt, &c.Advice, &c.secretHash, &c.Revision,
	)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(body, &c.Proposal); err != nil {
		return c, err
	}
	return c, json.Unmarshal(screening, &c.Screening)
}

// find reads one contribution, and locks it when asked to. Faults: NotFound.
func find(ctx context.Context, db pg.DB, id int64, lock bool) (Contribution, error) {
	query := selectContribution + ` where c.id = $1`
	if lock {
		query += ` for update of c`
	}
	rows, err := db.Query(ctx, query, id)
	if err != nil {
		return Contribution{}, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanContribution)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, fault.New(fault.NotFound, "there is no contribution %d", id)
	}
	if err != nil {
		return c, fmt.Errorf("find contribution %d: %w", id, err)
	}
	return c, nil
}

// store writes a checked and screened contribution with its leaf, both or
// neither: in one round trip, which outside a transaction is one of its own. Faults:
// Conflict when the same key has just been used; Unauthenticated when the author
// was erased meanwhile.
func (r *Road) store(ctx context.Context, db pg.DB, in *incoming) (Contribution, error) {
	c, err := r.contributionOf(in)
	if err != nil {
		return c, err
	}
	screening, err := json.Marshal(in.screening)
	if err != nil {
		return c, err
	}
	err = storeOne(ctx, db, &storing{in: in, contribution: &c, screening: screening})
	if pg.Constraint(err) == idempotencyIndex {
		return c, fault.Wrap(fault.Conflict, err, "the same contribution is being received right now; ask again in a moment")
	}
	return c, unlessErased(err)
}

const idempotencyIndex = "contributions_idempotency"

// CameTwice tells that the same request came twice at one time and the other one has been
// taken: sent again, it gets the other's answer.
func CameTwice(err error) bool {
	return fault.Is(err, fault.Conflict) && pg.Constraint(err) == idempotencyIndex
}

// unlessErased tells who was erased after the request began.
func unlessErased(err error) error {
	if pg.Constraint(err) == "users_erased" { // refuse_erased_author
		return fault.Wrap(fault.Unauthenticated, err, "this account is erased")
	}
	return err
}

// contributionOf makes what is stored and answered of a submission, with its leaf and receipt.
func (r *Road) contributionOf(in *incoming) (c Contribution, err error) {
	if in.body, err = json.Marshal(in.proposal); err != nil {
		return c, err
	}
	secretHash, err := in.makeKeys()
	if err != nil {
		return c, err
	}
	item, err := newItem()
	if err != nil {
		return c, err
	}
	s, now := in.submission, in.envelope.Now.UTC()
	c = Contribution{
		Item: item, Action: s.Action, Place: s.PlaceID, BaseRevision: s.BaseRevision, Proposal: in.proposal,
		Role: in.actor.Role, Author: in.actor.User, Organisation: in.actor.Organisation,
		State: Pending, Version: 1, Deadline: now.AddDate(0, 0, r.DecisionDays), Received: now,
		Risk: in.screening.Risk, Screening: in.screening,
		Neighbourhood: in.place.Neighbourhood, Category: in.place.category, Group: in.place.Group, secretHash: secretHash,
	}
	c.Receipt, err = r.promise(in, c)
	return c, err
}

// makeKeys makes the key that opens the leaf's commitment and, for a visitor, the
// secret to come back with; it returns what is kept of that one.
func (in *incoming) makeKeys() (secretHash []byte, err error) {
	if _, err = rand.Read(in.key[:]); err != nil || in.actor.Role != accounts.Visitor {
		return nil, err
	}
	if in.secretHash != nil {
		return in.secretHash, nil
	}
	if in.secret, err = secretFor(in.key, in.envelope.Key); err != nil {
		return nil, err
	}
	return accounts.HashSecret(in.secret), nil
}

// newItem is a random name: a UUID of version 4 (RFC 9562).
func newItem() (string, error) {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return "", err
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]), nil
}

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
	Risk          int
	Screening     Screening
	Rule          string
	Neighbourhood string
	Category      string
	Group         string
	ClaimedBy     int64
	ClaimedUntil  time.Time
	Receipt       string
	Revision      int    // that it became; 0 while none
	secretHash    []byte // of a visitor's secret, see secretFor
}

func (c Contribution) object() Object {
	return Object{Exists: true, Neighbourhood: c.Neighbourhood, Group: c.Group, Author: c.Author, Organisation: c.Organisation}
}

func (c Contribution) received() Received {
	return Received{
		ID: c.ID, Item: c.Item, State: c.State, Version: c.Version, Rule: c.Rule,
		Place: c.Place, Revision: c.Revision, Deadline: c.Deadline, Receipt: c.Receipt,
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
		c.risk,
		c.screening,
		coalesce(c.rule, ''),
		coalesce(c.neighbourhood, ''),
		coalesce(c.category, ''),
		coalesce(c.group_id, ''),
		coalesce(c.claimed_by, 0),
		coalesce(c.claimed_until, 'epoch'),
		coalesce(c.receipt, ''),
		c.secret_hash,
		coalesce((select d.revision from decisions d where d.contribution_id = c.id and d.revision is not null order by d.id desc limit 1), 0)
	from contributions c`

func scanContribution(row pgx.CollectableRow) (c Contribution, err error) {
	var body, screening []byte
	err = row.Scan(
		&c.ID, &c.Item, &c.Action, &c.Place, &c.BaseRevision, &body, &c.Role, &c.Author, &c.Organisation,
		&c.State, &c.Version, &c.Deadline, &c.Received, &c.Risk, &screening, &c.Rule,
		&c.Neighbourhood, &c.Category, &c.Group, &c.ClaimedBy, &c.ClaimedUntil, &c.Receipt, &c.secretHash, &c.Revision,
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

// store writes a checked and screened contribution.
func (r *Road) store(ctx context.Context, tx pgx.Tx, in *incoming) (Contribution, error) {
	var err error
	if in.body, err = json.Marshal(in.proposal); err != nil {
		return Contribution{}, err
	}
	secretHash, err := in.makeKeys()
	if err != nil {
		return Contribution{}, err
	}
	screening, err := json.Marshal(in.screening)
	if err != nil {
		return Contribution{}, err
	}
	s, a, now := in.submission, in.actor, in.envelope.Now.UTC()
	var id int64
	var item string
	err = tx.QueryRow(ctx, `
		insert into contributions (
			action, place_id, base_revision, body, role, user_id, organisation_id, import_id, prefix_hash, email,
			idempotency_key, body_hash, client_at, received_at, deadline, risk, screening,
			neighbourhood, category, group_id, point, key, secret_hash
		)
		values (
			$1, nullif($2::bigint, 0), nullif($3::int, 0), $4, $5, nullif($6::bigint, 0), nullif($7::bigint, 0),
			nullif($8::bigint, 0), $9, nullif($10, ''), nullif($11, '')::uuid, $12, $13, $14, $15, $16, $17,
			nullif($18, ''), nullif($19, ''), nullif($20, ''), st_setsrid(st_makepoint($21, $22), 4326), $23, $24
		)
		returning id, item::text`,
		s.Action, s.PlaceID, s.BaseRevision, in.body, a.Role, a.User, a.Organisation, a.Import, a.PrefixHash, s.Email,
		in.envelope.Key, in.bodyHash[:], s.ClientAt, now, now.AddDate(0, 0, r.DecisionDays), in.screening.Risk, screening,
		in.place.Neighbourhood, in.place.category, in.place.Group, in.place.position[0], in.place.position[1], in.key[:], secretHash,
	).Scan(&id, &item)
	if err != nil {
		return Contribution{}, err
	}
	if err := r.logReceived(ctx, tx, in, id, item); err != nil {
		return Contribution{}, err
	}
	return find(ctx, tx, id, false)
}

// makeKeys makes the key that opens the leaf's commitment and, for a visitor, the
// secret to come back with; it returns what is kept of that one.
func (in *incoming) makeKeys() (secretHash []byte, err error) {
	if _, err = rand.Read(in.key[:]); err != nil || in.actor.Role != accounts.Visitor {
		return nil, err
	}
	if in.secret, err = secretFor(in.key, in.envelope.Key); err != nil {
		return nil, err
	}
	return accounts.HashSecret(in.secret), nil
}

// recordOf is what became of an actor's contributions so far.
func recordOf(ctx context.Context, db pg.DB, actor accounts.Actor) (record Record, err error) {
	if actor.User == 0 {
		return record, nil
	}
	var since *time.Time
	err = db.QueryRow(ctx, `
		select
			min(received_at),
			count(*) filter (where state = 'accepted'),
			count(*) filter (where state = 'refused'),
			count(*) filter (where state in ('pending', 'needs_info', 'escalated'))
		from contributions
		where user_id = $1`, actor.User).Scan(&since, &record.Accepted, &record.Refused, &record.Pending)
	if since != nil {
		record.Since = *since
	}
	return record, err
}

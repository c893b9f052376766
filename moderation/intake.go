package moderation

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation/publiclog"
)

// Intake is a pool on which submissions that come at one time are asked about and
// stored together, in one statement and one commit, each with its own outcome. Give it
// to Road.Submit in the pool's place.
type Intake struct {
	*pgxpool.Pool
	journeys pg.SamePlans // of groups
	asking   *pg.Group[*question]
	storing  *pg.Group[*storing]
}

// atOnce is how many groups are under way of each kind: while one is answered the next
// gathers. Two of each were more, smaller ones, and a fifth dearer.
const atOnce = 1

// aMoment is how long a journey waits for a lock: everybody waits with it.
const aMoment = 500 * time.Millisecond

// NewIntake groups what is submitted to a pool. Close it before the pool.
func NewIntake(pool *pgxpool.Pool) (*Intake, error) {
	// One more of each kind: those of a refused group are done again beside the next one.
	journeys, err := pg.NewSamePlans(pool, 4*atOnce, aMoment)
	if err != nil {
		return nil, err
	}
	// What only reads is asked again alone after any error; behind a lock that would be once too often, see askOne.
	readsOnly := func(err error) bool { return !pg.LockedOut(err) }
	return &Intake{
		Pool: pool, journeys: journeys,
		asking:  pg.NewGroup(atOnce, func(ctx context.Context, all []*question) error { return ask(ctx, journeys, all) }, readsOnly),
		storing: pg.NewGroup(atOnce, func(ctx context.Context, all []*storing) error { return storeAll(ctx, journeys, all) }, pg.Refused),
	}, nil
}

// Close lets go of the connections that are not the pool's.
func (i *Intake) Close() { i.journeys.Close() }

// askOne answers a question, beside others on an Intake.
func askOne(ctx context.Context, db pg.DB, q *question) error {
	alone := []*question{q}
	intake, ok := db.(*Intake)
	if !ok {
		return ask(ctx, db, alone)
	}
	err := intake.asking.Do(ctx, q)
	if pg.LockedOut(err) { // by a migration
		return ask(ctx, intake.Pool, alone)
	}
	return err
}

// storeOne stores a contribution with its leaf, beside others on an Intake.
func storeOne(ctx context.Context, db pg.DB, s *storing) error {
	alone := []*storing{s}
	intake, ok := db.(*Intake)
	if !ok {
		return storeAll(ctx, db, alone)
	}
	err := s.in.seat.Do(ctx, s)
	if pg.LockedOut(err) { // by an import or a moderator at work on that place: the others need not wait for it too
		return storeAll(ctx, intake.Pool, alone)
	}
	return err
}

// storing is a contribution that is to be stored; it gets its id.
type storing struct {
	in           *incoming
	contribution *Contribution
	screening    []byte // as JSON
}

const insertContributions = `
insert into contributions (
	item, action, place_id, base_revision, body, role, user_id, organisation_id,
	import_id, prefix_hash, email, idempotency_key, body_hash, client_at,
	received_at, deadline, risk, screening, neighbourhood, category, group_id,
	point, key, receipt, secret_hash
)
select
	item, action, place_id, base_revision, body, role, user_id, organisation_id,
	import_id, prefix_hash, email, idempotency_key, body_hash, client_at,
	received_at, deadline, risk, screening, neighbourhood, category, group_id,
	st_setsrid(st_makepoint(lon, lat), 4326), key, receipt, secret_hash
from unnest(
	$1::uuid[], $2::text[], $3::bigint[], $4::int[], $5::jsonb[], $6::text[], $7::bigint[], $8::bigint[],
	$9::bigint[], $10::bytea[], $11::text[], $12::uuid[], $13::bytea[], $14::timestamptz[],
	$15::timestamptz[], $16::timestamptz[], $17::int[], $18::jsonb[], $19::text[], $20::text[], $21::text[],
	$22::float8[], $23::float8[], $24::bytea[], $25::text[], $26::bytea[]
) as given (
	item, action, place_id, base_revision, body, role, user_id, organisation_id,
	import_id, prefix_hash, email, idempotency_key, body_hash, client_at,
	received_at, deadline, risk, screening, neighbourhood, category, group_id,
	lon, lat, key, receipt, secret_hash
)
returning item::text, id`

// row are the values of insertContributions.
func (s *storing) row() []any {
	in, c, a := s.in, s.contribution, s.in.actor
	return []any{
		uuidOf(c.Item), c.Action, orNull(c.Place), orNull(c.BaseRevision), in.body, a.Role, orNull(a.User), orNull(a.Organisation),
		orNull(a.Import), a.PrefixHash, orNull(in.submission.Email), uuidOf(in.envelope.Key), in.bodyHash[:], in.submission.ClientAt,
		c.Received, c.Deadline, c.Risk, s.screening, orNull(c.Neighbourhood), orNull(c.Category), orNull(c.Group),
		in.place.position[0], in.place.position[1], in.key[:], orNull(c.Receipt), c.secretHash,
	}
}

// uuidOf reads a UUID whose form was checked; empty is null. As text PostgreSQL would get
// the whole array as text.
func uuidOf(text string) (id pgtype.UUID) {
	_ = id.Scan(text) // what fails stays null
	return id
}

// storeAll writes contributions with their leaves, all or none, in one round trip, which
// outside a transaction is one of its own.
func storeAll(ctx context.Context, db pg.DB, all []*storing) error {
	var batch pgx.Batch
	pg.QueueSamePlan(&batch, db)
	rows, leaves := make([][]any, len(all)), make([]publiclog.Entry, len(all))
	byItem := make(map[string]*Contribution, len(all))
	for i, one := range all {
		if one.in.submission.Action == Report {
			queueCaseChanged(&batch, one.in.submission.PlaceID)
		}
		rows[i], leaves[i], byItem[one.contribution.Item] = one.row(), one.in.leaf, one.contribution
	}
	batch.Queue(insertContributions, pg.Columns(rows)...).Query(func(rows pgx.Rows) error {
		var item string
		var id int64
		_, err := pgx.ForEachRow(rows, []any{&item, &id}, func() error {
			byItem[item].ID = id
			return nil
		})
		return err
	})
	publiclog.Queue(&batch, leaves)
	pg.QueueOwnPlans(&batch, db)
	return pg.FaultOf(db.SendBatch(ctx, &batch).Close())
}

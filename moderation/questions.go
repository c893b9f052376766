package moderation

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// question is a submission that facts are asked about. Documents come as they lie, so
// that one that cannot be read is the fault of one submission.
type question struct {
	of         *incoming       // whose facts it fills
	position   *orb.Point      // proposed; nil: none
	document   places.Document // of the place that a creation would make
	base       []byte          // the document that the author saw, where it is looked at
	candidates []candidate     // to be a look-alike
}

// ask answers questions in one round trip. What it fills of each begins anew.
func ask(ctx context.Context, db pg.DB, questions []*question) error {
	var batch pgx.Batch
	pg.QueueSamePlan(&batch, db)
	queueFacts(&batch, questions)
	queueUploads(&batch, questions)
	queueCandidates(&batch, questions)
	pg.QueueOwnPlans(&batch, db)
	return db.SendBatch(ctx, &batch).Close()
}

// openReports counts the reports r that wait, against a place as a contribution c
// made it: the revision that the reporter saw, or the live one.
const openReports = `
	select count(*)
	from contributions r
	join places p on p.id = r.place_id
	join place_revisions v on v.place_id = p.id and v.number = coalesce(r.base_revision, p.live_revision)
	join contributions c on c.id = v.contribution_id
	where r.action = 'report' and r.state in ('pending', 'needs_info', 'escalated')`

// What is known of an author, who is asked about as asked.user_id or, without an
// account, as asked.prefix_hash. A record begins again after a block.
const (
	reportedOfUser   = openReports + ` and c.user_id = asked.user_id and r.user_id is distinct from asked.user_id`
	reportedOfPrefix = openReports + ` and c.prefix_hash = asked.prefix_hash and r.prefix_hash is distinct from asked.prefix_hash`

	recordOfUser = `
	select
		coalesce(min(received_at), '0001-01-01 00:00:00Z') as since,
		count(*) filter (where state = 'accepted') as accepted,
		count(*) filter (where state = 'refused') as refused,
		count(*) filter (where state in ('pending', 'needs_info', 'escalated')) as pending
	from contributions
	where user_id = asked.user_id
		and received_at > coalesce((select unblocked_at from users where id = asked.user_id), '-infinity')`
)

// selectFacts gives one row for each that is asked about. Counting goes by index; what
// lies at a position is asked of the exact shapes.
const selectFacts = `
select
	asked.n,
	earlier.id,
	earlier.body_hash,
	earlier.key,
	coalesce(earlier.prefix_hash, '') = coalesce(asked.prefix_hash, ''),
	record.*,
	case
		when asked.user_id <> 0 then (` + reportedOfUser + `)
		else (` + reportedOfPrefix + `)
	end,
	case
		when asked.user_id <> 0 then (
			select count(*)
			from contributions
			where user_id = asked.user_id and received_at > asked.at - interval '24 hours'
				and came_with is null and (action = 'confirm') = asked.confirms
		)
		else (
			select count(*)
			from contributions
			where prefix_hash = asked.prefix_hash and received_at > asked.at - interval '24 hours'
				and came_with is null and (action = 'confirm') = asked.confirms
		)
	end,
	case
		when asked.description is null then false
		when asked.user_id <> 0 then exists (
			select from contributions
			where user_id = asked.user_id
				and received_at > asked.at - interval '30 days'
				and body -> 'patch' -> 'description.und' = asked.description
		)
		else exists (
			select from contributions
			where prefix_hash = asked.prefix_hash
				and received_at > asked.at - interval '30 days'
				and body -> 'patch' -> 'description.und' = asked.description
		)
	end,
	place.live_revision is not null,
	coalesce(place.visibility, ''),
	coalesce(place.organisation_id, 0),
	coalesce(place.merged, false),
	coalesce(place.erased, false),
	coalesce(place.live_revision, 0),
	coalesce(place.category, ''), -- absent when it was erased
	place.base,
	coalesce(st_x(here.point), 0),
	coalesce(st_y(here.point), 0),
	coalesce((
		select code
		from neighbourhoods
		where st_covers(area, here.point)
		order by level desc, st_area(area), code
		limit 1
	), ''),
	zones.effects,
	zones.reasons,
	exists (select from territory where not st_covers(area, here.point))
from unnest(
	$1::int[], $2::uuid[], $3::bigint[], $4::bytea[], $5::timestamptz[], $6::jsonb[], $7::bigint[], $8::int[], $9::float8[], $10::float8[],
	$11::boolean[], $12::boolean[]
) as asked (n, key, user_id, prefix_hash, at, description, place_id, base_revision, lon, lat, confirms, with_base)
left join lateral (
	select id, body_hash, key, prefix_hash
	from contributions
	where idempotency_key = asked.key
		and coalesce(user_id, 0) = asked.user_id
	limit 1 -- a key is looked up: a join might read the index from one end
) earlier on true
cross join lateral (` + recordOfUser + `) record
left join lateral (
	select
		p.visibility,
		p.organisation_id,
		p.state = 'merged' as merged,
		p.erased_at is not null as erased,
		p.live_revision,
		live.document ->> 'category' as category,
		case when asked.with_base then coalesce(seen.document, live.document) end as base,
		case when not st_isempty(live.point) then live.point end as point -- empty: it was erased
	from places p
	cross join lateral (
		select document, point from place_revisions where place_id = p.id and number = p.live_revision limit 1
	) live
	left join lateral (
		select document from place_revisions where place_id = p.id and number = asked.base_revision and asked.with_base limit 1
	) seen on true
	where p.id = asked.place_id
	limit 1
) place on true
cross join lateral (
	select coalesce(st_setsrid(st_makepoint(asked.lon, asked.lat), 4326), place.point) as point
) here
cross join lateral (
	select coalesce(array_agg(effect order by id), '{}') as effects, coalesce(array_agg(reason order by id), '{}') as reasons
	from moderation_zones
	where st_covers(area, here.point) and until > asked.at
) zones`

func queueFacts(batch *pgx.Batch, questions []*question) {
	rows := make([][]any, len(questions))
	for n, q := range questions {
		in := q.of
		var lon, lat *float64
		if q.position != nil {
			lon, lat = &q.position[0], &q.position[1]
		}
		rows[n] = []any{
			n, uuidOf(in.envelope.Key), in.actor.User, in.actor.PrefixHash, in.envelope.Now,
			[]byte(in.proposal.Patch["description."+places.Undetermined]), in.submission.PlaceID, in.submission.BaseRevision, lon, lat,
			in.submission.Action == Confirm, in.looksAtBase(),
		}
	}
	batch.Queue(selectFacts, pg.Columns(rows)...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := scanFacts(rows, questions); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// scanFacts reads a row of selectFacts into the question that it is about.
func scanFacts(row pgx.Rows, questions []*question) error {
	var f facts
	var n int
	var earlierID *int64
	var before earlier
	var base []byte
	var effects, reasons []string
	t := &f.place
	err := row.Scan(&n, &earlierID, &before.bodyHash, &before.key, &before.near,
		&f.record.Since, &f.record.Accepted, &f.record.Refused, &f.record.Pending, &f.record.Reported, &f.today, &f.repeated,
		&t.Exists, &t.Visibility, &t.Organisation, &t.Merged, &t.Erased, &t.revision, &t.category, &base,
		&t.position[0], &t.position[1], &t.Neighbourhood, &effects, &reasons, &t.outside)
	if err != nil {
		return err
	}
	if earlierID != nil {
		before.id = *earlierID
		f.earlier = &before
	}
	for i, effect := range effects {
		f.zones = append(f.zones, zone{effect, reasons[i]})
	}
	questions[n].of.facts, questions[n].base = f, base
	return nil
}

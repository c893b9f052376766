package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// facts are what the database knows that a submission is judged by. They are
// read before anything is written, and nothing is locked: what follows from them
// is the risk and who decides, while the merge looks again, under a lock.
type facts struct {
	earlier  *earlier // with the same key; nil: none
	place    target
	zones    []zone
	record   Record // of the author
	today    int    // contributions of the author in the last 24 hours
	repeated bool   // the same description was sent before by the same hand

	lookalikes []Lookalike // of a creation
	upload     *upload     // of a photo; nil: there is none
}

// earlier is the contribution that the same key made before.
type earlier struct {
	id            int64
	bodyHash, key []byte
}

// target is the place that a contribution is about, as it stands.
type target struct {
	Object
	revision int           // live
	base     places.Fields // of the revision that the author saw
	position orb.Point     // proposed, or the live one
	outside  bool          // of the town's territory, as far as that is known
	category string        // likewise
}

// zone is a moderation zone that the position lies in.
type zone struct {
	effect, reason string
}

// askFacts reads them in one round trip.
func (r *Road) askFacts(ctx context.Context, db pg.DB, in *incoming) (f facts, err error) {
	var batch pgx.Batch
	f.askEarlier(&batch, in)
	f.askAuthor(&batch, in)
	f.askRepeated(&batch, in)
	f.askUpload(&batch, in)
	if err := f.askWhere(&batch, in); err != nil {
		return f, err
	}
	if in.submission.Action == Create {
		err = f.askLookalikes(&batch, r.Taxonomy, in.proposal)
	} else {
		f.askPlace(&batch, in.submission)
	}
	if err != nil {
		return f, err
	}
	if err := db.SendBatch(ctx, &batch).Close(); err != nil {
		return f, pg.FaultOf(err)
	}
	return f, f.place.classify(in.proposal, r.Taxonomy)
}

// classify takes the proposed category for the live one.
func (t *target) classify(p Proposal, taxonomy *places.Taxonomy) error {
	if text, ok := p.Patch["category"]; ok {
		if err := json.Unmarshal(text, &t.category); err != nil {
			return err
		}
	}
	t.Group = taxonomy.GroupOf(t.category)
	return nil
}

func (f *facts) askLookalikes(batch *pgx.Batch, taxonomy *places.Taxonomy, p Proposal) error {
	document, err := p.Patch.Document()
	if err == nil {
		queueLookalikes(batch, taxonomy, document, &f.lookalikes)
	}
	return err
}

func (f *facts) askEarlier(batch *pgx.Batch, in *incoming) {
	if in.envelope.Key == "" {
		return
	}
	batch.Queue(`
		select id, body_hash, key
		from contributions
		where idempotency_key = $1
			and coalesce(user_id, 0) = $2
			and coalesce(prefix_hash, '') = coalesce($3, ''::bytea)`,
		in.envelope.Key, in.actor.User, in.actor.PrefixHash).QueryRow(func(row pgx.Row) error {
		var e earlier
		if err := row.Scan(&e.id, &e.bodyHash, &e.key); err != nil {
			return unlessNoRows(err)
		}
		f.earlier = &e
		return nil
	})
}

// unlessNoRows lets a batch go on where nothing was found.
func unlessNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

func (f *facts) askPlace(batch *pgx.Batch, s Submission) {
	t := &f.place
	batch.Queue(`
		select
			p.visibility,
			coalesce(p.organisation_id, 0),
			p.state = 'merged',
			p.erased_at is not null,
			p.live_revision,
			coalesce(live.document ->> 'category', ''), -- absent when it was erased
			coalesce(seen.document, live.document)
		from places p
		join place_revisions live on live.place_id = p.id and live.number = p.live_revision
		left join place_revisions seen on seen.place_id = p.id and seen.number = $2 and seen.number <> p.live_revision
		where p.id = $1`, s.PlaceID, s.BaseRevision).QueryRow(func(row pgx.Row) error {
		var document []byte
		err := row.Scan(&t.Visibility, &t.Organisation, &t.Merged, &t.Erased, &t.revision, &t.category, &document)
		if err != nil {
			return unlessNoRows(err)
		}
		t.Exists = true
		t.base, err = places.FieldsOf(document)
		return err
	})
}

// askWhere finds the proposed position, or the live one, and what lies there.
func (f *facts) askWhere(batch *pgx.Batch, in *incoming) error {
	var lon, lat *float64
	if text, ok := in.proposal.Patch["position"]; ok {
		var proposed orb.Point
		if err := json.Unmarshal(text, &proposed); err != nil {
			return err
		}
		lon, lat = &proposed[0], &proposed[1]
	}
	batch.Queue(`
		with here as (
			select coalesce(
				st_setsrid(st_makepoint($1, $2), 4326),
				(
					select r.point
					from places p
					join place_revisions r on r.place_id = p.id and r.number = p.live_revision
					where p.id = $3
				)
			) as point
		)
		select
			st_x(point),
			st_y(point),
			coalesce((
				select code
				from neighbourhoods
				where st_covers(area, point)
				order by level desc, st_area(area), code
				limit 1
			), ''),
			array(select effect from moderation_zones where st_covers(area, point) and until > $4 order by id),
			array(select reason from moderation_zones where st_covers(area, point) and until > $4 order by id),
			exists (select from territory where not st_covers(area, point))
		from here
		where not st_isempty(point) -- empty: it was erased`, lon, lat, in.submission.PlaceID, in.envelope.Now).QueryRow(func(row pgx.Row) error {
		var effects, reasons []string
		err := row.Scan(&f.place.position[0], &f.place.position[1], &f.place.Neighbourhood, &effects, &reasons, &f.place.outside)
		for i, effect := range effects {
			f.zones = append(f.zones, zone{effect, reasons[i]})
		}
		return unlessNoRows(err)
	})
	return nil
}

// askAuthor counts what the author has sent. Visitors have no record, except that
// others reported what they made.
func (f *facts) askAuthor(batch *pgx.Batch, in *incoming) {
	day := in.envelope.Now.Add(-24 * time.Hour)
	if in.actor.User == 0 {
		batch.Queue(`
			select
				(select count(*) from contributions where prefix_hash = $1 and received_at > $2),
				(`+openReports+` and c.prefix_hash = $1 and r.prefix_hash is distinct from $1)`, in.actor.PrefixHash, day).QueryRow(func(row pgx.Row) error {
			return row.Scan(&f.today, &f.record.Reported)
		})
		return
	}
	queueRecord(batch, in.actor.User, &f.record)
	batch.Queue(`
		select count(*)
		from contributions
		where user_id = $1 and received_at > $2`, in.actor.User, day).QueryRow(func(row pgx.Row) error {
		return row.Scan(&f.today)
	})
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

// recordOf is what became of a user's contributions so far; a visitor has no record.
func recordOf(ctx context.Context, db pg.DB, user int64) (record Record, err error) {
	if user == 0 {
		return record, nil
	}
	var batch pgx.Batch
	queueRecord(&batch, user, &record)
	return record, db.SendBatch(ctx, &batch).Close()
}

// queueRecord asks for it. After a block it begins again.
func queueRecord(batch *pgx.Batch, user int64, record *Record) {
	batch.Queue(`
		select
			coalesce(min(received_at), '0001-01-01 00:00:00Z'),
			count(*) filter (where state = 'accepted'),
			count(*) filter (where state = 'refused'),
			count(*) filter (where state in ('pending', 'needs_info', 'escalated')),
			(`+openReports+` and c.user_id = $1 and r.user_id is distinct from $1)
		from contributions
		where user_id = $1
			and received_at > coalesce((select unblocked_at from users where id = $1), '-infinity')`, user).QueryRow(func(row pgx.Row) error {
		return row.Scan(&record.Since, &record.Accepted, &record.Refused, &record.Pending, &record.Reported)
	})
}

// askRepeated looks for the same description, sent before by the same hand.
func (f *facts) askRepeated(batch *pgx.Batch, in *incoming) {
	text, ok := in.proposal.Patch["description."+places.Undetermined]
	if !ok || in.actor.User == 0 && in.actor.PrefixHash == nil {
		return
	}
	hand := `user_id = $1 and $2::bytea is null`
	if in.actor.User == 0 {
		hand = `$1::bigint = 0 and prefix_hash = $2`
	}
	batch.Queue(`
		select exists (
			select from contributions
			where `+hand+`
				and received_at > $3
				and body -> 'patch' -> 'description.und' = $4
		)`, in.actor.User, in.actor.PrefixHash, in.envelope.Now.AddDate(0, 0, -30), text).QueryRow(func(row pgx.Row) error {
		return row.Scan(&f.repeated)
	})
}

// checkTarget says whether there is such a place, and such a revision of it.
func (t target) checkTarget(s Submission) error {
	if s.Action == Create {
		return nil
	}
	if !t.Exists {
		return noPlace()
	}
	if s.BaseRevision > t.revision {
		return fault.InvalidField("/base_revision", "the place is at revision %d", t.revision)
	}
	return nil
}

// checkWhere refuses what is proposed outside of the town.
func (t target) checkWhere(s Submission, p Proposal) error {
	if _, proposed := p.Patch["position"]; !proposed || !t.outside {
		return nil
	}
	return fault.InvalidField(positionPointers[s.Action], "[%v, %v] is outside of this town", t.position[0], t.position[1])
}

// positionPointers say where a submission holds the position that it proposes.
var positionPointers = map[Action]string{Create: "/place/position", Edit: "/patch/position", Move: "/position"}

// noPlace is for a place that never was and for a hidden one, which must not be told apart.
func noPlace() error { return fault.New(fault.NotFound, "there is no such place") }

package moderation

import (
	"context"
	"encoding/json"
	"errors"

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
	today    int    // contributions of the author in the last 24 hours; of a confirmation, the confirmations, else all others
	repeated bool   // the same description was sent before by the same hand

	lookalikes []Lookalike // of a creation
	upload     *upload     // of a photo; nil: there is none
}

// earlier is the contribution that the same key made before.
type earlier struct {
	id            int64
	bodyHash, key []byte
	near          bool // sent from the same address prefix
}

// target is the place that a contribution is about, as it stands.
type target struct {
	Object
	revision int           // live
	base     places.Fields // of the revision that the author saw, where incoming.looksAtBase
	position orb.Point     // proposed, or the live one
	outside  bool          // of the town's territory, as far as that is known
	category string        // likewise
}

// zone is a moderation zone that the position lies in.
type zone struct {
	effect, reason string
}

// askFacts reads them in one round trip, with those of others that are asked just now
// where db is an Intake.
func (r *Road) askFacts(ctx context.Context, db pg.DB, in *incoming) (err error) {
	q := &question{of: in}
	if q.position, q.document, err = in.proposal.described(in.submission.Action); err != nil {
		return err
	}
	if err := askOne(ctx, db, q); err != nil {
		return pg.FaultOf(err)
	}
	if q.base != nil {
		if in.place.base, err = places.FieldsOf(q.base); err != nil {
			return err
		}
	}
	if in.lookalikes, err = likely(q.candidates, r.Taxonomy, q.document); err != nil {
		return err
	}
	return in.place.classify(in.proposal, r.Taxonomy)
}

// described is the position that a proposal gives, nil for none, and the place that
// it would create.
func (p Proposal) described(action Action) (position *orb.Point, d places.Document, err error) {
	if position, err = p.position(); err == nil && action == Create {
		d, err = p.Patch.Document()
	}
	return position, d, err
}

func (p Proposal) position() (position *orb.Point, err error) {
	if text, ok := p.Patch["position"]; ok {
		err = json.Unmarshal(text, &position)
	}
	return position, err
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

// unlessNoRows lets a batch go on where nothing was found.
func unlessNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// recordOf is what became of a user's contributions so far; a visitor has no record.
func recordOf(ctx context.Context, db pg.DB, user int64) (record Record, err error) {
	if user == 0 {
		return record, nil
	}
	err = db.QueryRow(ctx, `
		select record.*, (`+reportedOfUser+`)
		from (select $1::bigint as user_id) asked
		cross join lateral (`+recordOfUser+`) record`, user).
		Scan(&record.Since, &record.Accepted, &record.Refused, &record.Pending, &record.Reported)
	return record, err
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

// withOutside adds to what is wrong with a submission that its position is outside of the
// town: all of it is said at once. Where that cannot be asked, the rest is said.
func (p Proposal) withOutside(ctx context.Context, db pg.DB, action Action, wrong error) error {
	var said *fault.Error
	position, err := p.position()
	if err != nil || position == nil || !errors.As(wrong, &said) {
		return wrong
	}
	t := target{position: *position}
	err = db.QueryRow(ctx, `
		select exists (select from territory where not st_covers(area, st_setsrid(st_makepoint($1, $2), 4326)))`,
		position[0], position[1]).Scan(&t.outside)
	var outside *fault.Error
	if err != nil || !errors.As(t.checkWhere(Submission{Action: action}, p), &outside) {
		return wrong
	}
	return fault.InvalidFields(append(said.Fields, outside.Fields...))
}

// positionPointers say where a submission holds the position that it proposes.
var positionPointers = map[Action]string{Create: "/place/position", Edit: "/patch/position", Move: "/position"}

// noPlace is for a place that never was and for a hidden one, which must not be told apart.
func noPlace() error { return fault.New(fault.NotFound, "there is no such place") }

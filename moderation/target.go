package moderation

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

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
		return t, noPlace()
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

// noPlace is said of the absent and of the hidden alike: nobody can tell one from the other.
func noPlace() error { return fault.New(fault.NotFound, "there is no such place") }

package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// The verdicts on a pair of places that may be one.
const (
	pairOpen     = "open"
	pairDistinct = "distinct" // remembered for ever
	pairMerged   = "merged"
)

// Pair are two places on the map that may be one.
type Pair struct {
	A, B     places.ID // the smaller one first
	Score    float64   // as Likeness gave it when they met
	Metres   float64   // between them now
	Since    time.Time
	FeatureA json.RawMessage // GeoJSON, as published
	FeatureB json.RawMessage
}

// PairCursor is where the next page of pairs begins: after this one.
type PairCursor struct {
	Score float64
	A, B  places.ID
}

// keepPairs records the look-alikes of a place that was just created. What was
// said to be distinct before, in either order, stays so.
func (r *Road) keepPairs(ctx context.Context, tx pgx.Tx, c Contribution, created places.ID, at time.Time) error {
	live, err := places.FindLive(ctx, tx, []places.ID{created})
	if err != nil {
		return err
	}
	found, err := FindLookalikes(ctx, tx, r.Taxonomy, live[created].Document)
	if err != nil {
		return err
	}
	for _, one := range withoutAny(found, []places.ID{created}) { // it is like itself
		verdict := pairOpen
		if slices.Contains(c.Proposal.Distinct, one.Place) {
			verdict = pairDistinct
		}
		_, err := tx.Exec(ctx, `
			insert into duplicate_pairs (a, b, score, verdict, at, settled_at)
			values (least($1::bigint, $2), greatest($1::bigint, $2), $3, $4, $5, case $4 when 'distinct' then $5::timestamptz end)
			on conflict (a, b) do nothing`, created, one.Place, one.Score, verdict, at.UTC())
		if err != nil {
			return err
		}
	}
	return nil
}

// OpenPairs lists the pairs that nobody has settled, of which one place is in the
// actor's scope, the most alike first. The cursor is zero for the first page.
// Faults: Forbidden for all but moderators.
func OpenPairs(ctx context.Context, db pg.DB, actor accounts.Actor, after PairCursor, limit int) ([]Pair, error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return nil, err
	}
	neighbourhoods, groups := scopesOf(actor)
	rows, err := db.Query(ctx, `
		select d.a, d.b, d.score, st_distance(p.point::geography, q.point::geography), d.at, p.feature::text, q.feature::text
		from duplicate_pairs d
		join published_places p on p.id = d.a
		join published_places q on q.id = d.b
		where d.verdict = 'open'
			and ($1::text[] is null or exists (
				select from unnest($1::text[], $2::text[]) as s (neighbourhood, group_id)
				where s.neighbourhood in ('', p.neighbourhood) and s.group_id in ('', p.group_id)
					or s.neighbourhood in ('', q.neighbourhood) and s.group_id in ('', q.group_id)
			))
			and ($4::bigint = 0 or (-d.score, d.a, d.b) > (-$3::real, $4, $5))
		order by d.score desc, d.a, d.b
		limit $6`, neighbourhoods, groups, after.Score, after.A, after.B, limit)
	if err != nil {
		return nil, fmt.Errorf("list pairs: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Pair, err error) {
		err = row.Scan(&p.A, &p.B, &p.Score, &p.Metres, &p.Since, &p.FeatureA, &p.FeatureB)
		p.Since = p.Since.UTC()
		return p, err
	})
}

// PairVerdict is what a moderator says of a pair.
type PairVerdict struct {
	A       places.ID `json:"-"` // the smaller one
	B       places.ID `json:"-"`
	Verdict string    `json:"verdict" doc:"distinct or merge" enum:"distinct,merge"`
	Into    places.ID `json:"into,omitempty" doc:"Of a merge: the one of the two that stays"`
	Message string    `json:"message,omitempty" doc:"Of a merge: why, for those who made the place what it is"`
}

// Settled is what became of a pair.
type Settled struct {
	Verdict string   // distinct, merged, or open while the merge waits for somebody else
	Merge   Received // the contribution that merges; its ID is 0 for none
}

// SettlePair says that two places are distinct, for ever, or merges them by a
// contribution of the moderator.
//
// Faults: NotFound where there is no such pair on the map; Conflict when it is
// settled already; Forbidden outside the moderator's scope; Invalid for a verdict
// that is none, and a merge without its text.
func (r *Road) SettlePair(ctx context.Context, db pg.DB, actor accounts.Actor, v PairVerdict, now time.Time) (settled Settled, err error) {
	if err := AllowedToModerate(actor, anywhere(actor)); err != nil {
		return settled, err
	}
	if err := v.check(); err != nil {
		return settled, err
	}
	err = pg.InTx(ctx, db, func(tx pgx.Tx) error {
		if err := lockPair(ctx, tx, actor, v.A, v.B); err != nil {
			return err
		}
		if v.Verdict == pairDistinct {
			settled.Verdict = pairDistinct
			return settlement{v.A, v.B, pairDistinct, actor.User, now}.keep(ctx, tx)
		}
		settled.Verdict = pairMerged
		settled.Merge, err = r.mergePair(ctx, tx, actor, v, now)
		if settled.Merge.State != Accepted {
			settled.Verdict = pairOpen
		}
		return err
	})
	if err != nil {
		return Settled{}, fmt.Errorf("settle the pair %d-%d: %w", v.A, v.B, err)
	}
	return settled, nil
}

func (v PairVerdict) check() error {
	var c checker
	switch v.Verdict {
	case pairDistinct:
	case "merge":
		if v.Into != v.A && v.Into != v.B {
			c.wrong("/into", "is the one of the two that stays: %d or %d", v.A, v.B)
		}
		c.text("/message", v.Message, 1, maxMessage)
	default:
		c.wrong("/verdict", "%q is neither distinct nor merge", v.Verdict)
	}
	return c.fault()
}

// lockPair locks an open pair of which the actor may decide.
func lockPair(ctx context.Context, tx pgx.Tx, actor accounts.Actor, a, b places.ID) error {
	var verdict string
	var left, right Object
	err := tx.QueryRow(ctx, `
		select d.verdict, coalesce(p.neighbourhood, ''), p.group_id, coalesce(q.neighbourhood, ''), q.group_id
		from duplicate_pairs d
		join published_places p on p.id = d.a
		join published_places q on q.id = d.b
		where d.a = $1 and d.b = $2
		for update of d`, a, b).Scan(&verdict, &left.Neighbourhood, &left.Group, &right.Neighbourhood, &right.Group)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "there is no pair %d-%d on the map", a, b)
	}
	if err != nil {
		return err
	}
	if err := AllowedToModerate(actor, left); err != nil && AllowedToModerate(actor, right) != nil {
		return err
	}
	if verdict != pairOpen {
		return fault.New(fault.Conflict, "the pair %d-%d is settled already: %s", a, b, verdict)
	}
	return nil
}

// mergePair submits the merge as the moderator would.
func (r *Road) mergePair(ctx context.Context, tx pgx.Tx, actor accounts.Actor, v PairVerdict, now time.Time) (Received, error) {
	gone := v.A
	if v.Into == v.A {
		gone = v.B
	}
	live, err := places.FindLive(ctx, tx, []places.ID{gone})
	if err != nil {
		return Received{}, err
	}
	s := Submission{
		Action: Merge, PlaceID: gone, BaseRevision: live[gone].Revision, Into: v.Into, Reason: "duplicate", Message: v.Message,
	}
	body, err := json.Marshal(s)
	if err != nil {
		return Received{}, err
	}
	return r.Submit(ctx, tx, actor, s, Envelope{Body: body, Now: now})
}

// settlement is what was decided of two places, in either order.
type settlement struct {
	a, b    places.ID
	verdict string
	by      int64 // user id
	at      time.Time
}

func (s settlement) keep(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		insert into duplicate_pairs (a, b, score, verdict, at, settled_by, settled_at)
		values (least($1::bigint, $2), greatest($1::bigint, $2), 1, $3, $5, nullif($4::bigint, 0), $5)
		on conflict (a, b) do update set
			verdict = excluded.verdict,
			settled_by = excluded.settled_by,
			settled_at = excluded.settled_at`, s.a, s.b, s.verdict, s.by, s.at.UTC())
	return err
}

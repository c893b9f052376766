package moderation

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/geo"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

// Lookalike is a place that may be the one somebody is about to create.
type Lookalike struct {
	Place  places.ID `json:"place"`
	Name   string    `json:"name,omitempty"`
	Score  float64   `json:"score"` // 0 to 1
	Metres float64   `json:"metres"`
}

// From which score a look-alike is worth a word, and from which a creation asks
// before it is taken; bench/lookalikes measures what they find.
const (
	WarnFrom = 0.5
	AskFrom  = 0.85
)

// How far a look-alike may be in metres: NearMetres, or ReachMetres when both
// have the same phone, e-mail or SIRET.
const (
	NearMetres  = 100
	ReachMetres = 500
)

// FindLookalikes finds the places near a document that may be the same,
// best first, at most five.
func FindLookalikes(ctx context.Context, db pg.DB, taxonomy *places.Taxonomy, d places.Document) (found []Lookalike, err error) {
	var batch pgx.Batch
	queueLookalikes(&batch, taxonomy, d, &found)
	return found, db.SendBatch(ctx, &batch).Close()
}

// queueLookalikes asks for them in a batch.
func queueLookalikes(batch *pgx.Batch, taxonomy *places.Taxonomy, d places.Document, found *[]Lookalike) {
	around := geo.NewBoundAroundPoint(d.Position, ReachMetres)
	batch.Queue(`
		select
			p.id,
			st_distance(p.point::geography, here.point) as metres,
			p.name,
			r.document
		from (select st_setsrid(st_makepoint($1, $2), 4326)::geography as point) here
		join published_places p on p.point && st_makeenvelope($4, $5, $6, $7, 4326)
		join place_revisions r on r.place_id = p.id and r.number = p.revision
		where p.state <> 'closed'
			and (st_dwithin(p.point::geography, here.point, $3)
				or r.document ->> 'phone' = nullif($8, '')
				or lower(r.document ->> 'email') = nullif(lower($9), '')
				or r.document -> 'identifiers' ->> 'siret' = nullif($10, ''))
		order by metres
		limit 200 -- more than 100 m of the densest town hold`,
		d.Position[0], d.Position[1], NearMetres, around.Left(), around.Bottom(), around.Right(), around.Top(),
		d.Phone, d.Email, d.Identifiers["siret"]).Query(func(rows pgx.Rows) (err error) {
		*found, err = likely(rows, taxonomy, d)
		return err
	})
}

// likely scores candidates and keeps the best.
func likely(rows pgx.Rows, taxonomy *places.Taxonomy, d places.Document) (found []Lookalike, err error) {
	var one Lookalike
	var document []byte
	_, err = pgx.ForEachRow(rows, []any{&one.Place, &one.Metres, &one.Name, &document}, func() error {
		var other places.Document
		if err := json.Unmarshal(document, &other); err != nil {
			return err
		}
		one.Score = Likeness(taxonomy, d, other, one.Metres)
		if one.Score >= WarnFrom {
			found = append(found, one)
		}
		return nil
	})
	slices.SortFunc(found, func(a, b Lookalike) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Metres, b.Metres), cmp.Compare(a.Place, b.Place))
	})
	return found[:min(len(found), 5)], err
}

// noticeLookalikes asks whether a creation is one of the places that look like it.
func (s *Screening) noticeLookalikes(found []Lookalike, in *incoming) error {
	s.Lookalikes = found
	unanswered := withoutAny(found, in.submission.Distinct)
	if len(unanswered) == 0 {
		return nil
	}
	s.notice("lookalike")
	if unanswered[0].Score >= AskFrom && in.actor.Role != accounts.Importer {
		return fault.Wrap(fault.Conflict, &LookalikesError{Lookalikes: unanswered},
			"%d places nearby look like this one; send their ids in \"distinct\" if it is another", len(unanswered))
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

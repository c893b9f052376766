package moderation

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"

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
func FindLookalikes(ctx context.Context, db pg.DB, taxonomy *places.Taxonomy, d places.Document) ([]Lookalike, error) {
	rows, err := db.Query(ctx, `
		select
			p.id,
			st_distance(p.point::geography, here.point) as metres,
			p.name,
			r.document
		from (select st_setsrid(st_makepoint($1, $2), 4326)::geography as point) here
		join published_places p on p.point && st_buffer(here.point, $4)::geometry
		join place_revisions r on r.place_id = p.id and r.number = p.revision
		where p.state <> 'closed'
			and (st_dwithin(p.point::geography, here.point, $3)
				or r.document ->> 'phone' = nullif($5, '')
				or lower(r.document ->> 'email') = nullif(lower($6), '')
				or r.document -> 'identifiers' ->> 'siret' = nullif($7, ''))
		order by metres
		limit 200 -- more than 100 m of the densest town hold`,
		d.Position[0], d.Position[1], NearMetres, ReachMetres, d.Phone, d.Email, d.Identifiers["siret"])
	if err != nil {
		return nil, err
	}
	var found []Lookalike
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

func (r *Road) screenLookalikes(ctx context.Context, tx pgx.Tx, in *incoming) error {
	document, err := in.proposal.Patch.Document()
	if err != nil {
		return err
	}
	found, err := FindLookalikes(ctx, tx, r.Taxonomy, document)
	if err != nil {
		return err
	}
	in.screening.Lookalikes = found
	if unanswered := withoutAny(found, in.submission.Distinct); len(unanswered) > 0 {
		in.screening.notice("lookalike")
		if unanswered[0].Score >= AskFrom && in.actor.Role != accounts.Importer {
			return fault.Wrap(fault.Conflict, &LookalikesError{Lookalikes: unanswered},
				"%d places nearby look like this one; send their ids in \"distinct\" if it is another", len(unanswered))
		}
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

package moderation

import (
	"bytes"
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

// candidate is a place near enough to be looked at.
type candidate struct {
	Lookalike
	document []byte
}

// FindLookalikes finds the places near a document that may be the same,
// best first, at most five.
func FindLookalikes(ctx context.Context, db pg.DB, taxonomy *places.Taxonomy, d places.Document) ([]Lookalike, error) {
	q := question{of: &incoming{submission: Submission{Action: Create}}, document: d}
	var batch pgx.Batch
	queueCandidates(&batch, []*question{&q})
	if err := db.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, pg.FaultOf(err)
	}
	return likely(q.candidates, taxonomy, d)
}

// selectCandidates gives rows of places, the nearest first of each that is asked about.
// The box is as wide as its identifiers reach: only those are looked for beyond 100 m.
const selectCandidates = `
select
	asked.n,
	near.*
from unnest($1::int[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::text[], $9::text[], $10::text[])
	as asked (n, lon, lat, west, south, east, north, phone, email, siret)
cross join lateral (
	select
		p.id,
		p.name,
		st_distance(p.point::geography, here.point) as metres,
		r.document
	from (select st_setsrid(st_makepoint(asked.lon, asked.lat), 4326)::geography as point) here
	join published_places p on p.point && st_makeenvelope(asked.west, asked.south, asked.east, asked.north, 4326)
	join place_revisions r on r.place_id = p.id and r.number = p.revision
	where p.state <> 'closed'
		and (st_dwithin(p.point::geography, here.point, $11)
			or r.document ->> 'phone' = asked.phone
			or lower(r.document ->> 'email') = lower(asked.email)
			or r.document -> 'identifiers' ->> 'siret' = asked.siret)
	order by metres
	limit 200 -- more than 100 m of the densest town hold
) near`

// queueCandidates asks for the candidates of creations.
func queueCandidates(batch *pgx.Batch, questions []*question) {
	var rows [][]any
	for n, q := range questions {
		if q.of.submission.Action != Create {
			continue
		}
		d, siret, reach := q.document, q.document.Identifiers["siret"], float64(NearMetres)
		if d.Phone != "" || d.Email != "" || siret != "" {
			reach = ReachMetres
		}
		box := geo.NewBoundAroundPoint(d.Position, reach)
		rows = append(rows, []any{
			n, d.Position[0], d.Position[1], box.Left(), box.Bottom(), box.Right(), box.Top(), orNull(d.Phone), orNull(d.Email), orNull(siret),
		})
	}
	if len(rows) == 0 {
		return
	}
	batch.Queue(selectCandidates, append(pg.Columns(rows), NearMetres)...).
		Query(func(rows pgx.Rows) error { return scanCandidates(rows, questions) })
}

func scanCandidates(rows pgx.Rows, questions []*question) error {
	var n int
	var one candidate
	var document []byte
	for _, q := range questions {
		q.candidates = nil
	}
	_, err := pgx.ForEachRow(rows, []any{&n, &one.Place, &one.Name, &one.Metres, &document}, func() error {
		one.document = bytes.Clone(document)
		questions[n].candidates = append(questions[n].candidates, one)
		return nil
	})
	return err
}

// likely scores candidates and keeps the best.
func likely(candidates []candidate, taxonomy *places.Taxonomy, d places.Document) (found []Lookalike, err error) {
	for _, one := range candidates {
		var other places.Document
		if err := json.Unmarshal(one.document, &other); err != nil {
			return nil, err
		}
		one.Score = Likeness(taxonomy, d, other, one.Metres)
		if one.Score >= WarnFrom {
			found = append(found, one.Lookalike)
		}
	}
	slices.SortFunc(found, func(a, b Lookalike) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Metres, b.Metres), cmp.Compare(a.Place, b.Place))
	})
	return found[:min(len(found), 5)], nil
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

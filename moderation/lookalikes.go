package moderation

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

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

// How far a look-alike may be: 100 m, or 500 m when both have the same phone or e-mail.
const (
	nearMetres  = 100
	reachMetres = 500
	mentionFrom = 0.5 // the score from which a look-alike is worth a word
)

// FindLookalikes finds the places near a document that may be the same,
// best first, at most five.
func FindLookalikes(ctx context.Context, db pg.DB, taxonomy *places.Taxonomy, d places.Document) ([]Lookalike, error) {
	rows, err := db.Query(ctx, `
		select
			p.id,
			st_distance(p.point::geography, here.point) as metres,
			p.name,
			similarity(fold(p.name), fold($3)),
			r.document
		from (select st_setsrid(st_makepoint($1, $2), 4326)::geography as point) here
		join published_places p on p.point && st_buffer(here.point, $4)::geometry
		join place_revisions r on r.place_id = p.id and r.number = p.revision
		where p.state <> 'closed'
		order by metres
		limit 200 -- a square of 1 km in the densest town has that many near its middle`, d.Position[0], d.Position[1], d.Name.Plain(), reachMetres)
	if err != nil {
		return nil, err
	}
	var found []Lookalike
	var one Lookalike
	var trigrams float64
	var document []byte
	_, err = pgx.ForEachRow(rows, []any{&one.Place, &one.Metres, &one.Name, &trigrams, &document}, func() error {
		var other places.Document
		if err := json.Unmarshal(document, &other); err != nil {
			return err
		}
		one.Score = Likeness(taxonomy, d, other, one.Metres, trigrams)
		if one.Score >= mentionFrom {
			found = append(found, one)
		}
		return nil
	})
	slices.SortFunc(found, func(a, b Lookalike) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Metres, b.Metres), cmp.Compare(a.Place, b.Place))
	})
	return found[:min(len(found), 5)], err
}

// Likeness scores two documents from 0 (another place) to 1 (the same), given
// their distance in metres and the trigram similarity of their folded names.
func Likeness(taxonomy *places.Taxonomy, a, b places.Document, metres, trigrams float64) float64 {
	contact := sameContact(a, b)
	if metres > nearMetres && !contact {
		return 0
	}
	category, _ := taxonomy.Category(a.Category)
	closeness := max(0, 1-metres/max(category.MatchMetres*2, 1))
	sameCategory := 0.0
	switch {
	case a.Category == b.Category:
		sameCategory = 1
	case taxonomy.GroupOf(a.Category) == taxonomy.GroupOf(b.Category):
		sameCategory = 0.5
	}
	if a.Name.Plain() == "" || b.Name.Plain() == "" {
		return sameCategory * closeness * 0.95
	}
	name := max(trigrams, tokenSet(a.Name.Plain(), b.Name.Plain()))
	score := 0.6*name + 0.2*sameCategory + 0.2*closeness
	if contact {
		score += 0.2
	}
	return min(1, score)
}

func sameContact(a, b places.Document) bool {
	return a.Phone != "" && a.Phone == b.Phone ||
		a.Email != "" && strings.EqualFold(a.Email, b.Email) ||
		a.Identifiers["siret"] != "" && a.Identifiers["siret"] == b.Identifiers["siret"] ||
		host(a.Website) != "" && host(a.Website) == host(b.Website)
}

func host(website string) string {
	u, err := url.Parse(website)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// tokenSet is the share of the shorter name's words that the other has too
// (Dice on sets would punish "Médiathèque" against "Médiathèque Jacques-Demy").
func tokenSet(a, b string) float64 {
	left, right := words(a), words(b)
	if len(left) > len(right) {
		left, right = right, left
	}
	if len(left) == 0 {
		return 0
	}
	common := 0
	for word := range left {
		if right[word] {
			common++
		}
	}
	return float64(common) / float64(len(left))
}

// fillers say nothing about which place it is.
var fillers = map[string]bool{"de": true, "du": true, "des": true, "la": true, "le": true, "les": true, "l": true, "d": true, "et": true}

func words(name string) map[string]bool {
	set := make(map[string]bool)
	for _, word := range places.Words(name) {
		if !fillers[word] {
			set[word] = true
		}
	}
	return set
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
		if unanswered[0].Score >= askFirst && in.actor.Role != accounts.Importer {
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

package web

import (
	"github.com/paulmach/orb"

	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// mostNearby is how many places somebody is asked about before they add one.
const mostNearby = 4

// nearby are the places around a position (longitude, latitude) that somebody about to
// add one there may mean, the nearest first: within the distance at which a
// contribution looks for them. Of benches and bins without a name only the nearest of
// each kind, which would crowd out all others.
func (v *view) nearby(at orb.Point) ([]lookalikeText, error) {
	q := question{Near: &at}
	var texts []lookalikeText
	unnamed := make(map[string]bool)
	for _, found := range within(v.site.Snapshot.View(), q, moderation.NearMetres, nearbyLooked, func(result) bool { return true }) {
		p, err := readPublished(found.Row)
		if err != nil {
			return nil, err
		}
		if p.Name == "" && unnamed[p.Category] {
			continue
		}
		unnamed[p.Category] = unnamed[p.Category] || p.Name == ""
		texts = append(texts, v.lookalikeText(p, found.metres))
		if len(texts) == mostNearby {
			break
		}
	}
	return texts, nil
}

// nearbyLooked is how many places nearby looks at: more than a street corner has.
const nearbyLooked = 60

func (v *view) lookalikeText(p published, metres float64) lookalikeText {
	return lookalikeText{
		ID: p.ID, Name: v.site.title(p, v.Language), Category: v.site.categoryLabel(p.Category, v.Language),
		Icon: v.Pictogram(p.Category), Group: p.Group, Kind: p.Kind, Distance: formatDistance(v.Language, metres),
	}
}

// lookalikeTexts tells of places that look like the proposed one.
func (v *view) lookalikeTexts(found []moderation.Lookalike, distinct []places.ID) []lookalikeText {
	var texts []lookalikeText
	view := v.site.Snapshot.View()
	for _, one := range found {
		text := lookalikeText{ID: one.Place, Name: one.Name, Distance: formatDistance(v.Language, one.Metres)}
		if p, err := findPublished(view, one.Place); err == nil {
			text = v.lookalikeText(p, one.Metres)
		}
		for _, id := range distinct {
			text.Distinct = text.Distinct || id == one.Place
		}
		texts = append(texts, text)
	}
	return texts
}

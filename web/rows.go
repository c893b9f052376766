package web

import (
	"cartoquartiers/places"
)

// listing is a page of results.
type listing struct {
	Count int
	Rows  []row
	First string // URL of the first page, on later ones
	Next  string // URL of the next page, where there is one
	Empty string // what to say when nothing was found
	Widen link   // the same question with fewer conditions
	Meant []link // categories and neighbourhoods that the words may mean
	Alike []row  // places with nearly these words in their names, when nothing was found
}

// link is words that lead somewhere; no words, no link.
type link struct{ Text, Href string }

// row is one place in a list, every word already in the reader's language.
type row struct {
	ID               places.ID
	Category, Group  string // ids
	Kind             places.Kind
	State            places.State
	Lon, Lat         float64
	Icon, Href, Name string
	Facts            []string // category, neighbourhood, address
	Badge            *badge
	Distance         string
	Look             string // closed, closed_temporarily or stale: how the pictogram is drawn; empty usually
}

func (v *view) row(t *town, found result, measured bool) (row, error) {
	p, err := readPublished(found.Row)
	if err != nil {
		return row{}, err
	}
	r := row{
		ID: p.ID, Category: p.Category, Group: p.Group, Kind: p.Kind, State: p.State, Lon: p.Lon, Lat: p.Lat,
		Icon: v.Pictogram(p.Category), Href: v.placeURL(p.ID), Name: v.site.title(p, v.Language),
		Badge: v.badgeOf(p), Look: v.look(p),
	}
	r.Facts = v.rowFacts(t, p, r.Name)
	if measured {
		r.Distance = formatDistance(v.Language, found.metres)
	}
	return r, nil
}

// rowFacts are the two things that tell a place from its neighbours in a list:
// what it is, unless it is called that, and where.
func (v *view) rowFacts(t *town, p published, name string) []string {
	var facts []string
	if category := v.site.categoryLabel(p.Category, v.Language); category != name {
		facts = append(facts, category)
	}
	if n, known := t.byCode[p.Neighbourhood]; known {
		facts = append(facts, n.in(v.Language))
	}
	if street := streetLine(p.Address); street != "" && len(facts) < 2 {
		facts = append(facts, street)
	}
	return facts
}

func (v *view) rows(t *town, found []result, measured bool) ([]row, error) {
	rows := make([]row, 0, len(found))
	for _, one := range found {
		r, err := v.row(t, one, measured)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// streetLine is the part of an address that tells one place of a town from another.
func streetLine(a *places.Address) string {
	if a == nil {
		return ""
	}
	if a.Street != "" {
		return joinWords(" ", a.Housenumber, a.Street)
	}
	return a.Text
}

func (v *view) placeURL(id places.ID) string { return v.Link(placePath(id)) }

// PlaceLink is the page of a place.
func (v *view) PlaceLink(id places.ID) string { return v.placeURL(id) }

// EditLink is the form that corrects a place.
func (v *view) EditLink(id places.ID) string { return v.Link(placePath(id) + "/modifier") }

// look is how freshness shows: closed ones hollow, long unverified ones faded.
func (v *view) look(p published) string {
	if p.State != places.Open {
		return string(p.State)
	}
	category, _ := v.site.Taxonomy.Category(p.Category)
	if p.VerifiedAt != nil && category.VerifyDays > 0 && p.VerifiedAt.AddDate(0, 0, category.VerifyDays).Before(v.site.Clock()) {
		return "stale"
	}
	return ""
}

package moderation

import (
	"net/url"
	"slices"
	"strings"

	"cartoquartiers/places"
)

// How much each part of a likeness weighs, of places that have names. Found by
// trying on the data of bench/lookalikes; docs/performance.md has the figures.
const (
	nameBase       = 0.68 // what the same name is worth by itself
	categoryPart   = 0.22
	closenessPart  = 0.10
	phoneBonus     = 0.15 // the same phone or e-mail: often a switchboard's
	siretBonus     = 0.40 // the same establishment, whatever it is called
	unnamedContact = 0.50 // without a name, the same phone or SIRET counts so much more
	hostBonus      = 0.05 // the same website: a chain's has all its shops
)

// Likeness scores two documents from 0 (another place) to 1 (the same), given
// their distance in metres. It is pure, and the order of a and b does not matter.
func Likeness(taxonomy *places.Taxonomy, a, b places.Document, metres float64) float64 {
	contact := contactBonus(a, b)
	if metres > NearMetres && contact < phoneBonus {
		return 0
	}
	left, right := nameOf(taxonomy, a), nameOf(taxonomy, b)
	if !left.telling() || !right.telling() {
		return unnamedLikeness(taxonomy, a, b, metres, left.telling() || right.telling())
	}
	name := nameLikeness(left, right)
	whole := nameBase + categoryPart*categoryLikeness(taxonomy, a, b) + closenessPart*closeness(taxonomy, a, b, metres)
	return min(1, name*whole+contact)
}

// unnamedLikeness is about places whose name says no more than what they are,
// "Banc" like none: they are the same where two of the category would not stand so
// near each other. When one of them has a name, half as near.
func unnamedLikeness(taxonomy *places.Taxonomy, a, b places.Document, metres float64, oneIsNamed bool) float64 {
	if a.Category != b.Category {
		return 0
	}
	category, _ := taxonomy.Category(a.Category)
	reach := 2 * category.MatchMetres
	if oneIsNamed {
		reach = category.MatchMetres
	}
	near := 0.95 * max(0, 1-metres/max(reach, 1))
	if contact := contactBonus(a, b); contact >= phoneBonus {
		return min(1, max(near, unnamedContact+contact))
	}
	return near
}

// categoryLikeness is 1 for the same main category, less where one of them has the other's
// beside its own, less in the same group.
func categoryLikeness(taxonomy *places.Taxonomy, a, b places.Document) float64 {
	switch {
	case a.Category == b.Category:
		return 1
	case slices.Contains(a.Categories, b.Category), slices.Contains(b.Categories, a.Category):
		return 0.9
	case taxonomy.GroupOf(a.Category) == taxonomy.GroupOf(b.Category):
		return 0.7
	}
	return 0
}

// closeness falls from 1 on the spot to 0 at 100 m, or where two of the wider
// category can be the same.
func closeness(taxonomy *places.Taxonomy, a, b places.Document, metres float64) float64 {
	left, _ := taxonomy.Category(a.Category)
	right, _ := taxonomy.Category(b.Category)
	return max(0, 1-metres/max(NearMetres, 2*left.MatchMetres, 2*right.MatchMetres))
}

// contactBonus is what two places gain by what they share beside their names.
func contactBonus(a, b places.Document) float64 {
	switch {
	case a.Identifiers["siret"] != "" && a.Identifiers["siret"] == b.Identifiers["siret"]:
		return siretBonus
	case a.Phone != "" && a.Phone == b.Phone, a.Email != "" && strings.EqualFold(a.Email, b.Email):
		return phoneBonus
	case host(a.Website) != "" && host(a.Website) == host(b.Website):
		return hostBonus
	}
	return 0
}

func host(website string) string {
	u, err := url.Parse(website)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

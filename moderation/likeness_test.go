package moderation_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func called(name, category string) places.Document {
	return places.Document{Category: category, Name: places.Text{places.Undetermined: name}}
}

func TestLikeness(t *testing.T) {
	t.Parallel()
	withPhone := func(name, category string) places.Document {
		d := called(name, category)
		d.Phone = "+33240000000"
		return d
	}
	withSIRET := func(name string) places.Document {
		d := called(name, "association")
		d.Identifiers = map[string]string{"siret": "12345678900011"}
		return d
	}
	withSite := func(name, site string) places.Document {
		d := called(name, "repair")
		d.Website = site
		return d
	}
	for name, c := range map[string]struct {
		a, b        places.Document
		metres      float64
		least, most float64
	}{
		"accents and case":            {called("Médiathèque Jacques-Demy", "library"), called("MEDIATHEQUE JACQUES DEMY", "library"), 30, 0.85, 1},
		"a letter dropped":            {called("Boulangerie Deslandes", "food_shop"), called("Boulangerie Delandes", "food_shop"), 10, 0.85, 1},
		"a part of the name":          {called("Biocoop", "food_shop"), called("Biocoop Place Bretagne", "food_shop"), 40, 0.7, 1},
		"a short form":                {called("Asso St Félix", "association"), called("Association Saint-Félix", "association"), 0, 0.85, 1},
		"the same kind, another name": {called("Parking Saint-Laurent", "parking"), called("Parking Saint-Charles", "parking"), 50, 0, 0.49},
		"another number":              {called("Air Livre 1", "recycling"), called("Air Livre 2", "recycling"), 20, 0.5, 0.84},
		"too far":                     {called("Biocoop", "food_shop"), called("Biocoop", "food_shop"), 101, 0, 0},
		"far with the same phone":     {withPhone("Emmaüs", "reuse_shop"), withPhone("Emmaüs", "reuse_shop"), 400, 0.85, 1},
		"far with the same website":   {withSite("Repair Café", "https://a.example/x"), withSite("Repair Café", "https://www.a.example"), 400, 0, 0},
		"a switchboard":               {withPhone("Crèche Colibri", "childcare"), withPhone("Piscine Gloriette", "swimming"), 20, 0, 0.49},
		"the same establishment":      {withSIRET("Les Amis du quartier"), withSIRET("Amicale du quartier"), 400, 0.5, 1},
		"two benches":                 {called("", "bench"), called("Banc", "bench"), 1, 0.85, 1},
		"two benches apart":           {called("", "bench"), called("Banc", "bench"), 8, 0, 0.49},
		"a bench and a bin":           {called("", "bench"), called("", "waste_basket"), 0, 0, 0},
	} {
		got := moderation.Likeness(taxonomy, c.a, c.b, c.metres)
		if got < c.least || got > c.most {
			t.Errorf("%s: %.3f, want %.2f to %.2f", name, got, c.least, c.most)
		}
	}
}

// TestLikenessIsAScoreBothWays holds for any names and categories.
func TestLikenessIsAScoreBothWays(t *testing.T) {
	t.Parallel()
	document := rapid.Custom(func(t *rapid.T) places.Document {
		d := called(rapid.StringMatching(`[A-Za-zéèœ' 0-9-]{0,30}`).Draw(t, "name"), rapid.SampledFrom(taxonomy.Categories).Draw(t, "category").ID)
		d.Phone = rapid.SampledFrom([]string{"", "+33240000000"}).Draw(t, "phone")
		return d
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := document.Draw(t, "a"), document.Draw(t, "b")
		metres := rapid.Float64Range(0, 500).Draw(t, "metres")
		there, back := moderation.Likeness(taxonomy, a, b, metres), moderation.Likeness(taxonomy, b, a, metres)
		if math.Abs(there-back) > 1e-9 || !(there >= 0 && there <= 1) {
			t.Fatalf("%v one way, %v the other", there, back)
		}
	})
}

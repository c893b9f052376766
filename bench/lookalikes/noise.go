package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"cartoquartiers/places"
)

// noise is one way in which somebody describes a place that is there already.
type noise struct {
	name  string
	named bool // only for places that have a name
	spoil func(*spoiler, *places.Document)
}

// noises are the ways. What the author gives is name, category and position:
// phone, e-mail, website and identifiers are dropped except where it is said.
var noises = []noise{
	{"as it is", false, func(*spoiler, *places.Document) {}},
	{"a typing mistake or two", true, (*spoiler).typo},
	{"without accents, in capitals", true, (*spoiler).plain},
	{"a word shortened", true, (*spoiler).abbreviate},
	{"a word more or less", true, (*spoiler).reword},
	{"words in another order", true, (*spoiler).reorder},
	{"up to 80 m away", true, func(s *spoiler, d *places.Document) { s.move(d, 80) }},
	{"a tap on the map beside it", false, (*spoiler).tap},
	{"another category of the group", true, (*spoiler).recategorise},
	{"mistake, 80 m, other category", true, func(s *spoiler, d *places.Document) { s.typo(d); s.move(d, 80); s.recategorise(d) }},
	{"shortened, 400 m, same phone", true, nil}, // see spoiler.copy
}

// spoiler makes noisy copies, the same ones in each run.
type spoiler struct {
	random   *rand.Rand
	taxonomy *places.Taxonomy
}

func newSpoiler(taxonomy *places.Taxonomy) *spoiler {
	return &spoiler{rand.New(rand.NewPCG(44, 2026)), taxonomy} //nolint:gosec // to repeat, not to guard
}

// copy is a document as the noise has it; ok is false when the noise does not apply to it.
func (s *spoiler) copy(n noise, d places.Document) (spoiled places.Document, ok bool) {
	phone := d.Phone
	d.Phone, d.Email, d.Website, d.Identifiers = "", "", "", nil
	if n.named && d.Name.Plain() == "" {
		return d, false
	}
	if n.spoil != nil {
		n.spoil(s, &d)
		return d, true
	}
	s.abbreviate(&d)
	s.move(&d, 400)
	d.Phone = phone
	return d, phone != ""
}

func (s *spoiler) rename(d *places.Document, how func([]rune) string) {
	d.Name = places.Text{places.Undetermined: how([]rune(d.Name.Plain()))}
}

// typo drops, doubles or swaps letters: one in short names, two in names of ten letters.
func (s *spoiler) typo(d *places.Document) {
	s.rename(d, func(name []rune) string {
		for range 1 + min(1, len(name)/10) {
			if len(name) < 3 {
				break
			}
			at := s.random.IntN(len(name) - 1)
			switch s.random.IntN(3) {
			case 0:
				name = slices.Delete(name, at, at+1)
			case 1:
				name = slices.Insert(name, at, name[at])
			default:
				name[at], name[at+1] = name[at+1], name[at]
			}
		}
		return string(name)
	})
}

func (s *spoiler) plain(d *places.Document) {
	s.rename(d, func(name []rune) string { return strings.ToUpper(strings.Join(places.Words(string(name)), " ")) })
}

// shortForms are what people write instead.
var shortForms = map[string]string{
	"association": "asso", "saint": "St", "sainte": "Ste", "avenue": "av.", "centre": "ctr", "communauté": "comm.",
	"bibliothèque": "bib", "médiathèque": "média", "boulangerie": "boul.", "restaurant": "resto", "pharmacie": "pharma", "hôtel": "htl",
}

// abbreviate shortens the first word that has a usual short form, else the
// longest to its first four letters.
func (s *spoiler) abbreviate(d *places.Document) {
	s.rename(d, func(name []rune) string {
		words := strings.Fields(string(name))
		longest := 0
		for i, word := range words {
			if short, ok := shortForms[strings.ToLower(word)]; ok {
				words[i] = short
				return strings.Join(words, " ")
			}
			if len([]rune(word)) > len([]rune(words[longest])) {
				longest = i
			}
		}
		if word := []rune(words[longest]); len(word) > 5 {
			words[longest] = string(word[:4]) + "."
		}
		return strings.Join(words, " ")
	})
}

// reword drops the last word of a name of several, and adds one to the others.
func (s *spoiler) reword(d *places.Document) {
	s.rename(d, func(name []rune) string {
		words := strings.Fields(string(name))
		if len(words) > 2 {
			return strings.Join(words[:len(words)-1], " ")
		}
		return string(name) + " de la place"
	})
}

func (s *spoiler) reorder(d *places.Document) {
	s.rename(d, func(name []rune) string {
		words := strings.Fields(string(name))
		slices.Reverse(words)
		return strings.Join(words, " ")
	})
}

// metresPerDegree of latitude, on a sphere of the mean radius.
const metresPerDegree = 111_195

// move puts it anywhere in a circle.
func (s *spoiler) move(d *places.Document, radiusMetres float64) {
	angle, metres := s.random.Float64()*2*math.Pi, math.Sqrt(s.random.Float64())*radiusMetres
	d.Position = orb.Point{
		d.Position[0] + metres*math.Cos(angle)/metresPerDegree/math.Cos(d.Position[1]*math.Pi/180),
		d.Position[1] + metres*math.Sin(angle)/metresPerDegree,
	}
}

// tap is a finger on the map: as far off as half of what tells two of the category apart.
func (s *spoiler) tap(d *places.Document) {
	category, _ := s.taxonomy.Category(d.Category)
	s.move(d, category.MatchMetres/2)
}

// recategorise takes another category of the group, where there is one.
func (s *spoiler) recategorise(d *places.Document) {
	var others []string
	for _, category := range s.taxonomy.Categories {
		if category.ID != d.Category && s.taxonomy.GroupOf(category.ID) == s.taxonomy.GroupOf(d.Category) {
			others = append(others, category.ID)
		}
	}
	if len(others) > 0 {
		d.Category = others[s.random.IntN(len(others))]
	}
}

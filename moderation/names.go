package moderation

import (
	"maps"
	"slices"
	"strings"

	"cartoquartiers/places"
)

// fillers say nothing about which place it is.
var fillers = wordSet("de du des d la le les l a au aux en et par pour sur sous chez the of and")

// commonWords are in many names of a town: they tell little.
var commonWords = wordSet(`saint sainte notre dame centre maison espace salle local place rue avenue boulevard quai allee
	association amicale club comite ecole eglise chapelle jardin square parc parking restaurant boulangerie boucherie epicerie pharmacie
	atelier boutique magasin cafe bar hotel residence stade gymnase municipal municipale public publique`)

// shortForms are what people write instead of a word.
var shortForms = map[string]string{
	"st": "saint", "ste": "sainte", "asso": "association", "av": "avenue", "bd": "boulevard", "pl": "place", "ctr": "centre",
	"bib": "bibliotheque", "resto": "restaurant", "nd": "notre", "htl": "hotel",
}

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

// commonWeight is what a common word counts of a telling one.
const commonWeight = 0.2

// name is a name as it is compared.
type name struct {
	joined string // without spaces
	// words are how many letters each word counts. Common words, and those that
	// say what the place is, count a fifth.
	words map[string]float64
}

func nameOf(taxonomy *places.Taxonomy, d places.Document) name {
	category, _ := taxonomy.Category(d.Category)
	kind := places.Words(category.LabelFr + " " + category.LabelEn)
	weights := make(map[string]float64)
	all := places.Words(d.Name.Plain())
	for _, word := range all {
		if long, short := shortForms[word]; short {
			word = long
		}
		if fillers[word] {
			continue
		}
		weights[word] = float64(len(word))
		if commonWords[word] || slices.Contains(kind, word) {
			weights[word] *= commonWeight
		}
	}
	return name{strings.Join(all, ""), weights}
}

// telling reports whether the name says more than what the place is.
func (n name) telling() bool {
	for word, weight := range n.words {
		if weight == float64(len(word)) {
			return true
		}
	}
	return false
}

func (n name) weight() (sum float64) {
	for _, weight := range n.words {
		sum += weight
	}
	return sum
}

// differentNumbers is what two names with different numbers are worth at most: "École 1" is not "École 2".
const differentNumbers = 0.6

// nameLikeness is the best of three: the words that the names share, their
// trigrams, and how few letters differ when spaces do not count.
func nameLikeness(a, b name) float64 {
	best := max(sharedWords(a, b), trigramLikeness(a, b), spelling(a.joined, b.joined))
	if !maps.Equal(numbers(a), numbers(b)) && len(numbers(a)) > 0 && len(numbers(b)) > 0 {
		return min(best, differentNumbers)
	}
	return best
}

func numbers(n name) map[string]bool {
	set := make(map[string]bool)
	for word := range n.words {
		if strings.ContainsAny(word, "0123456789") {
			set[word] = true
		}
	}
	return set
}

// sharedWords is the middle of two measures on sets of words: how much of the
// shorter name is in the other one, which takes "Médiathèque" for a part of
// "Médiathèque Jacques-Demy", and how much of both is in both (Dice).
func sharedWords(a, b name) float64 {
	if len(a.words) > len(b.words) {
		a, b = b, a
	}
	shared := 0.0
	for word, weight := range a.words {
		best := 0.0
		for other, otherWeight := range b.words {
			best = max(best, wordLikeness(word, other)*min(weight, otherWeight))
		}
		shared += best
	}
	left, right := a.weight(), b.weight()
	return shared/min(left, right)/2 + shared/(left+right)
}

// shortest is the length from which the beginning of a word can stand for it.
const shortest = 4

// wordLikeness is 1 for the same word, less for one that begins the other or is
// spelt nearly like it.
func wordLikeness(a, b string) float64 {
	if a == b {
		return 1
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) >= shortest && strings.HasPrefix(b, a) {
		return 0.9
	}
	return spelling(a, b)
}

// spelling is how alike two texts are of which at most a fifth of the letters was
// mistyped, else 0: each letter left out, added, changed or swapped with its
// neighbour costs 0.7 of its share.
func spelling(a, b string) float64 {
	length := max(len(a), len(b))
	if length <= shortest {
		return 0
	}
	mistakes := distanceOf([]rune(a), []rune(b))
	if mistakes*5 > length {
		return 0
	}
	return 1 - 0.7*float64(mistakes)/float64(length)
}

// distanceOf is the optimal string alignment distance: Damerau's without going twice over a letter.
func distanceOf(a, b []rune) int {
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}

// trigramLikeness is that of pg_trgm on the words that tell something: the share of
// all trigrams that both have, each word with two spaces before it and one behind.
func trigramLikeness(a, b name) float64 {
	left, right := a.trigrams(), b.trigrams()
	common := 0
	for one := range left {
		if right[one] {
			common++
		}
	}
	return float64(common) / float64(max(1, len(left)+len(right)-common))
}

func (n name) trigrams() map[string]bool {
	set := make(map[string]bool)
	for word, weight := range n.words {
		if weight < float64(len(word)) {
			continue
		}
		padded := []rune("  " + word + " ")
		for i := range len(padded) - 2 {
			set[string(padded[i:i+3])] = true
		}
	}
	return set
}

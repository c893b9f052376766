package main

import (
	"math"

	"github.com/paulmach/orb/geo"

	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// thresholds are where the road warns and where it asks.
var thresholds = [2]float64{moderation.WarnFrom, moderation.AskFrom}

// tally counts, per threshold, what creations would be told.
type tally struct {
	creations int    // looked at
	known     int    // of them, those whose place is there already
	found     [2]int // of the known, those whose place is named
	others    [2]int // places named that are other ones
	bothered  [2]int // creations that name at least one other one
}

// precision is the share of the named places that are the right one, recall that of
// the right ones that are named. Nothing named is precise.
func (t tally) precision(i int) float64 { return share(t.found[i], t.found[i]+t.others[i]) }
func (t tally) recall(i int) float64    { return share(t.found[i], t.known) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// matcher knows the places that are there.
type matcher struct {
	taxonomy *places.Taxonomy
	known    []places.Document
	tell     func(format string, args ...any) // of each wrong and each missed one; nil keeps quiet
}

// look counts what the creation of a document would be told. Same says which of
// the known places it is; none of them counts when it is skip, -1 for none.
func (m matcher) look(t *tally, d places.Document, same func(places.Document) bool, skip int) {
	t.creations++
	var found, other [2]bool
	isKnown := false
	for i, one := range m.known {
		if i == skip {
			continue
		}
		far := math.Abs(d.Position[1]-one.Position[1])*metresPerDegree > 2*moderation.ReachMetres // a thousand times cheaper than the distance
		if far && isKnown {
			continue
		}
		right := same(one)
		isKnown = isKnown || right
		if far {
			continue
		}
		metres := geo.DistanceHaversine(d.Position, one.Position)
		if metres > moderation.ReachMetres {
			continue
		}
		score := moderation.Likeness(m.taxonomy, d, one, metres)
		for k, threshold := range thresholds {
			switch {
			case score < threshold:
			case right:
				found[k] = true
			default:
				other[k] = true
				t.others[k]++
				m.say("wrong   %.2f %3.0f m %s | %s\n", score, metres, nameOf(d), nameOf(one))
			}
		}
	}
	if isKnown {
		t.known++
	}
	for k := range thresholds {
		t.found[k] += one(isKnown && found[k])
		t.bothered[k] += one(other[k])
	}
	if isKnown && !found[0] {
		m.say("missed  %s\n", nameOf(d))
	}
}

func (m matcher) say(format string, args ...any) {
	if m.tell != nil {
		m.tell(format, args...)
	}
}

func nameOf(d places.Document) string { return d.Category + " " + d.Name.Plain() }

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func osmID(d places.Document) string { return d.Identifiers[places.IdentifierOSM] }

package snapshot

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"

	"github.com/paulmach/orb"

	"cartoquartiers/places"
	"cartoquartiers/places/search"
)

// Suggestion is a place whose name answers what somebody is typing.
type Suggestion struct {
	Row    Row
	Rank   search.Rank
	Metres float64 // from where it was asked; 0 when nowhere was given
}

// Suggest gives up to limit living places whose names answer the query, by rank,
// then the nearest to near first; without near, short names first. Typos are
// forgiven only when what was typed finds less than limit as it stands.
//
// It reads through all names: 90,000 different ones are 2 MB and take a few
// milliseconds on one core whatever is typed, where a trigram index takes from one
// to a hundred, most for the short beginnings that everybody types first.
func (v *View) Suggest(q *search.Query, near *orb.Point, limit int) []Suggestion {
	best := &podium{limit: limit, near: near}
	for _, forgive := range []bool{false, true} {
		if len(best.places) >= limit {
			break
		}
		for _, part := range v.parts() {
			v.suggestFrom(part, q, forgive, best)
		}
	}
	return best.places
}

func (v *View) suggestFrom(p part, q *search.Query, forgive bool, best *podium) {
	folded := p.segment.foldedNames()
	ranks, any := folded.rank(q, forgive)
	if !any {
		return
	}
	living := v.compile(places.Filter{})
	walk := newWalker(p.segment, p.dead, nil, 0)
	for run, ok := walk.next(); ok; run, ok = walk.next() {
		for i := run.first; i < run.end; i++ {
			if rank := ranks[p.segment.names[i]]; rank != search.NoMatch && living.matches(p.segment, i, true) {
				best.offer(Suggestion{Row: v.row(p.segment, i), Rank: rank})
			}
		}
	}
}

// podium keeps the best suggestions, in order.
type podium struct {
	limit  int
	near   *orb.Point
	places []Suggestion
}

func (p *podium) offer(s Suggestion) {
	if p.near != nil {
		s.Metres = metresBetween(*p.near, s.Row.Point())
	}
	if len(p.places) == p.limit {
		if compareSuggestions(s, p.places[p.limit-1]) >= 0 {
			return
		}
		p.places = p.places[:p.limit-1]
	}
	at, _ := slices.BinarySearchFunc(p.places, s, compareSuggestions)
	p.places = slices.Insert(p.places, at, s)
}

func compareSuggestions(a, b Suggestion) int {
	if order := cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Metres, b.Metres)); order != 0 {
		return order
	}
	return cmp.Or(
		cmp.Compare(len(a.Row.NameValue()), len(b.Row.NameValue())),
		bytes.Compare(a.Row.NameValue(), b.Row.NameValue()),
		cmp.Compare(a.Row.ID(), b.Row.ID()),
	)
}

// metresBetween is the distance on a plane that touches the sphere between the two:
// good to a few parts in a thousand within a region, and enough to order by.
func metresBetween(a, b orb.Point) float64 {
	const metresPerDegree = 111_195 // of the mean sphere, 6,371,009 m
	lon := math.Abs(a[0] - b[0])
	lon = min(lon, 360-lon) * math.Cos((a[1]+b[1])/2*math.Pi/180)
	return metresPerDegree * math.Hypot(lon, a[1]-b[1])
}

// foldedNames are the names of a segment as they are compared, one after the
// other with a newline between, in the order of their numbers.
type foldedNames struct {
	text []byte
	at   []uint32 // where name n begins; one more than there are names
}

// foldOnce makes them when they are first asked for. It is its own type so that
// segments stay values.
type foldOnce struct {
	once  sync.Once
	names foldedNames
}

func (s *segment) foldedNames() *foldedNames {
	s.folding.once.Do(func() {
		names := foldedNames{at: make([]uint32, 0, s.nameCount()+1)}
		for n := range s.nameCount() {
			names.at = append(names.at, uint32(len(names.text)))
			names.text = search.AppendFolded(names.text, nameText(s.valueAt(s.nameAt[n])))
			names.text = append(names.text, '\n')
		}
		names.at = append(names.at, uint32(len(names.text)))
		s.folding.names = names
	})
	return &s.folding.names
}

func (f *foldedNames) name(n int) []byte { return f.text[f.at[n] : f.at[n+1]-1] }

// rank gives the rank of each name, and whether any answers.
func (f *foldedNames) rank(q *search.Query, forgive bool) (ranks []search.Rank, any bool) {
	ranks = make([]search.Rank, len(f.at)-1)
	if forgive {
		return ranks, f.rankTypos(q, ranks)
	}
	needle := q.Needle()
	for from := 0; ; {
		found := bytes.Index(f.text[from:], needle)
		if found < 0 {
			return ranks, any
		}
		at := from + found
		n := sort.Search(len(ranks), func(i int) bool { return int(f.at[i+1]) > at })
		if ranks[n] = q.Match(f.name(n)); ranks[n] != search.NoMatch {
			any = true
		}
		from = int(f.at[n+1]) // nothing more to learn of this name
	}
}

// rankTypos looks at each word that begins with the right letter.
func (f *foldedNames) rankTypos(q *search.Query, ranks []search.Rank) (any bool) {
	needle := q.TypoNeedle()
	if needle == nil {
		return false
	}
	n := 0
	for from := 0; ; {
		found := bytes.Index(f.text[from:], needle)
		if found < 0 {
			return any
		}
		from += found + 1
		if !q.MayBegin(f.text[from:]) {
			continue
		}
		for int(f.at[n+1]) <= from {
			n++
		}
		name := f.name(n)
		if rank := q.MatchTypos(name); rank != search.NoMatch && q.Match(name) == search.NoMatch {
			ranks[n], any = rank, true
		}
	}
}

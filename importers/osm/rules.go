package osm

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"cartoquartiers/internal/fault"
)

// Rule ties a category to the OSM tags that make an object one. The language
// is that of the taxonomy's rule column: `|` or, `&` and, `!` not, `k=v` the
// tag has that value, `k=*` any value except `no`. A tag with several values
// (`a;b`) holds for each.
type Rule struct {
	ID   string // the category
	Rule string
}

// Rules decides which categories an object belongs to. It is immutable.
type Rules struct {
	categories []string
	byKey      map[string]keyRules // under one positive term of each
}

// keyRules are the alternatives that a tag with one key may make hold.
type keyRules struct {
	exact map[string][]alternative // by the value
	any   []alternative            // whatever the value, but for "no"
}

// alternative is one conjunction of a category's rule.
type alternative struct {
	category    int // index in file order
	terms       []term
	specificity float64
}

type term struct {
	key, value string // value "*" for any
	negated    bool
}

// ParseRules reads the rules in file order, which breaks ties. Faults:
// Invalid, naming the category, for a rule that cannot be read.
func ParseRules(rules []Rule) (*Rules, error) {
	r := &Rules{byKey: map[string]keyRules{}}
	for i, rule := range rules {
		r.categories = append(r.categories, rule.ID)
		if strings.TrimSpace(rule.Rule) == "" {
			continue // a category of the town's own, unknown to OSM
		}
		for _, text := range strings.Split(rule.Rule, "|") {
			a, err := parseAlternative(text)
			if err != nil {
				return nil, fault.Wrap(fault.Invalid, err, "the rule of the category %q", rule.ID)
			}
			a.category = i
			r.index(a)
		}
	}
	return r, nil
}

func (r *Rules) index(a alternative) {
	t := a.indexTerm()
	rules := r.byKey[t.key]
	if rules.exact == nil {
		rules.exact = map[string][]alternative{}
	}
	if t.value == "*" {
		rules.any = append(rules.any, a)
	} else {
		rules.exact[t.value] = append(rules.exact[t.value], a)
	}
	r.byKey[t.key] = rules
}

func parseAlternative(text string) (alternative, error) {
	var a alternative
	for _, part := range strings.Split(text, "&") {
		t, err := parseTerm(strings.TrimSpace(part))
		if err != nil {
			return a, err
		}
		a.terms = append(a.terms, t)
		a.specificity += t.weight()
	}
	if a.indexTerm().key == "" {
		return a, fault.New(fault.Invalid, "%q only says what a place is not", text)
	}
	return a, nil
}

func parseTerm(text string) (term, error) {
	rest, negated := strings.CutPrefix(text, "!")
	key, value, found := strings.Cut(rest, "=")
	if !found || key == "" || value == "" {
		return term{}, fault.New(fault.Invalid, "%q is not key=value", text)
	}
	return term{key: key, value: value, negated: negated}, nil
}

// weight is what a term adds to the specificity of its alternative: 2 when
// positive, 1 when negated, 1.5 less for any value.
func (t term) weight() float64 {
	weight := 2.0
	if t.negated {
		weight = 1
	}
	if t.value == "*" {
		weight -= 1.5
	}
	return weight
}

// indexTerm is a term that must hold for the alternative to hold: an exact one if
// there is one, since `name=*` would make half the objects candidates. Without
// a key when no term is positive.
func (a alternative) indexTerm() (index term) {
	for _, t := range a.terms {
		switch {
		case t.negated:
		case t.value != "*":
			return t
		case index.key == "":
			index = t
		}
	}
	return index
}

// Keys lists, sorted, the keys of which every matching object has at least one.
func (r *Rules) Keys() []string {
	keys := make([]string, 0, len(r.byKey))
	for key := range r.byKey {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Match gives the main category, empty when no rule holds, and the others
// whose rule holds in file order. The most specific alternative wins, then
// file order.
func (r *Rules) Match(tags map[string]string) (main string, others []string) {
	var few [8]match
	matches := few[:0]
	for key, value := range tags {
		rules, known := r.byKey[key]
		if !known {
			continue
		}
		for one := range values(value) {
			matches = appendMatches(matches, rules.exact[one], tags)
			if one != "no" {
				matches = appendMatches(matches, rules.any, tags)
			}
		}
	}
	if len(matches) == 0 {
		return "", nil
	}
	winner := slices.MinFunc(matches, match.compare).category
	slices.SortFunc(matches, func(a, b match) int { return cmp.Compare(a.category, b.category) })
	last := winner
	for _, m := range matches {
		if m.category != winner && m.category != last {
			others, last = append(others, r.categories[m.category]), m.category
		}
	}
	return r.categories[winner], others
}

func appendMatches(matches []match, alternatives []alternative, tags map[string]string) []match {
	for i := range alternatives {
		if a := &alternatives[i]; a.holds(tags) {
			matches = append(matches, match{a.category, a.specificity})
		}
	}
	return matches
}

// values are what a tag with several values (`a;b`) says, one by one.
func values(tag string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for tag != "" {
			var one string
			one, tag, _ = strings.Cut(tag, ";")
			if one = strings.TrimSpace(one); one != "" && !yield(one) {
				return
			}
		}
	}
}

// match is an alternative that holds.
type match struct {
	category    int
	specificity float64
}

// compare puts the more specific first, then the earlier category.
func (m match) compare(other match) int {
	return cmp.Or(cmp.Compare(other.specificity, m.specificity), cmp.Compare(m.category, other.category))
}

func (a *alternative) holds(tags map[string]string) bool {
	for _, t := range a.terms {
		if t.holds(tags[t.key]) == t.negated {
			return false
		}
	}
	return true
}

// holds says whether the tag's value satisfies the term, before negation.
func (t term) holds(value string) bool {
	for one := range values(value) {
		if one == t.value || t.value == "*" && one != "no" {
			return true
		}
	}
	return false
}

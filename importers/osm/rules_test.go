package osm_test

import (
	"slices"
	"strings"
	"testing"

	"cartoquartiers/importers/osm"
	"cartoquartiers/internal/fault"
)

func TestRulesMatch(t *testing.T) {
	rules := mustParse(t, []osm.Rule{
		{ID: "park", Rule: "leisure=park|leisure=garden&!access=private&name=*"},
		{ID: "garden", Rule: "leisure=garden&garden:type=community"},
		{ID: "health", Rule: "healthcare=*&!healthcare=pharmacy"},
		{ID: "doctor", Rule: "amenity=doctors|healthcare=doctor"},
		{ID: "bench", Rule: "amenity=bench"},
		{ID: "shelter", Rule: " amenity=shelter "},
		{ID: "own", Rule: ""},
	})
	for _, c := range []struct {
		tags   string
		main   string
		others []string
	}{
		{"leisure=park", "park", nil},
		{"leisure=garden", "", nil},
		{"leisure=garden name=Jardin", "park", nil},
		{"leisure=garden name=Jardin access=private", "", nil},
		{"leisure=garden name=Jardin garden:type=community", "garden", []string{"park"}}, // 4 against 2+1+0.5
		{"healthcare=doctor", "doctor", []string{"health"}},                              // 2 against 0.5+1
		{"healthcare=midwife", "health", nil},
		{"healthcare=pharmacy", "", nil},
		{"healthcare=no", "", nil},
		{"amenity=bench;shelter", "bench", []string{"shelter"}}, // equal: file order
		{"amenity=shelter; bench", "bench", []string{"shelter"}},
		{"amenity=no", "", nil},
		{"disused:amenity=bench", "", nil},
		{"was:leisure=park", "", nil},
		{"", "", nil},
	} {
		main, others := rules.Match(tags(c.tags))
		if main != c.main || !slices.Equal(others, c.others) {
			t.Errorf("%s: %q %v, want %q %v", c.tags, main, others, c.main, c.others)
		}
	}
	want := []string{"amenity", "healthcare", "leisure"}
	if got := rules.Keys(); !slices.Equal(got, want) {
		t.Errorf("keys %v, want %v: name=* must not make every named object a candidate", got, want)
	}
}

// tags reads "k=v k=v; w": a word without = continues the value before it.
func tags(text string) map[string]string {
	out := map[string]string{}
	last := ""
	for _, word := range strings.Fields(text) {
		key, value, found := strings.Cut(word, "=")
		if !found {
			out[last] += " " + word
			continue
		}
		out[key], last = value, key
	}
	return out
}

func TestParseRulesNamesTheCategory(t *testing.T) {
	for _, rule := range []string{"amenity", "=bench", "amenity=", "amenity=bench|", "!amenity=bench", "amenity=bench&&a=b"} {
		_, err := osm.ParseRules([]osm.Rule{{ID: "good", Rule: "a=b"}, {ID: "bad", Rule: rule}})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `"bad"`) {
			t.Errorf("%q: %v", rule, err)
		}
	}
}

// TestShippedRulesParse also keeps the shipped file from asking for a key that
// nearly every object has.
func TestShippedRulesParse(t *testing.T) {
	keys := rulesOfTaxonomy(t).Keys()
	if len(keys) < 10 || slices.Contains(keys, "name") || slices.Contains(keys, "building") {
		t.Errorf("keys %v", keys)
	}
}

package places

import (
	"strings"
	"testing"

	"cartoquartiers/internal/fault"
)

func TestShippedTaxonomyReads(t *testing.T) {
	taxonomy := ShippedTaxonomy()
	if len(taxonomy.Categories) != 74 || len(taxonomy.Groups) != 13 {
		t.Fatalf("%d categories in %d groups, want 74 in 13", len(taxonomy.Categories), len(taxonomy.Groups))
	}
	for _, group := range taxonomy.Groups {
		if groupLabelsEn[group.ID] == "" {
			t.Errorf("group %s has no English label", group.ID)
		}
	}
	if got := taxonomy.GroupOf("compost"); got != "waste" {
		t.Errorf("GroupOf(compost) = %q", got)
	}
	if got := taxonomy.GroupOf("no_such"); got != "" {
		t.Errorf("GroupOf(no_such) = %q", got)
	}
}

func TestReadTaxonomyNamesTheWrongLine(t *testing.T) {
	header := strings.Join(taxonomyHeader, ",") + "\n"
	good := "g,G,a,service,A,A,maki:a,13,365,60,amenity=a\n"
	for name, text := range map[string]string{
		"line 3: kind":        header + good + "g,G,b,shop,B,B,maki:b,13,365,60,x=y\n",
		"line 2: min_zoom":    header + "g,G,b,service,B,B,maki:b,x,365,60,x=y\n",
		"line 2: verify_days": header + "g,G,b,service,B,B,maki:b,1,x,60,x=y\n",
		"line 2: match_me":    header + "g,G,b,service,B,B,maki:b,1,1,x,x=y\n",
		"line 2: id, group":   header + "g,G,,service,B,B,maki:b,1,1,1,x=y\n",
		"twice":               header + good + good,
		"needs the columns":   "a,b\n1,2\n",
		"not CSV":             "\"",
	} {
		_, err := ReadTaxonomy(strings.NewReader(text))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error with %q, got %v", name, err)
		}
	}
}

func TestFilterValidateNamesTheParameter(t *testing.T) {
	taxonomy := ShippedTaxonomy()
	for field, filter := range map[string]Filter{
		"category":   {Categories: []string{"park", "nope"}},
		"group":      {Groups: []string{"nope"}},
		"kind":       {Kinds: []Kind{"nope"}},
		"state":      {States: []State{Merged}},
		"wheelchair": {Wheelchairs: []Wheelchair{"nope"}},
	} {
		err := filter.Validate(taxonomy)
		if !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if err := (Filter{Categories: []string{"park"}, States: []State{Closed}}).Validate(taxonomy); err != nil {
		t.Errorf("a good filter is refused: %v", err)
	}
}

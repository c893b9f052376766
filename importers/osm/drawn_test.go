package osm_test

import (
	"testing"

	"github.com/paulmach/orb"

	"cartoquartiers/importers/osm"
	"cartoquartiers/importers/osm/osmtest"
)

// TestDrawnObjects reads what a base map shows beside what is a place.
func TestDrawnObjects(t *testing.T) {
	t.Parallel()
	file := osmtest.File{
		Nodes: []osmtest.Node{
			{ID: 1, Lon: 7.41, Lat: 43.73}, {ID: 2, Lon: 7.42, Lat: 43.73}, {ID: 3, Lon: 7.42, Lat: 43.74},
			{ID: 4, Lon: 7.415, Lat: 43.735, Tags: map[string]string{"place": "village", "name": "Le Bourg"}},
			{ID: 5, Lon: 7.415, Lat: 43.736, Tags: map[string]string{"amenity": "library"}},
		},
		Ways: []osmtest.Way{
			{ID: 1, Nodes: []int64{1, 2, 3}, Tags: map[string]string{"highway": "residential"}},
			{ID: 2, Nodes: []int64{1, 2, 3, 1}, Tags: map[string]string{"leisure": "park"}},
			{ID: 3, Nodes: []int64{1, 2}, Tags: map[string]string{"power": "line"}},
			{ID: 4, Nodes: []int64{1, 2, 3, 1}},
		},
		Relations: []osmtest.Relation{
			{ID: 1, Members: []osmtest.Member{{Type: "way", Ref: 4, Role: "outer"}}, Tags: map[string]string{"type": "multipolygon", "natural": "wood"}},
			{ID: 2, Members: []osmtest.Member{{Type: "way", Ref: 1}}, Tags: map[string]string{"type": "route", "route": "ferry"}},
		},
	}
	rules, err := osm.ParseRules([]osm.Rule{{ID: "park", Rule: "leisure=park"}, {ID: "library", Rule: "amenity=library"}})
	if err != nil {
		t.Fatal(err)
	}
	draws := func(tags map[string]string) bool {
		return tags["highway"] != "" || tags["leisure"] != "" || tags["natural"] != "" || tags["place"] != "" || tags["route"] != ""
	}
	drawn, candidates := map[string]osm.Drawn{}, 0
	_, err = osm.Read(t.Context(), file.Write(t), osm.Options{
		Rules: rules, Draws: draws, DrawnKeys: []string{"highway", "leisure", "natural", "place", "route"},
	}, osm.Sink{
		Candidate: func(osm.Candidate) error { candidates++; return nil },
		Drawn: func(d osm.Drawn) error {
			for _, key := range []string{"highway", "leisure", "natural", "place"} {
				if d.Tags[key] != "" {
					drawn[key] = d
				}
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(drawn) != 4 || candidates != 2 {
		t.Errorf("%d drawn %v, %d candidates", len(drawn), drawn, candidates)
	}
	if d := drawn["place"]; d.Point != (orb.Point{7.415, 43.735}) || d.Line != nil {
		t.Errorf("the village is %+v", d)
	}
	if d := drawn["highway"]; len(d.Line) != 3 || d.Areas != nil {
		t.Errorf("the street is %+v", d)
	}
	if d := drawn["leisure"]; len(d.Line) != 4 || len(d.Areas) != 1 {
		t.Errorf("the park is %+v", d)
	}
	if d := drawn["natural"]; d.Line != nil || len(d.Areas) != 1 {
		t.Errorf("the wood is %+v", d)
	}
}

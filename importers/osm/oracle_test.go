package osm_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/planar"

	"cartoquartiers/importers/osm"
	"cartoquartiers/places"
)

// sharedFile is a path in the test data, which lies beside the project and
// not in it; the test skips where it is absent.
func sharedFile(t testing.TB, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared", "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared test data is not here: %v", err)
	}
	return path
}

func csvRows(t testing.TB, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]map[string]string, 0, len(lines))
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// oracleKeys are the keys by which the oracle chose its objects.
var oracleKeys = []string{"amenity", "shop", "leisure", "healthcare", "social_facility", "office", "club", "craft", "emergency", "tourism"}

func rulesForOracle(t testing.TB) *osm.Rules {
	t.Helper()
	var rules []osm.Rule
	for _, key := range oracleKeys {
		rules = append(rules, osm.Rule{ID: key, Rule: key + "=*"})
	}
	return mustParse(t, rules)
}

func rulesOfTaxonomy(t testing.TB) *osm.Rules {
	t.Helper()
	var rules []osm.Rule
	for _, c := range places.ShippedTaxonomy().Categories {
		rules = append(rules, osm.Rule{ID: c.ID, Rule: c.OSMRule})
	}
	return mustParse(t, rules)
}

func mustParse(t testing.TB, rules []osm.Rule) *osm.Rules {
	t.Helper()
	parsed, err := osm.ParseRules(rules)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// readAll gives the candidates of a file by their ref.
func readAll(t testing.TB, path string, opts osm.Options) (map[string]osm.Candidate, osm.Report) {
	t.Helper()
	all := map[string]osm.Candidate{}
	report, err := osm.Read(context.Background(), path, opts, osm.Sink{
		Candidate: func(c osm.Candidate) error {
			if _, twice := all[c.Ref]; twice {
				t.Errorf("%s came twice", c.Ref)
			}
			all[c.Ref] = c
			return nil
		},
	})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return all, report
}

func ref(row map[string]string) string {
	kind := map[string]string{"N": "node/", "W": "way/", "R": "relation/"}[row["osm_type"]]
	return kind + row["osm_id"]
}

// oracles are the files, with the objects that the oracle does not hold and why.
var oracles = []struct {
	name, path  string
	notInOracle map[string]string
}{
	{"monaco-2021", "monaco-2021-04-21.osm.pbf", nil},
	{"monaco-2022", "monaco-2022-07-19.osm.pbf", nil},
	{"liechtenstein-2015", "liechtenstein-2015-07-27.osm.pbf", nil},
	{"heidelberg-2024", "awkward/heidelberg-ors.osm.pbf", map[string]string{
		"relation/2270254": "members are absent, and what is left does not close: kept as lines, marked partial",
	}},
	{"paris-bss", "paris-bss.osm.pbf", map[string]string{
		"way/115027173": "closed, but all its nodes save two lie outside the cut: kept as a line, marked partial",
		"way/115027174": "the same",
	}},
}

func TestReadFindsWhatTheOracleFound(t *testing.T) {
	for _, o := range oracles {
		t.Run(o.name, func(t *testing.T) {
			got, _ := readAll(t, sharedFile(t, "osm", o.path), osm.Options{Rules: rulesForOracle(t)})
			for _, row := range csvRows(t, sharedFile(t, "oracle", o.name+".poi.csv")) {
				c, found := got[ref(row)]
				if !found {
					t.Errorf("%s is missing: %s", ref(row), row["tags"])
					continue
				}
				delete(got, c.Ref)
				compareWithOracle(t, c, row)
			}
			for ref, c := range got {
				if o.notInOracle[ref] == "" || !c.Partial {
					t.Errorf("%s is not in the oracle: partial %v, %v %v", ref, c.Partial, c.Footprint, c.Tags)
				}
			}
			for ref := range o.notInOracle {
				if _, found := got[ref]; !found {
					t.Errorf("%s is no exception any more", ref)
				}
			}
		})
	}
}

func compareWithOracle(t *testing.T, c osm.Candidate, row map[string]string) {
	t.Helper()
	var tags map[string]string
	if err := json.Unmarshal([]byte(row["tags"]), &tags); err != nil {
		t.Fatal(err)
	}
	if len(tags) != len(c.Tags) {
		t.Errorf("%s: tags %v, oracle %v", c.Ref, c.Tags, tags)
	}
	for key, value := range tags {
		if c.Tags[key] != value {
			t.Errorf("%s: tag %s=%q, oracle %q", c.Ref, key, c.Tags[key], value)
		}
	}
	if v := row["version"]; v != "" && v != strconv.Itoa(c.Version) {
		t.Errorf("%s: version %d, oracle %s", c.Ref, c.Version, v)
	}
	at := orb.Point{number(t, row["lon"]), number(t, row["lat"])}
	if c.Footprint == nil {
		if c.Point != at {
			t.Errorf("%s: at %v, oracle %v", c.Ref, c.Point, at)
		}
		return
	}
	if !sameButForRounding(c.Point, at) {
		t.Errorf("%s: at %v, oracle %v", c.Ref, c.Point, at)
	}
	area := number(t, row["area_m2"])
	if got := orbgeo.Area(c.Footprint); math.Abs(got-area) > 0.01*area+0.1 {
		t.Errorf("%s: area %.1f m², oracle %.1f", c.Ref, got, area)
	}
	if !contains(c.Footprint, c.Point) || !contains(c.Footprint, at) {
		t.Errorf("%s: our point %v or the oracle's %v lies outside the footprint", c.Ref, c.Point, at)
	}
}

// sameButForRounding allows one unit of the seventh decimal: halves are
// rounded the other way where the sums differ in the last bit.
func sameButForRounding(a, b orb.Point) bool {
	return math.Abs(a[0]-b[0]) < 1.5e-7 && math.Abs(a[1]-b[1]) < 1.5e-7
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func contains(g orb.Geometry, p orb.Point) bool {
	switch g := g.(type) {
	case orb.Polygon:
		return planar.PolygonContains(g, p)
	case orb.MultiPolygon:
		return planar.MultiPolygonContains(g, p)
	}
	return false
}

func TestCategoriesEqualTheOracle(t *testing.T) {
	for _, o := range oracles {
		t.Run(o.name, func(t *testing.T) {
			got, _ := readAll(t, sharedFile(t, "osm", o.path), osm.Options{Rules: rulesOfTaxonomy(t)})
			for _, row := range csvRows(t, sharedFile(t, "oracle", o.name+".categories.csv")) {
				if c := got[ref(row)]; c.Category != row["category"] {
					t.Errorf("%s is %q, oracle %q: %v", ref(row), c.Category, row["category"], c.Tags)
				}
			}
		})
	}
}

// TestContentTellsWhatChanged compares two states of Monaco as a re-import
// does, by content, with the verdicts that were made from the oracles.
func TestContentTellsWhatChanged(t *testing.T) {
	opts := osm.Options{Rules: rulesForOracle(t)}
	before, _ := readAll(t, sharedFile(t, "osm", "monaco-2021-04-21.osm.pbf"), opts)
	after, _ := readAll(t, sharedFile(t, "osm", "monaco-2022-07-19.osm.pbf"), opts)
	rows := csvRows(t, sharedFile(t, "oracle", "monaco-2021_to_monaco-2022.diff.csv"))
	for _, row := range rows {
		if got := verdict(before, after, ref(row)); got != row["status"] {
			t.Errorf("%s is %s, oracle %s (moved %s m)", ref(row), got, row["status"], row["moved_m"])
		}
	}
}

func verdict(before, after map[string]osm.Candidate, ref string) string {
	old, was := before[ref]
	now, is := after[ref]
	switch {
	case !was && !is:
		return "unknown"
	case !was:
		return "new"
	case !is:
		return "vanished"
	case old.Point == now.Point && maps.Equal(old.Tags, now.Tags):
		return "unchanged"
	case old.Point == now.Point:
		return "tags"
	case maps.Equal(old.Tags, now.Tags):
		return "geometry"
	}
	return "tags+geometry"
}

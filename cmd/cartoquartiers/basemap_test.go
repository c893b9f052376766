package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cartoquartiers/importers/osm/osmtest"
	"cartoquartiers/tiles/basemap"
)

// hamlet is an extract with a street, a park, a pond in a relation and a name.
func hamlet() osmtest.File {
	tags := func(pairs ...string) map[string]string {
		all := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			all[pairs[i]] = pairs[i+1]
		}
		return all
	}
	return osmtest.File{
		Nodes: []osmtest.Node{
			{ID: 1, Lon: -1.556, Lat: 47.206}, {ID: 2, Lon: -1.544, Lat: 47.206}, {ID: 3, Lon: -1.544, Lat: 47.214}, {ID: 4, Lon: -1.556, Lat: 47.214},
			{ID: 5, Lon: -1.55, Lat: 47.21, Tags: tags("place", "village", "name", "Le Bourg")},
		},
		Ways: []osmtest.Way{
			{ID: 1, Nodes: []int64{1, 3}, Tags: tags("highway", "residential", "name", "Rue Haute")},
			{ID: 2, Nodes: []int64{1, 2, 3, 4, 1}, Tags: tags("leisure", "park")},
			{ID: 3, Nodes: []int64{1, 2, 3, 1}},
			{ID: 4, Nodes: []int64{1, 2, 3, 4, 1}, Tags: tags("building", "yes")},
		},
		Relations: []osmtest.Relation{
			{ID: 1, Members: []osmtest.Member{{Type: "way", Ref: 3, Role: "outer"}}, Tags: tags("type", "multipolygon", "natural", "water")},
		},
	}
}

// sight is what web/test/pmtiles.mjs saw in an archive.
type sight struct {
	Tiles, Addressed, Points int
	Layers                   map[string]int
	Names                    []string
}

// build makes a base map with the program, and reads it with the libraries of npm.
func build(t *testing.T, file string, more ...string) (report basemap.Report, seen sight) {
	t.Helper()
	if _, err := os.Stat("../../web/node_modules/pmtiles"); err != nil {
		t.Skip("the packages of npm are not installed: make web")
	}
	archive := filepath.Join(t.TempDir(), "map.pmtiles")
	var said, told strings.Builder
	if code := run(t.Context(), append([]string{"basemap", "build", file, "--out", archive, "--json"}, more...), &said, &told); code != 0 {
		t.Fatalf("exit %d: %s", code, told.String())
	}
	if err := json.Unmarshal([]byte(said.String()), &report); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "node", "test/pmtiles.mjs", archive)
	command.Dir = "../../web"
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatal(err)
	}
	if seen.Tiles != report.Tiles || seen.Addressed != report.Tiles {
		t.Errorf("pmtiles reads %d tiles and is told of %d, we wrote %d", seen.Tiles, seen.Addressed, report.Tiles)
	}
	if report.Largest > 250_000 {
		t.Errorf("the largest tile is %d bytes", report.Largest)
	}
	return report, seen
}

func TestBasemapOfAHamlet(t *testing.T) {
	t.Parallel()
	report, seen := build(t, hamlet().Write(t))
	if report.Features != 5 || !slices.Equal(seen.Names, []string{"Le Bourg"}) {
		t.Errorf("report %+v, seen %+v", report, seen)
	}
	for _, layer := range []string{"earth", "landuse", "water", "buildings", "roads", "places"} {
		if seen.Layers[layer] == 0 {
			t.Errorf("nothing in the layer %s: %v", layer, seen.Layers)
		}
	}
}

// TestBasemapOfATerritory has the hamlet's western half, and what the name lies in.
func TestBasemapOfATerritory(t *testing.T) {
	t.Parallel()
	area := filepath.Join(t.TempDir(), "area.geojson")
	text := `{"type":"Polygon","coordinates":[[[-1.57,47.204],[-1.558,47.204],[-1.558,47.216],[-1.57,47.216],[-1.57,47.204]]]}`
	if err := os.WriteFile(area, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, _ := build(t, hamlet().Write(t))
	part, seen := build(t, hamlet().Write(t), "--territory", area)
	if part.Tiles >= whole.Tiles || len(seen.Names) != 0 || seen.Layers["earth"] == 0 {
		t.Errorf("%d tiles of %d, names %v, layers %v", part.Tiles, whole.Tiles, seen.Names, seen.Layers)
	}
}

// TestBasemapOfMonaco has a coast, and all of a real town.
func TestBasemapOfMonaco(t *testing.T) {
	t.Parallel()
	const file = "../../../shared/data/osm/monaco-2022-07-19.osm.pbf"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the extract of Monaco is not here: ", file)
	}
	report, seen := build(t, file)
	if report.Features < 3000 || !slices.Contains(seen.Names, "Monte-Carlo") || seen.Layers["buildings"] < 1000 {
		t.Errorf("report %+v, %d names, layers %v", report, len(seen.Names), seen.Layers)
	}
}

func TestBasemapRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	bare := osmtest.File{Nodes: []osmtest.Node{{ID: 1, Lon: 1, Lat: 1, Tags: map[string]string{"power": "tower"}}}}
	text := filepath.Join(t.TempDir(), "x.pmtiles")
	if err := os.WriteFile(text, []byte("not tiles"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "map.pmtiles")
	for want, args := range map[string][]string{
		"holds nothing that the base map shows": {"basemap", "build", bare.Write(t), "--out", out},
		"not a PMTiles archive":                 {"basemap", "import", text, "--data", t.TempDir()},
		"not an OSM PBF file":                   {"basemap", "build", text, "--out", out},
	} {
		var said, told strings.Builder
		code := run(t.Context(), args, &said, &told)
		if code != 1 || !strings.Contains(told.String(), want) {
			t.Errorf("%v: exit %d, %s", args, code, told.String())
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

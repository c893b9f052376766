package osm_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cartoquartiers/importers"
	"cartoquartiers/importers/osm"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

const data = "../../../shared/data"

// The re-import of Monaco gives exactly the verdicts of the independent diff.
func TestImportMonacoTwice(t *testing.T) {
	t.Parallel()
	old, fresh := filepath.Join(data, "osm/monaco-2021-04-21.osm.pbf"), filepath.Join(data, "osm/monaco-2022-07-19.osm.pbf")
	if _, err := os.Stat(old); err != nil {
		t.Skip("the real extracts are not beside the project: ", err)
	}
	db := pgtest.New(t)
	taxonomy := places.ShippedTaxonomy()
	run := func(path string, day int) *importers.Report {
		source, err := osm.NewSource(path, taxonomy, osm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		report, err := importers.Run(t.Context(), db, source, importers.Options{
			Taxonomy: taxonomy, Now: time.Date(2026, 5, day, 0, 0, 0, 0, time.UTC),
		})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	want := mappedVerdicts(t)
	first := run(old, 1)
	if first.New != want["unchanged"]+want["tags"]+want["geometry"]+want["tags+geometry"]+want["vanished"] {
		t.Errorf("first import: %+v", first)
	}
	again := run(old, 2)
	if again.Unchanged != first.New || again.Published != 0 {
		t.Errorf("the same file again: %+v", again)
	}
	second := run(fresh, 3)
	got := map[string]int{
		"new": second.New, "tags": second.TagsChanged,
		"unchanged": second.Unchanged + second.OutlineChanged, // the diff does not look at outlines
		"geometry":  second.GeometryChanged, "tags+geometry": second.BothChanged, "vanished": second.Vanished, "redrawn": second.Redrawn,
	}
	for verdict, count := range got {
		if count != want[verdict] {
			t.Errorf("%s: %d, the diff says %d", verdict, count, want[verdict])
		}
	}
	if second.Closed != want["vanished"] || second.Conflicts != 0 {
		t.Errorf("second import: %+v", second)
	}
}

// mappedVerdicts counts the verdicts of the diff over objects that a rule maps in either year.
func mappedVerdicts(t *testing.T) map[string]int {
	t.Helper()
	mapped := make(map[string]bool)
	for _, year := range []string{"2021", "2022"} {
		for _, row := range readCSV(t, "oracle/monaco-"+year+".categories.csv") {
			mapped[row[0]+row[1]] = mapped[row[0]+row[1]] || row[2] != ""
		}
	}
	verdicts := make(map[string]int)
	for _, row := range readCSV(t, "oracle/monaco-2021_to_monaco-2022.diff.csv") {
		if mapped[row[1]+row[2]] {
			verdicts[row[0]]++
		}
	}
	return verdicts
}

func readCSV(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join(data, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// Paris has timestamps of 1970, which must not count as the age of the data.
func TestImportParisSaysNoAge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(data, "osm/paris-bss.osm.pbf")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the real extracts are not beside the project: ", err)
	}
	taxonomy := places.ShippedTaxonomy()
	source, err := osm.NewSource(path, taxonomy, osm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	report, err := importers.Run(t.Context(), pgtest.New(t), source, importers.Options{Taxonomy: taxonomy, Now: now})
	if err != nil || report.DataAt != nil || report.New == 0 {
		t.Errorf("report %+v, %v", report, err)
	}
}

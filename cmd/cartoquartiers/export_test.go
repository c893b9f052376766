package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestExport(t *testing.T) {
	t.Parallel()
	env := filled(t)
	export := func(args ...string) string {
		t.Helper()
		p := start(t, env, append([]string{"export"}, args...)...)
		if status := p.exit(); status != exitDone {
			t.Fatalf("%v: exit %d %s", args, status, p.stderr)
		}
		return p.stdout.String()
	}
	var whole struct {
		Type, Attribution string
		Licences          []string
		Features          []struct{ ID int }
	}
	if err := json.Unmarshal([]byte(export()), &whole); err != nil {
		t.Fatal(err)
	}
	if whole.Type != "FeatureCollection" || len(whole.Features) != 299 || whole.Attribution == "" || !slices.Equal(whole.Licences, []string{"etalab-2.0"}) {
		t.Errorf("%s of %d, %q, %v", whole.Type, len(whole.Features), whole.Attribution, whole.Licences)
	}
	if lines := strings.Count(export("--format", "geojsonl"), "\n"); lines != 299 {
		t.Errorf("%d lines, want 299", lines)
	}
	if rows, err := csv.NewReader(strings.NewReader(export("--format", "csv", "--category", "compost,book_box"))).ReadAll(); err != nil || len(rows) != 1+4+6 {
		t.Errorf("%d rows with the head, %v; want 11", len(rows), err)
	}
	if err := json.Unmarshal([]byte(export("--bbox", "10,10,11,11")), &whole); err != nil || len(whole.Features) != 0 {
		t.Errorf("elsewhere: %d features, %v", len(whole.Features), err)
	}

	file := filepath.Join(t.TempDir(), "places.geojson")
	if said := export("--output", file); said != "" {
		t.Errorf("with --output, it also says %s", said)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != export() {
		t.Errorf("the file differs from standard output: %d bytes, %v", len(text), err)
	}

	for _, args := range [][]string{{"--category", "castle"}, {"--bbox", "1,2,3"}, {"--format", "shp"}, {"--output", os.DevNull}} {
		p := start(t, env, append([]string{"export"}, args...)...)
		if status := p.exit(); status != exitMisused || p.stdout.String() != "" {
			t.Errorf("%v: exit %d, %s", args, status, p.stderr)
		}
	}
}

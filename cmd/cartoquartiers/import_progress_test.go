package main

import (
	"strings"
	"testing"
	"time"

	"cartoquartiers/importers"
	"cartoquartiers/importers/demo"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

// TestEveryStageOfAnImportHasItsWords runs one and listens, as a log file does.
func TestEveryStageOfAnImportHasItsWords(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	progress, taxonomy, now := newImportProgress(&said), places.ShippedTaxonomy(), time.Now()
	_, err := importers.Run(t.Context(), pgtest.New(t), demo.New(taxonomy, now), importers.Options{Taxonomy: taxonomy, Now: now, Stage: progress.stage})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(said.String()) {
		if words, ours := strings.CutPrefix(strings.TrimSpace(line), "import:"); !ours || strings.TrimSpace(words) == "" {
			t.Errorf("a stage without words: %q in\n%s", line, &said)
		}
	}
	if stages := strings.Count(said.String(), "\n"); stages < 10 {
		t.Errorf("%d stages:\n%s", stages, &said)
	}
}

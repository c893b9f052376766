package main

import (
	"os"
	"strings"
	"testing"

	"cartoquartiers/places"
)

// TestWhatIsFoundStaysFound holds the figures of docs/performance.md, a little below.
func TestWhatIsFoundStaysFound(t *testing.T) {
	t.Parallel()
	const data = "../../../shared/data"
	if _, err := os.Stat(filesIn(data).nantes); err != nil {
		t.Skip("the data beside the repository is absent: ../shared/data")
	}
	r, err := measure(t.Context(), data, places.ShippedTaxonomy())
	if err != nil {
		t.Fatal(err)
	}
	least := map[string]struct{ warnRecall, warnPrecision, askRecall, askPrecision float64 }{
		"Nantes, each against the others":      {1, 0.15, 1, 1},
		"Nantes, all copies":                   {0.98, 0.97, 0.84, 0.995},
		"Monaco, all copies":                   {0.98, 0.80, 0.80, 0.95},
		"Monaco 2022 on 2021, as before":       {1, 0.80, 1, 0.95},
		"Monaco 2022 on 2021, changed since":   {0.94, 0.75, 0.90, 0.95},
		"Nantes, up to 80 m away":              {0.99, 0.97, 0.98, 0.99},
		"Nantes, a typing mistake or two":      {0.97, 0.97, 0.93, 0.99},
		"Nantes, without accents, in capitals": {1, 0.97, 1, 0.99},
	}
	for _, l := range r.lines {
		want, ok := least[l.what]
		if !ok {
			continue
		}
		delete(least, l.what)
		if l.recall(0) < want.warnRecall || l.precision(0) < want.warnPrecision || l.recall(1) < want.askRecall || l.precision(1) < want.askPrecision {
			t.Errorf("%s: %+v, want at least %+v", l.what, l.tally, want)
		}
	}
	if len(least) > 0 {
		t.Errorf("not measured: %v", least)
	}
}

func TestTheReportIsATable(t *testing.T) {
	t.Parallel()
	r := &report{lines: []line{{"one", tally{creations: 2, known: 2, found: [2]int{2, 1}, others: [2]int{2, 0}, bothered: [2]int{1, 0}}}}}
	var out strings.Builder
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	if row := strings.Fields(strings.Split(out.String(), "\n")[1]); strings.Join(row, " ") != "one 2 2 1.000 0.500 1 0.500 1.000 0" {
		t.Errorf("got %q", row)
	}
}

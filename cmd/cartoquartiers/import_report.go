package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"cartoquartiers/importers"
)

// printReport says in lines what an import found and did.
func printReport(out io.Writer, r *importers.Report) error {
	var text strings.Builder
	head := "imported"
	if r.DryRun {
		head = "would import (dry run, nothing was written)"
	}
	fmt.Fprintf(&text, "%s %s: %d places of %d objects", head, r.File, r.Records, r.Seen)
	if r.DataAt != nil {
		fmt.Fprintf(&text, ", data of %s", r.DataAt.UTC().Format("2006-01-02"))
	}
	text.WriteByte('\n')
	for _, line := range []struct {
		count int
		what  string
	}{
		{r.New, "new"},
		{r.TagsChanged + r.BothChanged, "with changed tags"},
		{r.GeometryChanged, "moved"},
		{r.OutlineChanged, "with a redrawn outline"},
		{r.Redrawn, "redrawn under another OSM id, same place"},
		{r.Returned, "that had vanished and are there again"},
		{r.Unchanged, "unchanged"},
		{r.Vanished, fmt.Sprintf("vanished (%d closed)", r.Closed)},
		{r.Conflicts, "fields changed both here and in the file: ours stays, the queue has them"},
		{r.Remembered, "fields changed on both sides and decided before: they stay as decided"},
		{r.Neighbourhoods, "neighbourhoods"},
		{r.Relocated, "places in another neighbourhood than before"},
		{r.Partial, "with an incomplete geometry"},
	} {
		if line.count > 0 {
			fmt.Fprintf(&text, "%8d %s\n", line.count, line.what)
		}
	}
	printCounts(&text, "left out", r.Dropped)
	printCounts(&text, "values not usable", r.Unusable)
	_, err := io.WriteString(out, text.String())
	return err
}

func printCounts(text *strings.Builder, what string, counts map[string]int) {
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(text, "%8d %s: %s\n", counts[key], what, strings.ReplaceAll(key, "_", " "))
	}
}

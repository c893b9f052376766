// Command lookalikes measures how well the road sees that a place to be created
// is on the map already: precision and recall of moderation.Likeness at the scores
// where it warns and where it asks.
//
// The truth comes from the data. In the file of Nantes each record has an OSM
// object of its own, so that the records are places of their own, with one exception (see
// main.go); in Monaco an object keeps its OSM id from one year to the next. Noisy
// copies of both tell what is found of what people would type.
//
// Start with report.go for what is measured, noise.go for the copies.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"cartoquartiers/places"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/lookalikes:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("lookalikes", flag.ContinueOnError)
	data := flags.String("data", "../shared/data", "directory with opendata/ and osm/")
	tell := flags.Bool("tell", false, "name each wrong and each missed one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	report, err := measure(ctx, *data, places.ShippedTaxonomy())
	if err != nil {
		return err
	}
	if *tell {
		report.tell(out)
	}
	return report.print(out)
}

// files are what is measured on, below the directory of the data.
type files struct{ nantes, before, after string }

func filesIn(data string) files {
	return files{
		nantes: filepath.Join(data, "opendata", "nantes-2020-structures-tri.json"),
		before: filepath.Join(data, "osm", "monaco-2021-04-21.osm.pbf"),
		after:  filepath.Join(data, "osm", "monaco-2022-07-19.osm.pbf"),
	}
}

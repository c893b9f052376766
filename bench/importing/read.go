package main

import (
	"context"
	"fmt"
	"io"

	"cartoquartiers/importers/osm"
	"cartoquartiers/places"
)

// read takes every candidate, with its fields, and every boundary out of a
// file, and keeps none: an import without its database.
func read(ctx context.Context, s settings, out io.Writer) error {
	rules, err := osm.RulesOf(places.ShippedTaxonomy())
	if err != nil {
		return err
	}
	unusable := 0
	report, err := osm.Read(ctx, s.read, osm.Options{Rules: rules}, osm.Sink{
		Candidate: func(c osm.Candidate) error {
			unusable += len(osm.Fields(c.Tags, osm.DefaultCountry).Bad)
			return nil
		},
		Boundary: func(osm.Boundary) error { return nil },
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d candidates, %d boundaries, %d unusable values\n", report.Kept(), report.Boundaries, unusable)
	return err
}

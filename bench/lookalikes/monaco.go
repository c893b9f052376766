package main

import (
	"context"

	"cartoquartiers/importers"
	"cartoquartiers/importers/osm"
	"cartoquartiers/places"
)

// readOSM reads the places of an extract as documents, in the order of the file.
func readOSM(ctx context.Context, path string, taxonomy *places.Taxonomy) (documents []places.Document, err error) {
	source, err := osm.NewSource(path, taxonomy, osm.Options{Country: "MC"})
	if err != nil {
		return nil, err
	}
	_, err = source.Read(ctx, importers.Sink{
		Record:   func(record importers.Record) error { documents = append(documents, record.Document); return nil },
		Boundary: func(importers.Boundary) error { return nil },
	})
	return documents, err
}

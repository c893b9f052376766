// Package importers is the road of outside data on its way in: one pipeline for
// every source, one folder per format (osm, demo, later tabular, …).
//
// A format reads its file and hands over Records; it knows nothing of the
// database. The pipeline stages them, compares them with what the same source
// said last time, merges field by field with what people here have changed
// since, and publishes all or nothing.
//
// Start with run.go for the order of things, verdict.go for the comparison.
package importers

import (
	"context"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/places"
)

// Record is what a source says of one place, as the source said it.
type Record struct {
	Ref       string            // the source's own name for it, unique in the source: node/123
	Version   int               // 0 when the source has none
	At        time.Time         // zero when the source does not say
	Tags      map[string]string // everything the source said, raw
	Document  places.Document   // the same as a place; Position in EPSG:4326, longitude first
	Footprint orb.Geometry      // EPSG:4326; nil for a point
	Partial   bool              // the geometry is known in part only
}

// Boundary is a neighbourhood as a source draws it.
type Boundary struct {
	Ref   string // unique in the source
	Name  string
	Names places.Text // per language, without Name
	Level int         // OSM admin_level, or 9, 10, 11 for suburb, quarter, neighbourhood
	Area  orb.MultiPolygon
}

// Sink takes what a source yields, one at a time, from one goroutine. An error
// from it must stop the source, which returns it.
type Sink struct {
	Record   func(Record) error
	Boundary func(Boundary) error
}

// Summary is what a source says of its whole file once it is read.
type Summary struct {
	DataAt  time.Time      // the age of the data; zero when unknown
	Seen    int            // objects looked at
	Dropped map[string]int // objects left out, by reason
	// Unusable counts the values that a record had and the map cannot show, by field: "phone" that is no number.
	Unusable map[string]int
}

// Source is one format's way to read one file.
type Source interface {
	ID() string // a row of the table sources: osm, demo
	File() File
	// Read yields every boundary and record. Errors about the file are Invalid faults.
	Read(ctx context.Context, sink Sink) (Summary, error)
}

// File names what is read and fixes its content.
type File struct {
	Name   string // as the report shows it, without its folder
	SHA256 [32]byte
}

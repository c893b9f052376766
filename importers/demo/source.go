package demo

import (
	"context"
	"crypto/sha256"
	"time"

	"cartoquartiers/importers"
	"cartoquartiers/places"
)

// SourceID is the town's row in the table sources.
const SourceID = "demo"

// Source yields the town of one day.
type Source struct {
	taxonomy *places.Taxonomy
	today    time.Time
}

// New is the town as it is on a day; the time of day does not matter.
func New(taxonomy *places.Taxonomy, now time.Time) *Source {
	year, month, day := now.Date()
	return &Source{taxonomy: taxonomy, today: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// ID is SourceID.
func (s *Source) ID() string { return SourceID }

// File names the town and its day: all that its content depends on, besides this program.
func (s *Source) File() importers.File {
	day := s.today.Format(time.DateOnly)
	return importers.File{Name: townName + " " + day, SHA256: sha256.Sum256(append([]byte(day), placesFile...))}
}

// Read yields the neighbourhoods, then the places.
func (s *Source) Read(_ context.Context, sink importers.Sink) (importers.Summary, error) {
	all, err := records(s.taxonomy, s.today)
	if err != nil {
		return importers.Summary{}, err
	}
	for _, q := range quarters {
		if err := sink.Boundary(q.boundary()); err != nil {
			return importers.Summary{}, err
		}
	}
	for _, record := range all {
		if err := sink.Record(record); err != nil {
			return importers.Summary{}, err
		}
	}
	return importers.Summary{DataAt: s.today, Seen: len(all)}, nil
}

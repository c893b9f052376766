package osm

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"cartoquartiers/importers"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// SourceID is OpenStreetMap's row in the table sources.
const SourceID = "osm"

// Source is one PBF file as the import pipeline reads it.
type Source struct {
	path     string
	file     importers.File
	taxonomy *places.Taxonomy
	options  Options
	unusable map[string]int
}

// NewSource opens a file for importers.Run. The rules of options come from the
// taxonomy. Faults are Invalid: the file cannot be read, a rule cannot be parsed.
func NewSource(path string, taxonomy *places.Taxonomy, options Options) (*Source, error) {
	rules, err := RulesOf(taxonomy)
	if err != nil {
		return nil, err
	}
	options.Rules = rules
	sum, err := checksum(path)
	if err != nil {
		return nil, err
	}
	return &Source{
		path: path, taxonomy: taxonomy, options: options,
		file: importers.File{Name: filepath.Base(path), SHA256: sum},
	}, nil
}

// RulesOf parses the OSM rules of a taxonomy.
func RulesOf(taxonomy *places.Taxonomy) (*Rules, error) {
	rules := make([]Rule, len(taxonomy.Categories))
	for i, category := range taxonomy.Categories {
		rules[i] = Rule{ID: category.ID, Rule: category.OSMRule}
	}
	return ParseRules(rules)
}

func checksum(path string) (sum [32]byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return sum, fault.Wrap(fault.Invalid, err, "the file %s cannot be opened", path)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return sum, fault.Wrap(fault.Invalid, err, "the file %s cannot be read", path)
	}
	return [32]byte(hash.Sum(nil)), nil
}

// ID is SourceID.
func (s *Source) ID() string { return SourceID }

// File names the PBF file and its content.
func (s *Source) File() importers.File { return s.file }

// Read yields the file's boundaries and places.
func (s *Source) Read(ctx context.Context, sink importers.Sink) (importers.Summary, error) {
	s.unusable = make(map[string]int)
	report, err := Read(ctx, s.path, s.options, Sink{
		Candidate: func(c Candidate) error { return sink.Record(s.record(c)) },
		Boundary:  func(b Boundary) error { return sink.Boundary(boundary(b)) },
	})
	if err != nil {
		return importers.Summary{}, err
	}
	summary := importers.Summary{
		DataAt:  credible(report.Timestamp),
		Seen:    report.Nodes.Seen + report.Ways.Seen + report.Relations.Seen,
		Dropped: make(map[string]int, len(report.Dropped)), Unusable: s.unusable,
	}
	for reason, count := range report.Dropped {
		summary.Dropped[string(reason)] = count
	}
	return summary, nil
}

// osmBegan is the day OpenStreetMap did. Tools that strip metadata leave 1970 behind.
var osmBegan = time.Date(2004, 8, 9, 0, 0, 0, 0, time.UTC)

func credible(at time.Time) time.Time {
	if at.Before(osmBegan) {
		return time.Time{}
	}
	return at
}

func (s *Source) record(c Candidate) importers.Record {
	return importers.Record{
		Ref: c.Ref, Version: c.Version, At: credible(c.Timestamp), Tags: c.Tags,
		Document: s.document(c), Footprint: c.Footprint, Partial: c.Partial,
	}
}

// document is what the map says of a candidate.
func (s *Source) document(c Candidate) places.Document {
	category, _ := s.taxonomy.Category(c.Category)
	fields := Fields(c.Tags, s.options.Country)
	for _, field := range fields.Bad {
		s.unusable[field]++
	}
	document := places.Document{
		Kind: category.Kind, Category: c.Category, Categories: c.Categories,
		State: places.Open, Position: c.Point,
		Name: fields.Name, Description: fields.Description,
		Phone: fields.Phone, Email: fields.Email, Website: fields.Website,
		OpeningHours: fields.OpeningHours, Wheelchair: places.Wheelchair(fields.Wheelchair),
		Operator: fields.Operator, Identifiers: fields.Identifiers, VerifiedAt: checkedAt(c.Tags),
	}
	if document.Identifiers == nil {
		document.Identifiers = make(map[string]string, 1)
	}
	document.Identifiers[places.IdentifierOSM] = c.Ref
	address := places.Address{
		Street: fields.Street, Housenumber: fields.Housenumber,
		Postcode: fields.Postcode, City: fields.City, Text: fields.AddressText,
	}
	if address != (places.Address{}) {
		document.Address = &address
	}
	return document
}

// checkedAt is the day on which a mapper says to have seen the thing there:
// https://wiki.openstreetmap.org/wiki/Key:check_date.
func checkedAt(tags map[string]string) *time.Time {
	day, err := time.Parse(time.DateOnly, tags["check_date"])
	if err != nil {
		return nil
	}
	return &day
}

// placeLevels puts named parts of a town on the scale of admin_level, by size.
var placeLevels = map[string]int{"suburb": 9, "quarter": 10, "neighbourhood": 11}

func boundary(b Boundary) importers.Boundary {
	level, ok := placeLevels[b.Kind]
	if !ok {
		level, _ = strconv.Atoi(b.Kind) // an admin_level: boundaryKind lets only 8 to 11 through
	}
	names := make(places.Text)
	for language, name := range map[string]string{"fr": b.NameFr, "en": b.NameEn} {
		if name != "" {
			names[language] = name
		}
	}
	return importers.Boundary{Ref: b.Ref, Name: b.Name, Names: names, Level: level, Area: b.Polygon}
}

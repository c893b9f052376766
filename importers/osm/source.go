package osm

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"cartoquartiers/geo"
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
	report, err := Read(ctx, s.path, s.options, Sink{
		Candidate: func(c Candidate) error { return sink.Record(s.record(c)) },
		Boundary:  func(b Boundary) error { return sink.Boundary(boundary(b)) },
	})
	if err != nil {
		return importers.Summary{}, err
	}
	summary := importers.Summary{
		DataAt:  report.Timestamp,
		Seen:    report.Nodes.Seen + report.Ways.Seen + report.Relations.Seen,
		Dropped: make(map[string]int, len(report.Dropped)),
	}
	for reason, count := range report.Dropped {
		summary.Dropped[string(reason)] = count
	}
	return summary, nil
}

func (s *Source) record(c Candidate) importers.Record {
	return importers.Record{
		Ref: c.Ref, Version: c.Version, At: c.Timestamp, Tags: c.Tags,
		Document: s.document(c), Footprint: geo.Canonical(c.Footprint), Partial: c.Partial,
	}
}

// document is what the map says of a candidate.
func (s *Source) document(c Candidate) places.Document {
	category, _ := s.taxonomy.Category(c.Category)
	return places.Document{
		Kind: category.Kind, Category: c.Category, Categories: c.Categories,
		State: places.Open, Position: c.Point,
		Name:        text(c.Tags, "name"),
		Identifiers: map[string]string{places.IdentifierOSM: c.Ref},
	}
}

// text collects a tag and its forms per language: name, name:fr, name:en.
func text(tags map[string]string, key string) places.Text {
	texts := make(places.Text)
	for tag, language := range map[string]string{key: places.Undetermined, key + ":fr": "fr", key + ":en": "en"} {
		if value := strings.TrimSpace(tags[tag]); value != "" {
			texts[language] = value
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

// placeLevels puts named parts of a town on the scale of admin_level, by size.
var placeLevels = map[string]int{"suburb": 9, "quarter": 10, "neighbourhood": 11}

func boundary(b Boundary) importers.Boundary {
	level, ok := placeLevels[b.Kind]
	if !ok {
		level, _ = strconv.Atoi(b.Kind) // an admin_level: boundaryKind lets only 8 to 11 through
	}
	names := text(b.Tags, "name")
	delete(names, places.Undetermined)
	return importers.Boundary{Ref: b.Ref, Name: b.Name, Names: names, Level: level, Area: b.Polygon}
}

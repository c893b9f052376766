package web

import (
	"encoding/json"
	"fmt"
	"time"

	"cartoquartiers/places"
	"cartoquartiers/places/hours"
	"cartoquartiers/places/snapshot"
)

// published is a place as its feature tells it: the properties of places.RenderFeature.
type published struct {
	ID            places.ID
	Lon, Lat      float64
	Name          string            `json:"name"`
	NameFr        string            `json:"name_fr"`
	NameEn        string            `json:"name_en"`
	Kind          places.Kind       `json:"kind"`
	Category      string            `json:"category"`
	Categories    []string          `json:"categories"`
	Group         string            `json:"group"`
	Neighbourhood string            `json:"neighbourhood"`
	Address       *places.Address   `json:"address"`
	Phone         string            `json:"phone"`
	Email         string            `json:"email"`
	Website       string            `json:"website"`
	OpeningHours  string            `json:"opening_hours"`
	Closure       *places.Closure   `json:"closure"`
	Wheelchair    places.Wheelchair `json:"wheelchair"`
	Operator      string            `json:"operator"`
	Description   string            `json:"description"`
	DescriptionEn string            `json:"description_en"`
	State         places.State      `json:"state"`
	VerifiedAt    *time.Time        `json:"verified_at"`
	VerifiedBy    string            `json:"verified_by"`
	UpdatedAt     time.Time         `json:"updated_at"`
	Revision      int               `json:"revision"`
	Licence       string            `json:"licence"`
	OSM           string            `json:"osm"`
	Sources       []string          `json:"sources"`

	Photos []places.ShownPhoto        `json:"photos"`
	Extra  map[string]json.RawMessage `json:"extra"`
}

func readPublished(row snapshot.Row) (published, error) {
	var feature struct {
		Properties published `json:"properties"`
	}
	if err := json.Unmarshal(row.Feature(), &feature); err != nil {
		return published{}, fmt.Errorf("read the feature of place %d: %w", row.ID(), err)
	}
	p := feature.Properties
	p.ID, p.Lon, p.Lat = row.ID(), row.Point()[0], row.Point()[1]
	return p, nil
}

// title is what to call a place: its name, else what it is.
func (s *site) title(p published, language string) string {
	name := p.Name
	if language == "en" && p.NameEn != "" {
		name = p.NameEn
	}
	if language == "fr" && p.NameFr != "" {
		name = p.NameFr
	}
	if name != "" {
		return name
	}
	return s.categoryLabel(p.Category, language)
}

func (s *site) categoryLabel(id, language string) string {
	category, ok := s.Taxonomy.Category(id)
	if !ok {
		return id
	}
	return category.Label(language)
}

// addressLine is an address on one line, empty without one.
func addressLine(a *places.Address) string {
	if a == nil {
		return ""
	}
	if a.Text != "" {
		return a.Text
	}
	street := joinWords(" ", a.Housenumber, a.Street)
	return joinWords(", ", street, joinWords(" ", a.Postcode, a.City))
}

// joinWords joins what is not empty.
func joinWords(separator string, words ...string) string {
	joined := ""
	for _, word := range words {
		if word == "" {
			continue
		}
		if joined != "" {
			joined += separator
		}
		joined += word
	}
	return joined
}

// schedule reads the opening hours; nil when there are none that we understand.
func (p published) schedule() *hours.Schedule {
	if p.OpeningHours == "" {
		return nil
	}
	schedule, err := hours.Parse(p.OpeningHours)
	if err != nil {
		return nil // the page then shows them as they were written
	}
	return schedule
}

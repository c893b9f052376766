package places

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// feature is the GeoJSON form (RFC 7946) of a published place; its members are
// the outside names of architecture §6. Absent values are left out.
type feature struct {
	Type       string     `json:"type"`
	ID         ID         `json:"id"`
	Geometry   geometry   `json:"geometry"`
	Properties properties `json:"properties"`
}

type geometry struct {
	Type        string    `json:"type"`
	Coordinates orb.Point `json:"coordinates"`
}

type properties struct {
	Name          string                     `json:"name,omitempty"`
	NameFr        string                     `json:"name_fr,omitempty"`
	NameEn        string                     `json:"name_en,omitempty"`
	Kind          Kind                       `json:"kind"`
	Category      string                     `json:"category"`
	Categories    []string                   `json:"categories"`
	Group         string                     `json:"group"`
	Neighbourhood string                     `json:"neighbourhood,omitempty"`
	Address       *Address                   `json:"address,omitempty"`
	Phone         string                     `json:"phone,omitempty"`
	Email         string                     `json:"email,omitempty"`
	Website       string                     `json:"website,omitempty"`
	OpeningHours  string                     `json:"opening_hours,omitempty"`
	Closure       *Closure                   `json:"closure,omitempty"`
	Wheelchair    Wheelchair                 `json:"wheelchair,omitempty"`
	Accessibility map[string]string          `json:"accessibility,omitempty"`
	Audiences     []string                   `json:"audiences,omitempty"`
	Languages     []string                   `json:"languages,omitempty"`
	Operator      string                     `json:"operator,omitempty"`
	Description   string                     `json:"description,omitempty"`
	DescriptionEn string                     `json:"description_en,omitempty"`
	Identifiers   map[string]string          `json:"identifiers,omitempty"`
	StartsOn      string                     `json:"starts_on,omitempty"`
	EndsOn        string                     `json:"ends_on,omitempty"`
	Labels        []string                   `json:"labels,omitempty"`
	Photos        []ShownPhoto               `json:"photos,omitempty"`
	Extra         map[string]json.RawMessage `json:"extra,omitempty"`
	State         State                      `json:"state"`
	VerifiedAt    *time.Time                 `json:"verified_at,omitempty"`
	VerifiedBy    string                     `json:"verified_by,omitempty"` // a role, never a person
	UpdatedAt     time.Time                  `json:"updated_at"`
	Revision      int                        `json:"revision"`
	Licence       string                     `json:"licence"`
	OSM           string                     `json:"osm,omitempty"`
	Sources       []string                   `json:"sources"`
}

// IdentifierOSM is the identifier scheme of the current OSM object: node/123.
const IdentifierOSM = "osm"

// Standing is what a place is besides its document: where it stands in the world.
type Standing struct {
	Place         ID
	Revision      int
	UpdatedAt     time.Time
	Group         string // of the main category
	Neighbourhood string // code, empty outside all
}

// RenderFeature writes a place as the GeoJSON feature that every reader serves.
// Nothing of Document.Private is in it, nor where it comes from.
func RenderFeature(d Document, provenance Provenances, s Standing) ([]byte, error) {
	provenance = provenance.public()
	identifiers := d.Identifiers
	if _, osm := identifiers[IdentifierOSM]; osm {
		identifiers = maps.Clone(identifiers)
		delete(identifiers, IdentifierOSM)
	}
	return feature{
		Type: "Feature", ID: s.Place,
		Geometry: geometry{Type: "Point", Coordinates: d.Position},
		Properties: properties{
			Name: d.Name.Plain(), NameFr: otherName(d.Name, "fr"), NameEn: otherName(d.Name, "en"),
			Kind: d.Kind, Category: d.Category, Categories: append([]string{d.Category}, d.Categories...),
			Group: s.Group, Neighbourhood: s.Neighbourhood,
			Address: d.Address, Phone: d.Phone, Email: d.Email, Website: d.Website,
			OpeningHours: d.OpeningHours, Closure: d.Closure,
			Wheelchair: d.Wheelchair, Accessibility: d.Accessibility, Audiences: d.Audiences,
			Languages: d.Languages, Operator: d.Operator,
			Description: d.Description.Plain(), DescriptionEn: otherName(d.Description, "en"),
			Identifiers: identifiers, StartsOn: d.StartsOn, EndsOn: d.EndsOn, Labels: d.Labels, Extra: d.Extra,
			Photos: shownPhotos(d.Photos),
			State:  d.State, VerifiedAt: d.VerifiedAt, VerifiedBy: verifier(d, provenance), UpdatedAt: s.UpdatedAt.UTC().Truncate(time.Second),
			Revision: s.Revision, Licence: provenance.Licence(), OSM: d.Identifiers[IdentifierOSM],
			Sources: provenance.Sources(),
		},
	}.json()
}

// verifier is the role of who last said that the place is right; empty for a source.
func verifier(d Document, provenance Provenances) string {
	if d.VerifiedAt == nil {
		return ""
	}
	return provenance["verified_at"].Role
}

// otherName is the text in a language where it says something else than the plain one.
func otherName(t Text, language string) string {
	if t[language] == t.Plain() {
		return ""
	}
	return t[language]
}

// Licence is the licence of the whole: ODbL is share-alike, so one ODbL value makes it ODbL.
func (p Provenances) Licence() string {
	for _, field := range p {
		if field.Licence == LicenceODbL {
			return LicenceODbL
		}
	}
	return LicenceOuverte
}

// Sources lists the source ids of all fields, sorted.
func (p Provenances) Sources() []string {
	sources := make([]string, 0, 2) // few are known, and nearly always there is one
	for _, field := range p {
		if !slices.Contains(sources, field.Source) {
			sources = append(sources, field.Source)
		}
	}
	slices.Sort(sources)
	return sources
}

// Origin is the source of the record itself: who placed it on the map.
func (p Provenances) Origin() string { return p["position"].Source }

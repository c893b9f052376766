package places

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// ID names a place for ever, in URLs too.
type ID int64

// Kind tells a public service from a citizen initiative.
type Kind string

// The two kinds.
const (
	Service    Kind = "service"
	Initiative Kind = "initiative"
)

// AllKinds lists the kinds in the order they are shown.
var AllKinds = []Kind{Service, Initiative}

// State is how a place stands today.
type State string

// The states of a place. A merged place is not published: its id redirects.
const (
	Open              State = "open"
	ClosedTemporarily State = "closed_temporarily"
	Closed            State = "closed"
	Merged            State = "merged"
)

// AllStates lists every state.
var AllStates = []State{Open, ClosedTemporarily, Closed, Merged}

// Wheelchair is OSM's answer to "can one get in with a wheelchair":
// https://wiki.openstreetmap.org/wiki/Key:wheelchair.
type Wheelchair string

// The answers of Wheelchair; empty is unknown.
const (
	WheelchairYes        Wheelchair = "yes"
	WheelchairLimited    Wheelchair = "limited"
	WheelchairNo         Wheelchair = "no"
	WheelchairDesignated Wheelchair = "designated"
)

// AllWheelchairs lists the known answers.
var AllWheelchairs = []Wheelchair{WheelchairYes, WheelchairLimited, WheelchairNo, WheelchairDesignated}

// Undetermined is the language key of a text whose language nobody stated (ISO 639-2).
const Undetermined = "und"

// Text is a text per language, keyed by BCP 47 tag, or Undetermined.
type Text map[string]string

// In is the text in a language, else the undetermined one, else French, else
// English, else any in the order of their keys, else empty.
func (t Text) In(language string) string {
	for _, key := range []string{language, Undetermined, "fr", "en"} {
		if text, ok := t[key]; ok {
			return text
		}
	}
	smallest := ""
	for key := range t {
		if smallest == "" || key < smallest {
			smallest = key
		}
	}
	return t[smallest]
}

// Plain is the text for readers who state no language: the undetermined one first.
func (t Text) Plain() string { return t.In(Undetermined) }

// all lists the texts in the order of their languages.
func (t Text) all() []string {
	var texts []string
	for _, language := range slices.Sorted(maps.Keys(t)) {
		texts = append(texts, t[language])
	}
	return texts
}

// Address is where letters go. Absent parts are empty.
type Address struct {
	Street      string `json:"street,omitempty"`
	Housenumber string `json:"housenumber,omitempty"`
	Postcode    string `json:"postcode,omitempty"`
	City        string `json:"city,omitempty"`
	// Text is the whole address on one line, where the parts are not known or not enough.
	Text string `json:"text,omitempty"`
}

// Closure is a temporary closure or a message with its end. Days are local, both included.
type Closure struct {
	From    string `json:"from,omitempty"`  // YYYY-MM-DD
	Until   string `json:"until,omitempty"` // YYYY-MM-DD
	Message Text   `json:"message,omitempty"`
}

// Document is one state of a place: named fields, absent when nobody filled them.
// Its JSON form is what place_revisions keeps, what a contribution patches
// (RFC 7396), and what Fields flattens for merging.
type Document struct {
	Kind          Kind                       `json:"kind"`
	Category      string                     `json:"category"`             // main category id
	Categories    []string                   `json:"categories,omitempty"` // secondary category ids, in taxonomy order
	State         State                      `json:"state"`
	Position      orb.Point                  `json:"position"` // longitude, latitude, ≤ 7 decimals
	Name          Text                       `json:"name,omitempty"`
	Description   Text                       `json:"description,omitempty"`
	Address       *Address                   `json:"address,omitempty"`
	Phone         string                     `json:"phone,omitempty"` // E.164
	Email         string                     `json:"email,omitempty"`
	Website       string                     `json:"website,omitempty"`       // http or https
	OpeningHours  string                     `json:"opening_hours,omitempty"` // OSM syntax
	Closure       *Closure                   `json:"closure,omitempty"`
	Wheelchair    Wheelchair                 `json:"wheelchair,omitempty"`
	Accessibility map[string]string          `json:"accessibility,omitempty"`
	Audiences     []string                   `json:"audiences,omitempty"`
	Languages     []string                   `json:"languages,omitempty"` // spoken there, BCP 47
	Operator      string                     `json:"operator,omitempty"`
	Identifiers   map[string]string          `json:"identifiers,omitempty"` // scheme → value: osm, siret, rna, ban, acceslibre
	StartsOn      string                     `json:"starts_on,omitempty"`   // YYYY-MM-DD
	EndsOn        string                     `json:"ends_on,omitempty"`     // YYYY-MM-DD
	VerifiedAt    *time.Time                 `json:"verified_at,omitempty"`
	Labels        []string                   `json:"labels,omitempty"`
	Photos        map[string]Photo           `json:"photos,omitempty"`  // by number, see Photo
	Extra         map[string]json.RawMessage `json:"extra,omitempty"`   // typed by the category
	Private       map[string]json.RawMessage `json:"private,omitempty"` // for agents and moderators: never published
}

// Licences of values, as SPDX identifiers (https://spdx.org/licenses).
const (
	LicenceODbL    = "ODbL-1.0"
	LicenceOuverte = "etalab-2.0"
	LicenceBYSA    = "CC-BY-SA-4.0" // of photos only, as the next one
	LicenceZero    = "CC0-1.0"
)

// Provenance says where one field's value comes from.
type Provenance struct {
	Source   string    `json:"source"`            // source id: osm, demo, local
	Licence  string    `json:"licence"`           // SPDX
	At       time.Time `json:"at"`                // when the source said so
	Version  int       `json:"version,omitempty"` // of the source's record
	Role     string    `json:"role,omitempty"`    // of the person, never the person
	Revision int       `json:"revision"`          // of the place, that brought this value
}

// Provenances maps a field path of Fields to where its value comes from.
type Provenances map[string]Provenance

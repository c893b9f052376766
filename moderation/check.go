package moderation

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// checker collects everything that is wrong with a submission.
type checker struct {
	taxonomy *places.Taxonomy
	fields   []fault.Field
}

func (c *checker) wrong(pointer, format string, args ...any) {
	c.fields = append(c.fields, fault.Wrong(pointer, format, args...))
}

func (c *checker) fault() error {
	if len(c.fields) == 0 {
		return nil
	}
	return fault.InvalidFields(c.fields)
}

var null = json.RawMessage("null")

func quote(text string) json.RawMessage {
	quoted, _ := json.Marshal(text) // a string always has a JSON form
	return quoted
}

// text checks length in characters after NFC, and refuses what nobody types:
// control characters, and the overrides that make text read otherwise than it is written.
func (c *checker) text(pointer, value string, least, most int) string {
	value = strings.TrimSpace(norm.NFC.String(value))
	for _, r := range value {
		if unicode.IsControl(r) && r != '\n' || isBidiControl(r) {
			c.wrong(pointer, "the character %U is not allowed", r)
			return ""
		}
	}
	if n := utf8.RuneCountInString(value); n < least || n > most || !utf8.ValidString(value) {
		c.wrong(pointer, "from %d to %d characters, not %d", least, most, n)
		return ""
	}
	return value
}

// isBidiControl are the embeddings, overrides and isolates of Unicode UAX #9.
func isBidiControl(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// fieldCheck turns the value of one outside field into document fields. It may
// say several things wrong.
type fieldCheck func(c *checker, pointer string, value json.RawMessage) places.Fields

// fieldChecks are the fields that people can propose. null removes all but the required ones.
var fieldChecks = map[string]fieldCheck{
	"name": texts("name", 1, 120), "description": texts("description", 1, 2000),
	"kind": oneOf("kind", places.AllKinds), "wheelchair": oneOf("wheelchair", places.AllWheelchairs),
	"category": (*checker).category, "position": (*checker).position, "address": (*checker).address,
	"phone": line("phone", phone), "email": line("email", email), "website": line("website", website),
	"opening_hours": line("opening_hours", openingHours), "operator": line("operator", short),
	"starts_on": line("starts_on", day), "ends_on": line("ends_on", day), "extra": (*checker).extra,
}

var requiredFields = []string{"name", "kind", "category", "position"}

func (c *checker) newPlace(body json.RawMessage) places.Fields {
	fields := c.members("/place", body, false)
	for _, name := range []string{"category", "position"} {
		if _, there := fields[name]; !there && !c.said("/place/"+name) {
			c.wrong("/place/"+name, "is needed")
		}
	}
	if _, there := fields["name.und"]; !there && !c.said("/place/name") {
		c.wrong("/place/name", "is needed")
	}
	var category string
	if json.Unmarshal(fields["category"], &category) == nil && len(c.fields) == 0 {
		c.fitting("/place", category, fields)
	}
	fields["state"] = quote(string(places.Open))
	return fields
}

func (c *checker) said(pointer string) bool {
	return slices.ContainsFunc(c.fields, func(f fault.Field) bool { return f.Name == pointer })
}

func (c *checker) patch(body json.RawMessage) places.Fields {
	fields := c.members("/patch", body, true)
	if len(fields) == 0 && len(c.fields) == 0 {
		c.wrong("/patch", "changes nothing")
	}
	return fields
}

func (c *checker) members(pointer string, body json.RawMessage, patch bool) places.Fields {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		c.wrong(pointer, "must be an object with the fields of a place")
		return places.Fields{}
	}
	fields := make(places.Fields)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		check, known := fieldChecks[name]
		at := pointer + "/" + name
		switch {
		case !known:
			c.wrong(at, "there is no such field; there are %v", slices.Sorted(maps.Keys(fieldChecks)))
		case string(members[name]) != "null":
			maps.Copy(fields, check(c, at, members[name]))
		case slices.Contains(requiredFields, name) || name == "extra" || !patch: // of extra, one by one
			c.wrong(at, "cannot be removed")
		default:
			maps.Copy(fields, removal(name))
		}
	}
	return fields
}

// Proposable tells whether people can propose values of a field.
func Proposable(field string) bool { return fieldChecks[field] != nil }

// removal removes a field; a text in every language.
func removal(field string) places.Fields {
	if field != "description" {
		return places.Fields{field: null}
	}
	return places.Fields{field + "." + places.Undetermined: null, field + ".fr": null, field + ".en": null}
}

func (c *checker) move(position *orb.Point) places.Fields {
	if position == nil {
		c.wrong("/position", "where to?")
		return nil
	}
	text, _ := json.Marshal(position) // two numbers
	return c.position("/position", text)
}

func (c *checker) closing(until string, now time.Time) places.Fields {
	if until == "" {
		return places.Fields{"state": quote(string(places.Closed))}
	}
	end, err := time.Parse(time.DateOnly, until)
	if err != nil || end.Before(now.Truncate(24*time.Hour)) {
		c.wrong("/until", "must be a day to come, like 2027-01-31")
		return nil
	}
	closure, _ := json.Marshal(places.Closure{From: now.UTC().Format(time.DateOnly), Until: until}) // strings
	return places.Fields{"state": quote(string(places.ClosedTemporarily)), "closure": closure}
}

func (c *checker) category(pointer string, value json.RawMessage) places.Fields {
	var id string
	category, known := places.Category{}, false
	if json.Unmarshal(value, &id) == nil {
		category, known = c.taxonomy.Category(id)
	}
	if !known {
		c.wrong(pointer, "%s is not a category of this map", value)
		return nil
	}
	return places.Fields{"category": quote(id), "kind": quote(string(category.Kind))}
}

// position keeps 7 decimals: a centimetre, which is what OSM keeps.
func (c *checker) position(pointer string, value json.RawMessage) places.Fields {
	var p []float64
	if err := json.Unmarshal(value, &p); err != nil || len(p) != 2 {
		c.wrong(pointer, "must be [longitude, latitude] in degrees")
		return nil
	}
	if !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90) {
		c.wrong(pointer, "[%v, %v] is not a longitude and a latitude in degrees", p[0], p[1])
		return nil
	}
	text, _ := json.Marshal(orb.Point{math.Round(p[0]*1e7) / 1e7, math.Round(p[1]*1e7) / 1e7}) // finite
	return places.Fields{"position": text}
}

func (c *checker) address(pointer string, value json.RawMessage) places.Fields {
	decoder := json.NewDecoder(strings.NewReader(string(value)))
	decoder.DisallowUnknownFields()
	var a places.Address
	if err := decoder.Decode(&a); err != nil {
		c.wrong(pointer, "must be an object with street, housenumber, postcode, city or text")
		return nil
	}
	for name, part := range map[string]*string{
		"street": &a.Street, "housenumber": &a.Housenumber, "postcode": &a.Postcode, "city": &a.City, "text": &a.Text,
	} {
		*part = c.text(pointer+"/"+name, *part, 0, 200)
	}
	text, _ := json.Marshal(a) // strings
	return places.Fields{"address": text}
}

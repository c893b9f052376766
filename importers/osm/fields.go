package osm

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// Mapped is what raw tags say in the fields of a place. An absent or unusable
// value is empty.
type Mapped struct {
	Name        map[string]string // by language: "und" for the tag without one, "fr", "en"
	Description map[string]string // likewise
	Street      string
	Housenumber string
	Postcode    string
	City        string
	AddressText string // the whole address in one line, where that is all there is

	Phone        string // E.164
	Email        string
	Website      string // http or https
	OpeningHours string // as in OSM: https://wiki.openstreetmap.org/wiki/Key:opening_hours
	Wheelchair   string // "yes", "limited", "no" or "designated"
	Operator     string
	Identifiers  map[string]string // by scheme, see identifierKeys

	Bad []string // the fields whose value was there and not usable, in the order of this struct
}

// maxText bounds a value, in characters. OSM's own limit is 255; a file that
// was not made by OSM may hold anything.
const maxText = 1000

// DefaultCountry is where phone numbers without a prefix are dialled.
const DefaultCountry = "FR"

// Fields maps raw tags to the fields of a place. Country is the ISO 3166-1
// code of the territory for phone numbers without a prefix, DefaultCountry
// when empty; the object's own addr:country goes before. Values that cannot be
// used are left out and named in Bad, never fatal.
func Fields(tags map[string]string, country string) Mapped {
	m := mapper{tags: tags}
	out := Mapped{
		Name:         m.languages("name"),
		Description:  m.languages("description"),
		Street:       m.text("street", "addr:street", "contact:street", "addr:place"),
		Housenumber:  m.text("housenumber", "addr:housenumber", "contact:housenumber"),
		Postcode:     m.text("postcode", "addr:postcode", "contact:postcode"),
		City:         m.text("city", "addr:city", "contact:city"),
		Phone:        m.phone(m.country(country)),
		Email:        m.checked("email", email, "email", "contact:email"),
		Website:      m.checked("website", website, "website", "contact:website", "url"),
		OpeningHours: m.text("opening_hours", "opening_hours"),
		Wheelchair:   m.checked("wheelchair", wheelchair, "wheelchair"),
		Operator:     m.text("operator", "operator"),
		Identifiers:  m.identifiers(),
	}
	if out.Street == "" {
		out.AddressText = m.text("address", "addr:full")
	}
	out.Bad = m.bad
	return out
}

// mapper reads tags and remembers which values were of no use.
type mapper struct {
	tags map[string]string
	bad  []string
}

func (m *mapper) reject(field string) {
	if !slices.Contains(m.bad, field) {
		m.bad = append(m.bad, field)
	}
}

// text is the first tag of these with a value, trimmed.
func (m *mapper) text(field string, keys ...string) string {
	for _, key := range keys {
		value := strings.TrimSpace(m.tags[key])
		if value == "" {
			continue
		}
		if utf8.RuneCountInString(value) <= maxText {
			return value
		}
		m.reject(field)
	}
	return ""
}

// languages reads a tag and its variants "key:fr" and "key:en".
func (m *mapper) languages(key string) map[string]string {
	var texts map[string]string
	for _, variant := range [...]struct{ language, suffix string }{{"und", ""}, {"fr", ":fr"}, {"en", ":en"}} {
		value := m.text(key, key+variant.suffix)
		if value == "" {
			continue
		}
		if texts == nil {
			texts = make(map[string]string, 1)
		}
		texts[variant.language] = value
	}
	return texts
}

// checked is the first usable value of these tags; several in one tag are
// separated by semicolons. The field counts as bad when there were values and
// none was usable.
func (m *mapper) checked(field string, check func(string) (string, bool), keys ...string) string {
	found := false
	for _, key := range keys {
		for value := range values(m.tags[key]) {
			found = true
			if good, ok := check(value); ok {
				return good
			}
		}
	}
	if found {
		m.reject(field)
	}
	return ""
}

// country is where a number without a prefix would be dialled.
func (m *mapper) country(fallback string) string {
	own := strings.ToUpper(strings.TrimSpace(m.tags["addr:country"]))
	switch {
	case len(own) == 2 && phonenumbers.GetCountryCodeForRegion(own) != 0:
		return own
	case fallback != "":
		return fallback
	}
	return DefaultCountry
}

func (m *mapper) phone(country string) string {
	check := func(value string) (string, bool) {
		number, err := phonenumbers.Parse(value, country)
		if err != nil || !phonenumbers.IsValidNumber(number) {
			return "", false
		}
		return phonenumbers.Format(number, phonenumbers.E164), true
	}
	return m.checked("phone", check, "phone", "contact:phone", "mobile", "contact:mobile")
}

func email(value string) (string, bool) {
	value = strings.TrimPrefix(value, "mailto:")
	address, err := mail.ParseAddress(value)
	if err != nil || address.Address != value || len(value) > 254 { // RFC 5321, 4.5.3.1.3
		return "", false
	}
	_, domain, _ := strings.Cut(value, "@")
	return value, strings.Contains(domain, ".")
}

// website takes http and https only, since the value becomes a link: no
// javascript:, no credentials. A bare host is common and gets a scheme.
func website(value string) (string, bool) {
	if !strings.Contains(value, "://") && strings.HasPrefix(strings.ToLower(value), "www.") {
		value = "http://" + value
	}
	if len(value) > 2*maxText {
		return "", false
	}
	u, err := url.Parse(value)
	if err != nil || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	return u.String(), strings.Contains(u.Hostname(), ".")
}

func wheelchair(value string) (string, bool) {
	return value, slices.Contains([]string{"yes", "limited", "no", "designated"}, value)
}

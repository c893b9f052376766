package osm

import (
	"regexp"
	"strings"
)

// identifierKeys are the tags that say which record of another register an
// object is, by scheme.
//
// https://wiki.openstreetmap.org/wiki/Key:ref:FR:SIRET and its neighbours.
var identifierKeys = []struct {
	scheme string
	keys   []string
	valid  func(string) bool
}{
	{"siret", []string{"ref:FR:SIRET"}, siret},
	{"siren", []string{"ref:FR:SIREN"}, siren},
	{"rna", []string{"ref:FR:RNA"}, regexp.MustCompile(`^W[0-9A-Z]{9}$`).MatchString},
	{"finess", []string{"ref:FR:FINESS"}, regexp.MustCompile(`^[0-9][0-9AB][0-9]{7}$`).MatchString},
	{"uai", []string{"ref:UAI", "ref:FR:UAI"}, regexp.MustCompile(`^[0-9][0-9AB][0-9]{5}[A-Z]$`).MatchString},
	{"laposte", []string{"ref:FR:LaPoste"}, regexp.MustCompile(`^[0-9A-Z]{6}$`).MatchString},
	{"acceslibre", []string{"ref:acceslibre"}, regexp.MustCompile(`^[0-9a-fA-F-]{36}$`).MatchString},
	{"wikidata", []string{"wikidata"}, regexp.MustCompile(`^Q[1-9][0-9]*$`).MatchString},
}

// identifiers reads them all; nil when there is none.
func (m *mapper) identifiers() map[string]string {
	var found map[string]string
	for _, id := range identifierKeys {
		check := func(value string) (string, bool) {
			value = strings.ReplaceAll(value, " ", "")
			return value, id.valid(value)
		}
		if value := m.checked(id.scheme, check, id.keys...); value != "" {
			if found == nil {
				found = map[string]string{}
			}
			found[id.scheme] = value
		}
	}
	return found
}

// siret is the 14 digits of an establishment. The check is Luhn's, except for
// La Poste, whose digits add up to a multiple of five (INSEE).
func siret(value string) bool {
	if !digits(value, 14) {
		return false
	}
	if strings.HasPrefix(value, "356000000") {
		sum := 0
		for _, d := range value {
			sum += int(d - '0')
		}
		return sum%5 == 0 || luhn(value)
	}
	return luhn(value)
}

// siren is the 9 digits of a company or association.
func siren(value string) bool { return digits(value, 9) && luhn(value) }

func digits(value string, n int) bool {
	return len(value) == n && strings.Trim(value, "0123456789") == ""
}

// luhn is the check digit of ISO/IEC 7812-1, annex B.
func luhn(value string) bool {
	sum := 0
	for i := range len(value) {
		d := int(value[len(value)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

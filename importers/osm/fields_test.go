package osm_test

import (
	"reflect"
	"strings"
	"testing"

	"cartoquartiers/importers/osm"
)

func TestFieldsMapsTags(t *testing.T) {
	got := osm.Fields(map[string]string{
		"name": "Médiathèque", "name:fr": "Médiathèque Jacques-Demy", "name:de": "Mediathek",
		"description:en": "Main library",
		"addr:street":    "Quai de la Fosse", "contact:housenumber": " 24 ", "addr:postcode": "44000", "addr:city": "Nantes",
		"contact:phone": "02 40 41 95 95", "email": "mailto:demy@mairie-nantes.fr", "contact:website": "www.bm.nantes.fr/demy",
		"opening_hours": "Tu-Sa 10:00-19:00; PH off", "wheelchair": "yes", "operator": "Ville de Nantes",
		"ref:FR:SIRET": "214 401 093 00015", "ref:FR:RNA": "W442001234", "wikidata": "Q3331117",
	}, "")
	want := osm.Mapped{
		Name:        map[string]string{"und": "Médiathèque", "fr": "Médiathèque Jacques-Demy"},
		Description: map[string]string{"en": "Main library"},
		Street:      "Quai de la Fosse", Housenumber: "24", Postcode: "44000", City: "Nantes",
		Phone: "+33240419595", Email: "demy@mairie-nantes.fr", Website: "http://www.bm.nantes.fr/demy",
		OpeningHours: "Tu-Sa 10:00-19:00; PH off", Wheelchair: "yes", Operator: "Ville de Nantes",
		Identifiers: map[string]string{"siret": "21440109300015", "rna": "W442001234", "wikidata": "Q3331117"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestFieldsDialsInTheRightCountry(t *testing.T) {
	for _, c := range []struct{ value, own, territory, want string }{
		{"93 15 28 61", "MC", "", "+37793152861"},
		{"93 15 28 61", "", "MC", "+37793152861"},
		{"02 40 41 95 95", "", "", "+33240419595"},
		{"+377 93 15 28 61", "FR", "FR", "+37793152861"},
		{"call us; 02 40 41 95 95", "", "", "+33240419595"},
		{"93 15 28 61", "Monaco", "MC", "+37793152861"},
	} {
		got := osm.Fields(map[string]string{"phone": c.value, "addr:country": c.own}, c.territory)
		if got.Phone != c.want || got.Bad != nil {
			t.Errorf("%+v: got %q, bad %v", c, got.Phone, got.Bad)
		}
	}
}

func TestFieldsDropsAndNamesBadValues(t *testing.T) {
	for _, c := range []struct{ key, value, field string }{
		{"phone", "17", "phone"},
		{"phone", "call us", "phone"},
		{"email", "nobody", "email"},
		{"email", "Jo <jo@example.org>", "email"},
		{"email", "jo@localhost", "email"},
		{"website", "javascript:alert(1)", "website"},
		{"website", "ftp://example.org", "website"},
		{"website", "https://user:secret@example.org", "website"},
		{"website", "Mohr Baustoffe GmbH", "website"},
		{"wheelchair", "unknown", "wheelchair"},
		{"ref:FR:SIRET", "21440109300016", "siret"},
		{"ref:FR:RNA", "442001234", "rna"},
		{"name", strings.Repeat("é", 1001), "name"},
	} {
		got := osm.Fields(map[string]string{c.key: c.value}, "")
		if want := (osm.Mapped{Bad: []string{c.field}}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s=%.40q gave %+v", c.key, c.value, got)
		}
	}
}

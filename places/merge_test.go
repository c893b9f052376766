package places

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func fieldsOf(pairs ...string) Fields {
	fields := make(Fields)
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return fields
}

func TestMerge(t *testing.T) {
	base := fieldsOf("phone", `"1"`, "website", `"a"`)
	cases := map[string]struct {
		theirs, ours Fields
		taken        []string
		conflicts    []string
		phone        string
	}{
		"nothing changed":            {base, base, nil, nil, `"1"`},
		"they changed, we did not":   {fieldsOf("phone", `"2"`, "website", `"a"`), base, []string{"phone"}, nil, `"2"`},
		"we changed, they did not":   {base, fieldsOf("phone", `"3"`, "website", `"a"`), nil, nil, `"3"`},
		"both to the same":           {fieldsOf("phone", `"4"`, "website", `"a"`), fieldsOf("phone", `"4"`, "website", `"a"`), nil, nil, `"4"`},
		"both differently":           {fieldsOf("phone", `"2"`, "website", `"a"`), fieldsOf("phone", `"3"`, "website", `"a"`), nil, []string{"phone"}, `"3"`},
		"they removed":               {fieldsOf("website", `"a"`), base, []string{"phone"}, nil, ""},
		"they removed, we changed":   {fieldsOf("website", `"a"`), fieldsOf("phone", `"3"`, "website", `"a"`), nil, []string{"phone"}, `"3"`},
		"we removed, they changed":   {fieldsOf("phone", `"2"`, "website", `"a"`), fieldsOf("website", `"a"`), nil, []string{"phone"}, ""},
		"disjoint fields both taken": {fieldsOf("phone", `"1"`, "website", `"b"`), fieldsOf("phone", `"3"`, "website", `"a"`), []string{"website"}, nil, `"3"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := Merge(base, c.theirs, c.ours)
			if !slices.Equal(got.Taken, c.taken) {
				t.Errorf("taken %v, want %v", got.Taken, c.taken)
			}
			var conflicts []string
			for _, conflict := range got.Conflicts {
				conflicts = append(conflicts, conflict.Field)
			}
			if !slices.Equal(conflicts, c.conflicts) {
				t.Errorf("conflicts %v, want %v", conflicts, c.conflicts)
			}
			if string(got.Fields["phone"]) != c.phone {
				t.Errorf("phone %s, want %s", got.Fields["phone"], c.phone)
			}
		})
	}
}

// What we changed is never lost, what they alone changed is always taken.
func TestMergeLosesNothing(t *testing.T) {
	side := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d"}), rapid.SampledFrom([]string{"1", "2", "3"}))
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) Fields {
			fields := make(Fields)
			for path, value := range side.Draw(t, label) {
				fields[path] = json.RawMessage(value)
			}
			return fields
		}
		base, theirs, ours := draw("base"), draw("theirs"), draw("ours")
		got := Merge(base, theirs, ours)
		for _, path := range []string{"a", "b", "c", "d"} {
			b, th, o, m := string(base[path]), string(theirs[path]), string(ours[path]), string(got.Fields[path])
			if o != b && m != o {
				t.Fatalf("%s: ours %q became %q", path, o, m)
			}
			if o == b && m != th {
				t.Fatalf("%s: theirs %q not taken, got %q", path, th, m)
			}
			conflict := slices.ContainsFunc(got.Conflicts, func(c FieldConflict) bool { return c.Field == path })
			if conflict != (th != b && o != b && th != o) {
				t.Fatalf("%s: conflict %v for base %q theirs %q ours %q", path, conflict, b, th, o)
			}
		}
	})
}

func fullDocument() Document {
	verified := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	return Document{
		Kind: Initiative, Category: "community_garden", Categories: []string{"compost"}, State: Open,
		Position: orb.Point{-1.5536271, 47.2183712},
		Name:     Text{Undetermined: "Jardin <des> Fées & co", "en": "Fairy garden"}, Description: Text{"fr": "Ouvert"},
		Address: &Address{Street: "Rue du Lac", Housenumber: "3 bis", Postcode: "44000", City: "Nantes"},
		Phone:   "+33240000000", Email: "a@b.example", Website: "https://b.example", OpeningHours: "Mo-Fr 09:00-18:00",
		Closure:    &Closure{Until: "2026-12-01", Message: Text{"fr": "Travaux"}},
		Wheelchair: WheelchairLimited, Accessibility: map[string]string{"toilets:wheelchair": "yes"},
		Audiences: []string{"families"}, Languages: []string{"fr", "br"}, Operator: "Les Fées",
		Identifiers: map[string]string{"osm": "node/1", "siret": "12345678901234"},
		StartsOn:    "2026-01-01", EndsOn: "2027-01-01", VerifiedAt: &verified, Labels: []string{"ecojardin"},
		Photos: map[string]Photo{
			"12": {File: "0123456789abcdef0123456789abcdef", Alt: Text{"fr": "La <porte>"}, Licence: LicenceBYSA, Role: "resident", Width: 1920, Height: 1080, Taken: "2026-04-30"},
			"7":  {File: "00000000000000000000000000000000", Alt: Text{Undetermined: "Vue"}, Licence: LicenceZero, Width: 100, Height: 200},
		},
		Extra: map[string]json.RawMessage{"plots": json.RawMessage(`12`)}, Private: map[string]json.RawMessage{"code": json.RawMessage(`"4711"`)},
	}
}

func TestFieldsComeApartAndTogether(t *testing.T) {
	want := fullDocument()
	fields, err := want.Fields()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"identifiers.siret", "name.und", "description.fr", "extra.plots", "position", "address"} {
		if _, ok := fields[path]; !ok {
			t.Errorf("no field %s in %v", path, fields)
		}
	}
	got, err := fields.Document()
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	if string(a) != string(b) {
		t.Errorf("came back as\n%s, want\n%s", b, a)
	}
}

func TestFieldsOfIgnoresSpacingAndOrder(t *testing.T) {
	a, errA := FieldsOf([]byte(`{"address": {"street":"R","city":"N"}, "name": {"fr":"x"}}`))
	b, errB := FieldsOf([]byte(`{"name":{"fr": "x"},"address":{"city":"N", "street":"R"}}`))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if got := Merge(a, b, a); len(got.Taken)+len(got.Conflicts) != 0 {
		t.Errorf("equal documents differ: %+v", got)
	}
	if _, err := FieldsOf([]byte(`{"name": "not a map"}`)); err == nil {
		t.Error("a name that is not per language is accepted")
	}
}

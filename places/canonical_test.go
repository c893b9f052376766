package places

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"cartoquartiers/internal/jcs"
)

// anyDocument is a full document with texts of any kind, of which some fields are then emptied.
func anyDocument(t *rapid.T) Document {
	d := fullDocument()
	text := func(label string) string { return rapid.String().Draw(t, label) }
	texts := rapid.MapOf(rapid.String(), rapid.String())
	values := rapid.MapOf(rapid.String(), rapid.SampledFrom([]json.RawMessage{
		nil, json.RawMessage(`{"b": [1.50, "\u00e9"], "a": null}`), json.RawMessage(`"<"`), json.RawMessage(`1e3`),
	}))
	d.Position = orb.Point{rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat")}
	d.Name, d.Accessibility, d.Identifiers = texts.Draw(t, "name"), texts.Draw(t, "accessibility"), texts.Draw(t, "identifiers")
	d.Extra, d.Private = values.Draw(t, "extra"), values.Draw(t, "private")
	d.Address = &Address{City: text("city"), Street: text("street"), Text: text("address")}
	d.Closure.Message, d.Closure.From = texts.Draw(t, "message"), text("from")
	d.Categories = rapid.SliceOf(rapid.String()).Draw(t, "categories")
	d.Phone, d.Operator, d.Website = text("phone"), text("operator"), text("website")
	*d.VerifiedAt = time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, "nano")).UTC()
	fields := reflect.ValueOf(&d).Elem()
	for i := range fields.NumField() {
		if rapid.Bool().Draw(t, "empty") {
			fields.Field(i).SetZero()
		}
	}
	return d
}

func canonicalOf(t *rapid.T, value any) []byte {
	loose, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	canonical, err := jcs.Canonical(loose)
	if err != nil {
		t.Fatal(err)
	}
	return canonical
}

// What is written from the typed document is what anybody makes of its JSON.
func TestCanonicalDocument(t *testing.T) {
	full := reflect.ValueOf(fullDocument())
	for i := range full.NumField() {
		if full.Field(i).IsZero() {
			t.Errorf("fullDocument lacks %s, so nothing tests it", full.Type().Field(i).Name)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := anyDocument(t)
		got, err := d.Canonical()
		if want := canonicalOf(t, d); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %s, %v\nwant %s", got, err, want)
		}
	})
}

func TestCanonicalDocumentRefusesWhatIsNotJSON(t *testing.T) {
	d := fullDocument()
	d.Extra["plots"] = json.RawMessage(`twelve`)
	if text, err := d.Canonical(); err == nil {
		t.Errorf("wrote %s", text)
	}
}

func TestCanonicalProvenances(t *testing.T) {
	one := rapid.Custom(func(t *rapid.T) Provenance {
		return Provenance{
			Source: rapid.SampledFrom([]string{"osm", "local"}).Draw(t, "source"), Licence: LicenceODbL,
			At:      time.Unix(rapid.Int64Range(1, 3).Draw(t, "at"), 0).UTC(),
			Version: rapid.IntRange(0, 2).Draw(t, "version"), Revision: rapid.IntRange(0, 2).Draw(t, "revision"),
			Role: rapid.SampledFrom([]string{"", "agent"}).Draw(t, "role"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		p := Provenances(rapid.MapOf(rapid.String(), one).Draw(t, "provenances"))
		got, err := p.Canonical()
		if want := canonicalOf(t, p); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %s, %v\nwant %s", got, err, want)
		}
	})
}

func TestPathsAreThoseOfFields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDocument(t)
		fields, err := d.Fields()
		if err != nil {
			t.Fatal(err)
		}
		got, want := slices.Sorted(slices.Values(d.Paths())), slices.Sorted(maps.Keys(fields))
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// featureOf puts a document's values into every member of a feature, wherever they belong.
func featureOf(d Document, number int) feature {
	return feature{
		Type: "Feature", ID: ID(number), Geometry: geometry{Type: "Point", Coordinates: d.Position},
		Properties: properties{
			Name: d.Name.Plain(), NameFr: d.StartsOn, NameEn: d.EndsOn, Kind: d.Kind, Category: d.Category,
			Categories: append([]string{}, d.Categories...), Group: d.Category, Neighbourhood: d.Phone, Address: d.Address,
			Phone: d.Phone, Email: d.Email, Website: d.Website, OpeningHours: d.OpeningHours, Closure: d.Closure,
			Wheelchair: d.Wheelchair, Accessibility: d.Accessibility, Audiences: d.Audiences, Languages: d.Languages,
			Operator: d.Operator, Description: d.Description.Plain(), DescriptionEn: d.Email,
			Identifiers: d.Identifiers, StartsOn: d.StartsOn, EndsOn: d.EndsOn, Labels: d.Labels, Photos: shownPhotos(d.Photos), Extra: d.Extra, State: d.State,
			VerifiedAt: d.VerifiedAt, VerifiedBy: d.Phone, UpdatedAt: time.Unix(7, 0).UTC(), Revision: number,
			Licence: d.Operator, OSM: d.Phone, Sources: append([]string{}, d.Languages...),
		},
	}
}

// The feature says what its struct says, member for member.
func TestFeatureJSON(t *testing.T) {
	full := reflect.ValueOf(featureOf(fullDocument(), 1).Properties)
	for i := range full.NumField() {
		if full.Field(i).IsZero() {
			t.Errorf("featureOf lacks %s, so nothing tests it", full.Type().Field(i).Name)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := featureOf(anyDocument(t), rapid.Int().Draw(t, "number"))
		got, err := f.json()
		if err != nil {
			t.Fatal(err)
		}
		if want := canonicalOf(t, f); !bytes.Equal(canonicalOf(t, json.RawMessage(got)), want) {
			t.Fatalf("got %s\nwant %s", got, want)
		}
	})
}

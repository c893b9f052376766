package places_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

func TestATownDefinesFields(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if err := places.StoreTaxonomy(t.Context(), db, taxonomy); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	set := func(category string, f places.ExtraField) error {
		return places.SetExtraField(t.Context(), db, category, f, at)
	}
	plots := places.ExtraField{Key: "plots", Kind: places.ExtraNumber, LabelFr: " Nombre de bacs ", HelpFr: "À peu près."}
	if err := set("compost", plots); err != nil {
		t.Fatal(err)
	}
	list := places.ExtraField{Key: "keeper", Kind: places.ExtraChoiceOf, LabelFr: "Tenu par", LabelEn: "Kept by", Choices: []places.ExtraChoice{{Fr: "Habitants", En: "Residents"}, {Fr: "Cafe\u0301"}, {Fr: "Café"}, {}}}
	if err := set("compost", list); err != nil {
		t.Fatal(err)
	}
	read := func() *places.Taxonomy {
		town, _, err := places.TownTaxonomy(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return town
	}
	got := read().ExtraFields("compost")
	if len(got) != 2 || got[0].Key != "plots" || got[0].LabelFr != "Nombre de bacs" || got[1].Label("en") != "Kept by" || len(got[1].Choices) != 2 {
		t.Fatalf("%+v", got)
	}
	if wrong := got[1].Check(json.RawMessage(`"Café"`)); wrong != nil {
		t.Errorf("a choice as values are written: %v", wrong)
	}
	plots.Removed = true
	if err := set("compost", plots); err != nil {
		t.Fatal(err)
	}
	town := read()
	if kept, found := town.ExtraField("compost", "plots"); len(town.ExtraFields("compost")) != 1 || !found || kept.LabelFr != "Nombre de bacs" {
		t.Errorf("removed: %+v, %v", kept, found)
	}
	// Places have values of a kind under a key: the key stays theirs, also once removed.
	for kind, taken := range map[places.ExtraKind]bool{places.ExtraNumber: true, places.ExtraText: false} {
		otherwise := places.ExtraField{Key: "plots", Kind: kind, LabelFr: "Autre"}
		if err := places.NewExtraField(t.Context(), db, "compost", otherwise, at); !fault.Is(err, fault.Invalid) {
			t.Errorf("the key of a removed field for a new one of kind %s: %v", kind, err)
		}
		if err := set("compost", otherwise); (err == nil) != taken {
			t.Errorf("a known field defined as %s: %v", kind, err)
		}
	}
	if err := set("compost", plots); err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]places.ExtraField{
		"bidi":    {Key: "other", Kind: places.ExtraText, LabelFr: "a\u202eb"},
		"line":    {Key: "other", Kind: places.ExtraChoiceOf, LabelFr: "x", Choices: []places.ExtraChoice{{Fr: "a\nb"}, {Fr: "c"}}},
		"key":     {Key: "Plots", Kind: places.ExtraText, LabelFr: "x"},
		"label":   {Key: "plots", Kind: places.ExtraText},
		"kind":    {Key: "other", Kind: "colour", LabelFr: "x"},
		"choices": {Key: "other", Kind: places.ExtraChoiceOf, LabelFr: "x", Choices: []places.ExtraChoice{{Fr: "one"}}},
	} {
		if err := set("compost", wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := set("x", list); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such category: %v", err)
	}
	for i := range 11 {
		if err := set("compost", places.ExtraField{Key: fmt.Sprintf("f%d", i), Kind: places.ExtraText, LabelFr: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := set("compost", places.ExtraField{Key: "more", Kind: places.ExtraText, LabelFr: "x"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("the thirteenth: %v", err)
	}
}

func TestValuesFitTheirField(t *testing.T) {
	t.Parallel()
	list := []places.ExtraChoice{{Fr: "Habitants"}, {Fr: "Ville"}}
	for kind, values := range map[places.ExtraKind]map[string]bool{
		places.ExtraText:     {`"a"`: true, `""`: false, `1`: false, `true`: false, `["a"]`: false},
		places.ExtraNumber:   {`12`: true, `-1.5`: true, `"12"`: false, `null`: false, `1e999`: false},
		places.ExtraYesNo:    {`true`: true, `false`: true, `"yes"`: false, `null`: false, `1`: false},
		places.ExtraChoiceOf: {`"Ville"`: true, `"ville"`: false, `0`: false},
	} {
		field := places.ExtraField{Key: "x", Kind: kind, Choices: list}
		for value, fits := range values {
			if wrong := field.Check(json.RawMessage(value)); (wrong == nil) != fits {
				t.Errorf("%s %s: %v", kind, value, wrong)
			}
		}
	}
}

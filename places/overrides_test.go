package places_test

import (
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

func TestATownOverridesACategory(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if err := places.StoreTaxonomy(t.Context(), db, taxonomy); err != nil {
		t.Fatal(err)
	}
	days := 30
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	set := func(o places.Override) error { return places.SetOverride(t.Context(), db, o, at) }
	if err := set(places.Override{Category: "compost", LabelFr: " Bac à compost ", LabelEn: "Compost", Pictogram: "park", VerifyDays: &days, Hidden: true}); err != nil {
		t.Fatal(err)
	}
	town, changed, err := places.TownTaxonomy(t.Context(), db)
	if err != nil || !changed.Equal(at) {
		t.Fatalf("%v, %v", changed, err)
	}
	got, _ := town.Category("compost")
	shipped, _ := taxonomy.Category("compost")
	if got.LabelFr != "Bac à compost" || got.Pictogram != "park" || got.VerifyDays != 30 || !got.Hidden || got.Group != shipped.Group || got.OSMRule != shipped.OSMRule {
		t.Errorf("%+v", got)
	}
	if again, _ := taxonomy.Category("compost"); again != shipped {
		t.Error("the shipped taxonomy has changed")
	}
	if n := count(t, db, `select count(*) from categories where id = 'compost' and label_fr = 'Bac à compost' and verify_days = 30`); n != 1 {
		t.Error("the table does not say so")
	}
	back := shipped.VerifyDays
	if err := set(places.Override{Category: "compost", LabelFr: shipped.LabelFr, LabelEn: shipped.LabelEn, Pictogram: "compost", VerifyDays: &back}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `select count(*) from category_overrides where label_fr is null and pictogram is null and verify_days is null and not hidden`); n != 1 {
		t.Error("what is as shipped is kept as an override")
	}
	many, long := 4000, strings.Repeat("é", 81)
	for _, wrong := range []places.Override{{Category: "compost", LabelFr: long}, {Category: "compost", Pictogram: "x"}, {Category: "compost", VerifyDays: &many}} {
		if err := set(wrong); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if err := set(places.Override{Category: "x"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such category: %v", err)
	}
}

package places_test

import (
	"testing"
	"time"

	"cartoquartiers/internal/colours"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

func TestColoursOfGroupsAreChecked(t *testing.T) {
	t.Parallel()
	for _, group := range taxonomy.Groups {
		if found, err := taxonomy.CheckColour(group.ID, group.Colour); err != nil || len(found) > 0 {
			t.Errorf("%s as it ships: %+v, %v", group.ID, found, err)
		}
		proposals := taxonomy.ProposeColours(group.ID)
		if len(proposals) < 8 {
			t.Errorf("%s: only %v to choose from", group.ID, proposals)
		}
		for _, one := range proposals {
			if found, err := taxonomy.CheckColour(group.ID, one); err != nil || len(found) > 0 {
				t.Errorf("%s: %v is proposed: %+v, %v", group.ID, one, found, err)
			}
		}
	}
	for name, c := range map[string]struct {
		wanted places.GroupColour
		first  places.ColourProblem // what is said first, without its figures
	}{
		"pale by day":         {places.GroupColour{Day: "#77cc88", Night: "#8aca8b"}, places.ColourProblem{Colour: "#77cc88"}},
		"dark by night":       {places.GroupColour{Day: "#1e7729", Night: "#1e7729"}, places.ColourProblem{Night: true, Colour: "#1e7729"}},
		"that of another":     {places.GroupColour{Day: "#345fb2", Night: "#8aca8b"}, places.ColourProblem{Colour: "#345fb2", Eyes: colours.AllCones, Group: "civic"}},
		"alike to some eyes":  {places.GroupColour{Day: "#0b6b3a", Night: "#8aca8b"}, places.ColourProblem{Colour: "#0b6b3a", Eyes: colours.Protanopia, Group: "solidarity"}},
		"alike by night only": {places.GroupColour{Day: "#1e7729", Night: "#51cec7"}, places.ColourProblem{Night: true, Colour: "#51cec7", Eyes: colours.AllCones, Group: "sports"}},
	} {
		found, err := taxonomy.CheckColour("nature", c.wanted)
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %+v, %v", name, found, err)
			continue
		}
		got := found[0]
		if got.Got >= got.Least {
			t.Errorf("%s: %v is enough of %v", name, got.Got, got.Least)
		}
		got.Got, got.Least = 0, 0
		if got != c.first {
			t.Errorf("%s: %+v, want %+v", name, found, c.first)
		}
	}
	if _, err := taxonomy.CheckColour("x", places.GroupColour{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such group: %v", err)
	}
	if _, err := taxonomy.CheckColour("nature", places.GroupColour{Day: "green"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no colour: %v", err)
	}
}

func TestATownChoosesTheColourOfAGroup(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if err := places.StoreTaxonomy(t.Context(), db, taxonomy); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	set := func(group string, colour places.GroupColour) error {
		return places.SetGroupColour(t.Context(), db, group, colour, at)
	}
	read := func() (places.GroupColour, time.Time) {
		town, changed, err := places.TownTaxonomy(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		group, _ := town.FindGroup("nature")
		return group.Colour, changed
	}
	chosen := places.GroupColour{Day: "#286105", Night: "#d0fbb6"}
	if err := set("nature", places.GroupColour{Day: "#286105", Night: "#D0FBB6"}); err != nil {
		t.Fatal(err)
	}
	if got, changed := read(); got != chosen || !changed.Equal(at) {
		t.Errorf("%v at %v", got, changed)
	}
	if err := set("sports", places.GroupColour{Day: "#286106", Night: "#51cec7"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("beside what the town has chosen: %v", err)
	}
	if err := set("x", chosen); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such group: %v", err)
	}
	if err := set("nature", places.GroupColour{}); err != nil {
		t.Fatal(err)
	}
	// The clock stands still, and yet other servers see that something changed.
	if got, changed := read(); got == chosen || !changed.After(at) {
		t.Errorf("taken back: %v at %v", got, changed)
	}
	if n := count(t, db, `select count(*) from group_colours where day is null and night is null`); n != 1 {
		t.Error("what is as shipped is kept")
	}
}

package demo

import (
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// TestTheGroundOfTheTown looks at what is drawn: closed where it must be, houses on
// dry land, and every address on a street that is drawn.
func TestTheGroundOfTheTown(t *testing.T) {
	t.Parallel()
	var coast, river orb.Ring
	streets, houses := map[string]bool{}, []orb.Ring{}
	for _, d := range BaseMap() {
		switch {
		case d.Tags["natural"] == "coastline":
			coast = orb.Ring(d.Line)
		case d.Tags["water"] == "river":
			river = d.Areas[0][0]
		case d.Tags["highway"] != "":
			streets[d.Tags["name"]] = true
		case d.Tags["building"] != "":
			houses = append(houses, d.Areas[0][0])
		}
	}
	if !coast.Closed() || coast.Orientation() != orb.CCW {
		t.Error("land is not to the left of the coast")
	}
	if len(houses) < 400 || len(streets) < 30 {
		t.Errorf("%d houses in %d streets", len(houses), len(streets))
	}
	for _, house := range houses {
		for _, corner := range house {
			if !planar.RingContains(coast, corner) || planar.RingContains(river, corner) {
				t.Errorf("the house at %v stands in water", corner)
				break
			}
		}
	}
	for _, record := range town(t) {
		if address := record.Document.Address; address != nil && address.Street != "" && !streets[address.Street] {
			t.Errorf("%s is not drawn", address.Street)
		}
	}
}

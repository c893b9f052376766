package geo

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// BBox is a box on the sphere in degrees. West > East means that it crosses the
// antimeridian, as OGC API – Features (17-069r4, 7.15.3) and GeoJSON (RFC 7946, 5.2) have it.
type BBox struct {
	West, South, East, North float64
}

// ParseBBox reads "west,south,east,north", or six numbers with heights in third
// and sixth place, which are ignored. The error is a sentence about the text.
func ParseBBox(text string) (BBox, error) {
	parts := strings.Split(text, ",")
	if len(parts) != 4 && len(parts) != 6 {
		return BBox{}, fmt.Errorf("must be four numbers west,south,east,north, not %d", len(parts))
	}
	numbers := make([]float64, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return BBox{}, fmt.Errorf("%q is not a number", part)
		}
		numbers[i] = n
	}
	if len(numbers) == 6 {
		numbers = []float64{numbers[0], numbers[1], numbers[3], numbers[4]}
	}
	box := BBox{numbers[0], numbers[1], numbers[2], numbers[3]}
	return box, box.check()
}

func (b BBox) check() error {
	if b.South > b.North {
		return fmt.Errorf("south %v is above north %v", b.South, b.North)
	}
	if b.South < -90 || b.North > 90 {
		return fmt.Errorf("latitudes are between -90 and 90")
	}
	if b.West < -180 || b.West > 180 || b.East < -180 || b.East > 180 {
		return fmt.Errorf("longitudes are between -180 and 180")
	}
	return nil
}

// Contains reports whether p lies in the box, its edges included.
func (b BBox) Contains(p orb.Point) bool {
	if p[1] < b.South || p[1] > b.North {
		return false
	}
	if b.West <= b.East {
		return p[0] >= b.West && p[0] <= b.East
	}
	return p[0] >= b.West || p[0] <= b.East
}

// Bounds gives the box as one bound, or two when it crosses the antimeridian.
func (b BBox) Bounds() []orb.Bound {
	if b.West <= b.East {
		return []orb.Bound{{Min: orb.Point{b.West, b.South}, Max: orb.Point{b.East, b.North}}}
	}
	return []orb.Bound{
		{Min: orb.Point{b.West, b.South}, Max: orb.Point{180, b.North}},
		{Min: orb.Point{-180, b.South}, Max: orb.Point{b.East, b.North}},
	}
}

// String is the box as ParseBBox reads it.
func (b BBox) String() string {
	return fmt.Sprintf("%v,%v,%v,%v", b.West, b.South, b.East, b.North)
}

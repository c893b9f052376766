package geo

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// Canonical gives an area in one of its many equal forms: each ring from its
// smallest corner on, holes and polygons in the order of their rings. It does not matter
// then at which node an editor began a ring. The way a ring is wound is kept;
// other geometries are returned as they are. The input is not modified.
func Canonical(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Polygon:
		return canonicalPolygon(g)
	case orb.MultiPolygon:
		areas := make(orb.MultiPolygon, len(g))
		for i, polygon := range g {
			areas[i] = canonicalPolygon(polygon)
		}
		slices.SortFunc(areas, func(a, b orb.Polygon) int { return slices.CompareFunc(a, b, compareRings) })
		return areas
	}
	return g
}

func canonicalPolygon(polygon orb.Polygon) orb.Polygon {
	rings := make(orb.Polygon, len(polygon))
	for i, ring := range polygon {
		rings[i] = canonicalRing(ring)
	}
	if len(rings) > 1 { // the first is the outer one
		slices.SortFunc(rings[1:], compareRings)
	}
	return rings
}

func canonicalRing(ring orb.Ring) orb.Ring {
	if len(ring) < 2 || ring[0] != ring[len(ring)-1] {
		return ring // not a ring; nothing can be said of where it begins
	}
	corners := ring[:len(ring)-1] // the last repeats the first
	first := 0
	for i, p := range corners {
		if comparePoints(p, corners[first]) < 0 {
			first = i
		}
	}
	turned := slices.Concat(corners[first:], corners[:first])
	return append(turned, turned[0])
}

func compareRings(a, b orb.Ring) int { return slices.CompareFunc(a, b, comparePoints) }

func comparePoints(a, b orb.Point) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

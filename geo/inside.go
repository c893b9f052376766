package geo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// PointInside gives a point that represents a geometry, rounded to 7 decimals:
// for areas, the middle of the widest stretch inside on a horizontal line
// through the middle of each; for lines, the vertex in the middle of the
// first. False for an empty geometry.
//
// It is the point of PostGIS's ST_PointOnSurface (InteriorPointArea of JTS and
// GEOS), so that what is computed here and in SQL agrees. An area thinner than
// the rounding has no such point inside; the nearest rounded one stands for it.
func PointInside(g orb.Geometry) (orb.Point, bool) {
	switch g := g.(type) {
	case orb.Point:
		return round7(g), true
	case orb.Polygon:
		return insideAreas(orb.MultiPolygon{g})
	case orb.MultiPolygon:
		return insideAreas(g)
	case orb.LineString:
		return middle(g)
	case orb.MultiLineString:
		if len(g) > 0 {
			return middle(g[0])
		}
	}
	return orb.Point{}, false
}

func middle(line orb.LineString) (orb.Point, bool) {
	if len(line) == 0 {
		return orb.Point{}, false
	}
	return round7(line[len(line)/2]), true
}

// insideAreas takes the area with the widest stretch.
func insideAreas(areas orb.MultiPolygon) (orb.Point, bool) {
	best, most, found := orb.Point{}, -1.0, false
	for _, polygon := range areas {
		if p, width, ok := widest(polygon); ok && width > most {
			best, most, found = p, width, true
		}
	}
	return best, found
}

// widest finds the middle of the widest stretch of a polygon on its scan line.
// A self-crossing polygon counts by the even-odd rule.
func widest(polygon orb.Polygon) (p orb.Point, width float64, ok bool) {
	if len(polygon) == 0 || len(polygon[0]) == 0 {
		return orb.Point{}, 0, false
	}
	y := scanLine(polygon)
	p = polygon[0][0]
	xs := crossings(polygon, y)
	for i := 1; i < len(xs); i += 2 {
		if w := xs[i] - xs[i-1]; w > width {
			p, width = orb.Point{(xs[i-1] + xs[i]) / 2, y}, w
		}
	}
	return nearestInside(polygon, p), width, true
}

// scanLine is a latitude near the polygon's middle that passes through none of
// its vertices: halfway between the nearest above and the nearest below.
func scanLine(polygon orb.Polygon) float64 {
	bound := polygon[0].Bound()
	low, high := bound.Min[1], bound.Max[1]
	centre := (low + high) / 2
	for _, ring := range polygon {
		for _, p := range ring {
			if p[1] <= centre {
				low = max(low, p[1])
			} else {
				high = min(high, p[1])
			}
		}
	}
	return (low + high) / 2
}

// crossings lists, ascending, where the polygon's edges cross a latitude.
func crossings(polygon orb.Polygon, y float64) []float64 {
	var xs []float64
	for _, ring := range polygon {
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			if (a[1] > y) != (b[1] > y) {
				xs = append(xs, a[0]+(y-a[1])*(b[0]-a[0])/(b[1]-a[1]))
			}
		}
	}
	slices.Sort(xs)
	return xs
}

// nearestInside rounds a point to 7 decimals, to a neighbour if rounding took
// it out of a very small or very thin polygon.
func nearestInside(polygon orb.Polygon, p orb.Point) orb.Point {
	rounded := round7(p)
	if planar.PolygonContains(polygon, rounded) {
		return rounded
	}
	for _, dx := range []float64{0, -1e-7, 1e-7} {
		for _, dy := range []float64{0, -1e-7, 1e-7} {
			near := round7(orb.Point{rounded[0] + dx, rounded[1] + dy})
			if planar.PolygonContains(polygon, near) {
				return near
			}
		}
	}
	return rounded
}

func insideRing(ring orb.Ring) (orb.Point, bool) { return insideAreas(orb.MultiPolygon{{ring}}) }

func round7(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*1e7) / 1e7, math.Round(p[1]*1e7) / 1e7}
}

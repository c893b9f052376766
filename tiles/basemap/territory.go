package basemap

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"

	"cartoquartiers/geo"
)

// roundMetres is how far around a territory the map goes on: a street of the border
// has both sides.
const roundMetres = 500.0

// territory is the area that a base map is cut to.
type territory struct {
	area  orb.MultiPolygon // longitude, latitude
	bound orb.Bound        // of the area and what is round it
}

// Within cuts the map to an area (longitude, latitude) and roundMetres round it: tiles
// that lie beyond are left out, and what reaches beyond its rectangle is cut off.
// Before the first Add.
func (b *Builder) Within(area orb.MultiPolygon) {
	bound := padded(area.Bound())
	b.territory = &territory{area, bound}
	b.bound, b.some = bound, true
}

func padded(bound orb.Bound) orb.Bound {
	const metresPerDegree = 111_195.0 // of latitude, on a sphere of 6,371 km
	high := roundMetres / metresPerDegree
	wide := high / math.Max(0.01, math.Cos(bound.Center()[1]*math.Pi/180))
	return orb.Bound{
		Min: orb.Point{bound.Min[0] - wide, bound.Min[1] - high}, Max: orb.Point{bound.Max[0] + wide, bound.Max[1] + high},
	}
}

// holds tells whether something of a tile is shown.
func (t *territory) holds(level int, x, y uint32) bool {
	if t == nil {
		return true
	}
	side := math.Exp2(float64(-level))
	bound := padded(orb.Bound{
		Min: geo.Unproject(float64(x)*side, float64(y+1)*side), Max: geo.Unproject(float64(x+1)*side, float64(y)*side),
	})
	for _, polygon := range t.area {
		if bound.Intersects(polygon.Bound()) && len(clip.Polygon(bound, polygon.Clone())) > 0 {
			return true
		}
	}
	return false
}

// cut gives what of an object lies in the rectangle around the territory; false for nothing.
func (t *territory) cut(o Object) (Object, bool) {
	if t == nil {
		return o, true
	}
	if o.Line == nil && o.Areas == nil {
		return o, t.bound.Contains(o.Point)
	}
	if o.Areas != nil {
		o.Areas = clip.MultiPolygon(t.bound, o.Areas.Clone())
	}
	return o, len(o.Areas) > 0 || o.Line != nil && t.bound.Intersects(o.Line.Bound())
}

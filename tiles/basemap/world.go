package basemap

import (
	"math"

	"github.com/paulmach/orb"

	"cartoquartiers/geo"
)

// The whole world is a square of 2^27 units: those of tiles of the last zoom, so
// that geometry is rounded once. x grows to the east, y to the south.
const (
	extentBits = 12
	extent     = 1 << extentBits
	worldBits  = LastZoom + extentBits
)

// spot is a position in the world, in units.
type spot struct{ x, y int32 }

func spotOf(p orb.Point) spot {
	x, y := geo.Mercator(p)
	scale := math.Exp2(worldBits)
	return spot{int32(min(x*scale, scale-1)), int32(min(max(y, 0)*scale, scale-1))}
}

// path is a line or a ring.
type path []spot

func pathOf(points []orb.Point) path {
	p := make(path, 0, len(points))
	for _, point := range points {
		s := spotOf(point)
		if len(p) == 0 || s != p[len(p)-1] {
			p = append(p, s)
		}
	}
	return p
}

// box is what something lies in, edges included.
type box struct{ low, high spot }

func boxOf(paths []path) box {
	b := box{spot{math.MaxInt32, math.MaxInt32}, spot{math.MinInt32, math.MinInt32}}
	for _, p := range paths {
		for _, s := range p {
			b.low = spot{min(b.low.x, s.x), min(b.low.y, s.y)}
			b.high = spot{max(b.high.x, s.x), max(b.high.y, s.y)}
		}
	}
	return b
}

func (b box) touches(c box) bool {
	return b.low.x <= c.high.x && b.high.x >= c.low.x && b.low.y <= c.high.y && b.high.y >= c.low.y
}

// feature is one look of one object.
type feature struct {
	said  *said
	paths []path // a point, lines, or the rings of one polygon, the outer one first
	box   box
}

// said is what features have in common: a street has many, all houses have one.
type said struct {
	look
	tags []attribute
}

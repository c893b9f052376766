package basemap

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/planar"

	"cartoquartiers/tiles/pmtiles"
)

// buffer is how far a tile reaches over its edge, so that wide lines are not cut.
const buffer = 8 * pixel

// cutter cuts one zoom into tiles.
type cutter struct {
	z    int
	ctx  context.Context //nolint:containedctx // of one call
	take func(z int, x, y uint32, tile []byte) error
}

func (b *Builder) zoom(ctx context.Context, z int, take func(z int, x, y uint32, tile []byte) error) error {
	pieces := slices.DeleteFunc(b.at(z), func(p piece) bool { return p.shape == nil })
	c := cutter{z, ctx, take}
	return c.quarter(0, 0, 0, pieces)
}

// quarter goes down the quadtree from a tile of some level, each time with what
// lies in a quarter, so that a long shape is clipped where it crosses a border
// and not once for each tile. Tiles come in the order of pmtiles.ID.
func (c *cutter) quarter(level int, x, y uint32, pieces []piece) error {
	if len(pieces) == 0 {
		return nil
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if level == c.z {
		tile := encode(pieces, float64(x)*extent, float64(y)*extent)
		if tile == nil {
			return nil
		}
		return c.take(c.z, x, y, tile)
	}
	type child struct{ x, y uint32 }
	children := []child{{2 * x, 2 * y}, {2*x + 1, 2 * y}, {2 * x, 2*y + 1}, {2*x + 1, 2*y + 1}}
	slices.SortFunc(children, func(a, b child) int {
		return cmp.Compare(pmtiles.ID(level+1, a.x, a.y), pmtiles.ID(level+1, b.x, b.y))
	})
	for _, one := range children {
		side := float64(uint64(1) << (c.z - level - 1 + extentBits))
		bound := orb.Bound{
			Min: orb.Point{float64(one.x)*side - buffer, float64(one.y)*side - buffer},
			Max: orb.Point{float64(one.x+1)*side + buffer, float64(one.y+1)*side + buffer},
		}
		if err := c.quarter(level+1, one.x, one.y, within(pieces, bound)); err != nil {
			return err
		}
	}
	return nil
}

// within gives what of the pieces lies in a bound.
func within(pieces []piece, bound orb.Bound) []piece {
	var inside []piece
	for _, p := range pieces {
		switch {
		case !bound.Intersects(p.bound):
		case bound.Contains(p.bound.Min) && bound.Contains(p.bound.Max):
			inside = append(inside, p)
		default:
			if shape := clipped(bound, p.shape); shape != nil {
				inside = append(inside, piece{p.feature, shape, shape.Bound()})
			}
		}
	}
	return inside
}

// swallowed tells that a hole is all that is left of a polygon.
func swallowed(polygon orb.Polygon) bool {
	whole := math.Abs(planar.Area(polygon[0]))
	return slices.ContainsFunc(polygon[1:], func(hole orb.Ring) bool { return math.Abs(planar.Area(hole)) >= whole })
}

func clipped(bound orb.Bound, shape orb.Geometry) orb.Geometry {
	switch shape := shape.(type) {
	case orb.MultiLineString:
		if cut := clip.MultiLineString(bound, shape); len(cut) > 0 {
			return cut
		}
	case orb.Polygon:
		if cut := clip.Polygon(bound, shape.Clone()); len(cut) > 0 && !swallowed(cut) { // Polygon clips in place
			return cut
		}
	}
	return nil
}

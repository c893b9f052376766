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
	only *territory
	ctx  context.Context //nolint:containedctx // of one call
	take func(z int, x, y uint32, tile []byte) error
}

// together is the level below which what lies in a tile is brought to its zoom at
// once: more at a time takes more memory, less repeats what crosses a border.
const together = 10

func (b *Builder) zoom(ctx context.Context, z int, take func(z int, x, y uint32, tile []byte) error) error {
	all := make([]*feature, len(b.features))
	for i := range b.features {
		all[i] = &b.features[i]
	}
	c := cutter{z, b.territory, ctx, take}
	return c.part(0, 0, 0, all)
}

// part goes down the quadtree with features as they are, until few are left, or
// where lines are still to be joined, not at all.
func (c *cutter) part(level int, x, y uint32, features []*feature) error {
	if len(features) == 0 || !c.only.holds(level, x, y) {
		return nil
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if level == min(c.z, together) || c.z <= mergedUntil {
		return c.quarter(level, x, y, at(features, c.z))
	}
	for _, one := range quarters(level, x, y) {
		side := int64(1) << (worldBits - level - 1)
		room := int64(buffer) << (LastZoom - c.z)
		around := box{
			spot{int32(max(int64(one.x)*side-room, 0)), int32(max(int64(one.y)*side-room, 0))},
			spot{int32(int64(one.x+1)*side + room), int32(int64(one.y+1)*side + room)},
		}
		var inside []*feature
		for _, f := range features {
			if f.said.from <= c.z && f.box.touches(around) {
				inside = append(inside, f)
			}
		}
		if err := c.part(level+1, one.x, one.y, inside); err != nil {
			return err
		}
	}
	return nil
}

// tileXY is a tile of some level.
type tileXY struct{ x, y uint32 }

// quarters are those of a tile, in the order of pmtiles.ID.
func quarters(level int, x, y uint32) []tileXY {
	all := []tileXY{{2 * x, 2 * y}, {2*x + 1, 2 * y}, {2 * x, 2*y + 1}, {2*x + 1, 2*y + 1}}
	slices.SortFunc(all, func(a, b tileXY) int {
		return cmp.Compare(pmtiles.ID(level+1, a.x, a.y), pmtiles.ID(level+1, b.x, b.y))
	})
	return all
}

// quarter goes down the quadtree from a tile of some level, each time with what
// lies in a quarter, so that a long shape is clipped where it crosses a border
// and not once for each tile. Tiles come in the order of pmtiles.ID.
func (c *cutter) quarter(level int, x, y uint32, pieces []piece) error {
	if len(pieces) == 0 || !c.only.holds(level, x, y) {
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
	for _, one := range quarters(level, x, y) {
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
				inside = append(inside, piece{p.said, shape, shape.Bound()})
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

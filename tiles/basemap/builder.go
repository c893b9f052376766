package basemap

import (
	"context"
	"slices"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
)

// Object is something of the extract. One of the geometries is there; a closed way
// has a line and areas. Longitude, latitude.
type Object struct {
	Tags  map[string]string
	Point orb.Point
	Line  orb.LineString
	Areas orb.MultiPolygon
}

// Builder collects what is shown, then cuts it into tiles. It holds everything in
// memory: 8 bytes a point, some 300 bytes a feature.
type Builder struct {
	features []feature
	coast    []path
	bound    orb.Bound
	some     bool
}

// NewBuilder holds nothing.
func NewBuilder() *Builder { return new(Builder) }

// Add takes an object whose tags Draws has chosen.
func (b *Builder) Add(o Object) {
	if isCoast(o.Tags) && len(o.Line) > 1 {
		b.coast = append(b.coast, pathOf(o.Line))
	}
	for _, l := range looksOf(o.Tags) {
		b.add(&l, l.attributes(o.Tags), o)
	}
}

func (b *Builder) add(l *look, tags []attribute, o Object) {
	switch {
	case l.form == point && o.Line == nil && o.Areas == nil:
		b.keep(l, tags, orb.Bound{Min: o.Point, Max: o.Point}, path{spotOf(o.Point)})
	case l.form == line && o.Line != nil:
		b.keep(l, tags, o.Line.Bound(), pathOf(o.Line))
	case l.form == area || l.form == outline:
		for _, polygon := range o.Areas {
			b.addArea(l, tags, polygon)
		}
	}
}

func (b *Builder) addArea(l *look, tags []attribute, polygon orb.Polygon) {
	var rings []path
	for _, ring := range polygon {
		if p := pathOf(ring); len(p) > 3 {
			rings = append(rings, p)
		}
	}
	if len(rings) == 0 {
		return
	}
	if l.form == area {
		b.keep(l, tags, polygon.Bound(), rings...)
		return
	}
	for _, ring := range rings {
		b.keep(l, tags, polygon.Bound(), ring)
	}
}

func (b *Builder) keep(l *look, tags []attribute, bound orb.Bound, paths ...path) {
	if l.form == line && len(paths[0]) < 2 {
		return
	}
	b.features = append(b.features, feature{look: l, tags: tags, paths: paths})
	if l.layer == "boundaries" || l.kind == "ferry" { // they reach far beyond what else the extract holds
		return
	}
	if !b.some {
		b.bound, b.some = bound, true
		return
	}
	b.bound = b.bound.Union(bound)
}

// Len is how many features there are.
func (b *Builder) Len() int { return len(b.features) }

// Bound is where they lie.
func (b *Builder) Bound() orb.Bound { return b.bound }

// Tiles cuts everything, and hands over each tile, uncompressed, in the order of
// pmtiles.ID. Faults: Invalid when there is nothing to show.
func (b *Builder) Tiles(ctx context.Context, first int, take func(z int, x, y uint32, tile []byte) error) error {
	if len(b.features) == 0 {
		return fault.New(fault.Invalid, "the extract holds nothing that the base map shows")
	}
	b.features = append(b.features, b.ground()...)
	slices.SortStableFunc(b.features, func(a, c feature) int { return a.look.rank - c.look.rank })
	for z := first; z <= LastZoom; z++ {
		if err := b.zoom(ctx, z, take); err != nil {
			return err
		}
	}
	return nil
}

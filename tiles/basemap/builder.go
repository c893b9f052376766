package basemap

import (
	"context"
	"fmt"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"

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
// memory: 8 bytes a point, some 100 bytes a feature.
type Builder struct {
	said     map[string]*said
	features []feature
	coast    []path
	bound    orb.Bound
	some     bool

	territory *territory // nil: everything
	warning   string     // what was not drawn as the extract says
}

// NewBuilder holds nothing.
func NewBuilder() *Builder { return &Builder{said: make(map[string]*said)} }

// Add takes an object whose tags Draws has chosen.
func (b *Builder) Add(o Object) {
	if isCoast(o.Tags) && len(o.Line) > 1 {
		b.coast = append(b.coast, pathOf(o.Line))
	}
	o, inside := b.territory.cut(o)
	if !inside {
		return
	}
	for _, l := range looksOf(o.Tags) {
		b.add(b.saying(l, o.Tags), o)
	}
}

// saying gives one for all features that say the same.
func (b *Builder) saying(l look, tags map[string]string) *said {
	attributes := l.attributes(tags)
	name := fmt.Sprint(l.layer, l.form, l.rank, attributes)
	known := b.said[name]
	if known == nil {
		known = &said{l, attributes}
		b.said[name] = known
	}
	return known
}

func (b *Builder) add(l *said, o Object) {
	switch {
	case l.form == point && o.Line == nil && o.Areas == nil:
		b.keep(l, orb.Bound{Min: o.Point, Max: o.Point}, path{spotOf(o.Point)})
	case l.form == line && o.Line != nil:
		b.addLine(l, o.Line)
	case l.form == area || l.form == outline:
		for _, polygon := range o.Areas {
			b.addArea(l, polygon)
		}
	}
}

// addLine takes the parts of a line that the territory leaves of it.
func (b *Builder) addLine(l *said, line orb.LineString) {
	if b.territory == nil {
		b.keep(l, line.Bound(), pathOf(line))
		return
	}
	for _, part := range clip.LineString(b.territory.bound, line) {
		b.keep(l, part.Bound(), pathOf(part))
	}
}

func (b *Builder) addArea(l *said, polygon orb.Polygon) {
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
		b.keep(l, polygon.Bound(), rings...)
		return
	}
	for _, ring := range rings {
		b.keep(l, polygon.Bound(), ring)
	}
}

func (b *Builder) keep(l *said, bound orb.Bound, paths ...path) {
	if l.form == line && len(paths[0]) < 2 {
		return
	}
	b.features = append(b.features, feature{said: l, paths: paths, box: boxOf(paths)})
	if b.territory != nil || l.layer == "boundaries" || l.kind == "ferry" { // they reach far beyond what else the extract holds
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

// Tiles cuts everything, and hands over each tile, uncompressed, in the order of
// pmtiles.ID. Faults: Invalid when there is nothing to show.
func (b *Builder) Tiles(ctx context.Context, first int, take func(z int, x, y uint32, tile []byte) error) error {
	if len(b.features) == 0 {
		return fault.New(fault.Invalid, "the extract holds nothing that the base map shows")
	}
	b.features = append(b.features, b.ground()...)
	slices.SortStableFunc(b.features, func(a, c feature) int { return a.said.rank - c.said.rank })
	for z := first; z <= LastZoom; z++ {
		if err := b.zoom(ctx, z, take); err != nil {
			return err
		}
	}
	return nil
}

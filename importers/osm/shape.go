package osm

import (
	"github.com/paulmach/orb"

	"cartoquartiers/geo"
)

// shape is the geometry of a way or relation as far as the file tells it.
type shape struct {
	areas   orb.MultiPolygon
	lines   orb.MultiLineString // only when there is no area
	partial bool
	point   orb.Point
}

// known tells whether there is at least one coordinate.
func (s shape) known() bool { return len(s.areas) > 0 || len(s.lines) > 0 }

// geometry is the simplest type that holds the shape.
func (s shape) geometry() orb.Geometry {
	switch {
	case len(s.areas) == 1:
		return s.areas[0]
	case len(s.areas) > 1:
		return s.areas
	case len(s.lines) == 1 && len(s.lines[0]) == 1:
		return s.lines[0][0]
	case len(s.lines) == 1:
		return s.lines[0]
	case len(s.lines) > 1:
		return s.lines
	}
	return nil
}

// areaOfWay shapes a closed way. Going through the assembly parts a way that
// meets itself in a node into its loops.
func areaOfWay(refs []int64, nodes *nodeTable) shape {
	line, missing := lineOf(refs, nodes)
	if missing && len(line) > 2 && line[0] != line[len(line)-1] {
		line = append(line, line[0]) // the missing node was the one that closed it
	}
	return newShape([]orb.LineString{line}, nil, missing)
}

// areaOfRelation shapes a multipolygon or boundary from its member ways.
func areaOfRelation(members []member, ways map[int64][]int64, nodes *nodeTable) shape {
	var outer, inner []orb.LineString
	partial := false
	seen := make(map[int64]bool, len(members))
	for _, m := range members {
		refs, present := ways[m.way]
		if !present {
			partial = true
			continue
		}
		if seen[m.way] {
			continue // a way listed twice would cancel itself out
		}
		seen[m.way] = true
		line, missing := lineOf(refs, nodes)
		partial = partial || missing
		if m.inner {
			inner = append(inner, line)
		} else {
			outer = append(outer, line)
		}
	}
	return newShape(outer, inner, partial)
}

func newShape(outer, inner []orb.LineString, partial bool) shape {
	areas, open := geo.Assemble(outer, inner)
	s := shape{areas: areas, partial: partial || len(open) > 0 || len(areas) == 0}
	if len(areas) == 0 {
		s.lines = nonEmpty(append(outer, inner...))
	}
	s.point, _ = geo.PointInside(s.geometry())
	return s
}

func nonEmpty(lines []orb.LineString) orb.MultiLineString {
	var kept orb.MultiLineString
	for _, line := range lines {
		if len(line) > 0 {
			kept = append(kept, line)
		}
	}
	return kept
}

// lineOf looks up the nodes of a way and leaves out those that are unknown.
func lineOf(refs []int64, nodes *nodeTable) (line orb.LineString, missing bool) {
	line = make(orb.LineString, 0, len(refs))
	for _, ref := range refs {
		at, ok := nodes.find(ref)
		if !ok {
			missing = true
			continue
		}
		line = append(line, at.point())
	}
	return line, missing
}

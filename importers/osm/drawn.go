package osm

import "github.com/paulmach/orb"

// Draws tells from its tags whether the base map shows an object.
type Draws func(tags map[string]string) bool

// Drawn is an object that the base map shows, as far as the file holds it. One of
// the geometries is there; a closed way has both a line and what it encloses, for
// its tags tell which of them it is.
type Drawn struct {
	Tags  map[string]string
	Point orb.Point        // of a node
	Line  orb.LineString   // of a way
	Areas orb.MultiPolygon // of a closed way or a relation
}

// isPlace tells whether an object is more than a picture.
func (o *object) isPlace() bool { return o.category != "" || o.boundary != "" }

func (r *reader) drawWay(o *object) error {
	if !o.drawn {
		return nil
	}
	line, _ := lineOf(o.refs, r.nodes)
	if len(line) < 2 {
		return nil
	}
	drawn := Drawn{Tags: o.tags, Line: line}
	if len(o.refs) > 3 && o.refs[0] == o.refs[len(o.refs)-1] {
		drawn.Areas = areaOfWay(o.refs, r.nodes).areas
	}
	return r.sink.Drawn(drawn)
}

func (r *reader) drawRelation(o *object) error {
	if !o.drawn {
		return nil
	}
	shape := areaOfRelation(o.members, r.ways, r.nodes)
	if len(shape.areas) == 0 {
		return nil
	}
	return r.sink.Drawn(Drawn{Tags: o.tags, Areas: shape.areas})
}

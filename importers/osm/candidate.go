package osm

import (
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/geo"
)

// Candidate is an object of OpenStreetMap that a rule of the taxonomy takes
// for a place, not yet matched with what is published.
type Candidate struct {
	Ref       string            // "node/123", "way/123" or "relation/123": its address on openstreetmap.org
	Version   int               // 0 where the file has no metadata
	Timestamp time.Time         // UTC; zero where the file has no metadata
	Tags      map[string]string // all raw tags
	// Point represents the place: inside the area, on the line, or the node
	// itself. Longitude, latitude, at most 7 decimals.
	Point orb.Point
	// Footprint is nil for a node, else a Polygon or MultiPolygon in canonical
	// form (geo.Canonical), or the lines that are known where they close no area.
	Footprint orb.Geometry
	// Partial says that the footprint is not the whole truth: nodes or members
	// are missing from the file, or its rings do not close.
	Partial    bool
	Category   string   // the main one
	Categories []string // the others whose rule holds, in taxonomy order
}

func nodeCandidate(o *object, at orb7) Candidate {
	c := newCandidate(o, "node/")
	c.Point = at.point()
	return c
}

func areaCandidate(o *object, kind string, s shape) Candidate {
	c := newCandidate(o, kind)
	c.Footprint, c.Partial = geo.Canonical(s.geometry()), s.partial
	c.Point = s.point
	return c
}

// ref is the object's address; kind ends in a slash.
func (o *object) ref(kind string) string { return kind + strconv.FormatInt(o.id, 10) }

func newCandidate(o *object, kind string) Candidate {
	c := Candidate{
		Ref:        o.ref(kind),
		Version:    o.version,
		Tags:       o.tags,
		Category:   o.category,
		Categories: o.others,
	}
	if o.seconds > 0 {
		c.Timestamp = time.Unix(o.seconds, 0).UTC()
	}
	return c
}

// point is the position in degrees, the nearest floats to its 7 decimals.
func (at orb7) point() orb.Point {
	return orb.Point{float64(at.lon) / 1e7, float64(at.lat) / 1e7}
}

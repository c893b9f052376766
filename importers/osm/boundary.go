package osm

import (
	"github.com/paulmach/orb"
)

// Boundary is the polygon of an administrative area or a named part of a town.
type Boundary struct {
	Ref     string // "way/…" or "relation/…"
	Name    string
	NameFr  string // empty when absent
	NameEn  string
	Kind    string            // "8" to "11", the admin_level, or "suburb", "quarter", "neighbourhood"
	Tags    map[string]string // all raw tags
	Polygon orb.MultiPolygon  // longitude, latitude
	Partial bool              // members or nodes are missing from the file
}

// boundaryKind tells whether tags describe an area that can be a
// neighbourhood, and which: an admin_level from 8 (commune) to 11, else the
// kind of place. Empty when none, or when it has no name.
//
// https://wiki.openstreetmap.org/wiki/Tag:boundary=administrative and
// https://wiki.openstreetmap.org/wiki/Key:place.
func boundaryKind(tags map[string]string) string {
	if tags["name"] == "" {
		return ""
	}
	if tags["boundary"] == "administrative" {
		switch level := tags["admin_level"]; level {
		case "8", "9", "10", "11":
			return level
		}
	}
	switch place := tags["place"]; place {
	case "suburb", "quarter", "neighbourhood":
		return place
	}
	return ""
}

func newBoundary(o *object, kind string, shape shape) Boundary {
	return Boundary{
		Ref:     o.ref(kind),
		Name:    o.tags["name"],
		NameFr:  o.tags["name:fr"],
		NameEn:  o.tags["name:en"],
		Kind:    o.boundary,
		Tags:    o.tags,
		Polygon: shape.areas,
		Partial: shape.partial,
	}
}

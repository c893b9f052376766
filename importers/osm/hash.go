package osm

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// hash sets both hashes from the tags and the shape.
func (c *Candidate) hash() {
	c.GeometryHash = hashGeometry(c.Point, c.Footprint)
	content := appendPoints(nil, []orb.Point{c.Point})
	for _, key := range slices.Sorted(maps.Keys(c.Tags)) {
		content = appendText(content, key)
		content = appendText(content, c.Tags[key])
	}
	c.ContentHash = sha256.Sum256(content)
}

// appendText writes the length first, so that no two sets of tags are alike.
func appendText(to []byte, text string) []byte {
	to = binary.AppendUvarint(to, uint64(len(text)))
	return append(to, text...)
}

// hashGeometry covers the footprint, or the point where there is none. The
// point of an area is left out: it follows from the area and from how we
// choose it, which may change.
func hashGeometry(point orb.Point, footprint orb.Geometry) [32]byte {
	var all []byte
	switch g := footprint.(type) {
	case orb.Polygon:
		all = appendRings(all, g)
	case orb.MultiPolygon:
		for _, polygon := range g {
			all = appendRings(all, polygon)
		}
	case orb.MultiLineString:
		for _, line := range g {
			all = appendPoints(all, line)
		}
	case orb.LineString:
		all = appendPoints(all, g)
	default:
		all = appendPoints(all, []orb.Point{point})
	}
	return sha256.Sum256(all)
}

func appendRings(to []byte, polygon orb.Polygon) []byte {
	to = binary.AppendUvarint(to, uint64(len(polygon)))
	for _, ring := range polygon {
		to = appendPoints(to, ring)
	}
	return to
}

// appendPoints writes their number first, like appendText.
func appendPoints(to []byte, points []orb.Point) []byte {
	to = binary.AppendUvarint(to, uint64(len(points)))
	for _, p := range points {
		to = binary.BigEndian.AppendUint32(to, uint32(int32(math.Round(p[0]*1e7))))
		to = binary.BigEndian.AppendUint32(to, uint32(int32(math.Round(p[1]*1e7))))
	}
	return to
}

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
	var parts [][]byte
	switch g := footprint.(type) {
	case orb.Polygon:
		parts = ringParts(orb.MultiPolygon{g})
	case orb.MultiPolygon:
		parts = ringParts(g)
	case orb.MultiLineString:
		for _, line := range g {
			parts = append(parts, appendPoints(nil, line))
		}
	case orb.LineString:
		parts = [][]byte{appendPoints(nil, g)}
	default:
		parts = [][]byte{appendPoints(nil, []orb.Point{point})}
	}
	slices.SortFunc(parts, slices.Compare[[]byte])
	var all []byte
	for _, part := range parts {
		all = binary.AppendUvarint(all, uint64(len(part)))
		all = append(all, part...)
	}
	return sha256.Sum256(all)
}

// ringParts writes each ring from its smallest corner on, so that it does not
// matter at which node a mapper's editor began it.
func ringParts(areas orb.MultiPolygon) [][]byte {
	var parts [][]byte
	for _, polygon := range areas {
		for _, ring := range polygon {
			parts = append(parts, canonicalRing(ring))
		}
	}
	return parts
}

func canonicalRing(ring orb.Ring) []byte {
	corners := ring[:len(ring)-1] // the last repeats the first
	first := 0
	for i, p := range corners {
		if less(p, corners[first]) {
			first = i
		}
	}
	return appendPoints(appendPoints(nil, corners[first:]), corners[:first])
}

func less(a, b orb.Point) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

func appendPoints(to []byte, points []orb.Point) []byte {
	for _, p := range points {
		to = binary.BigEndian.AppendUint32(to, uint32(int32(math.Round(p[0]*1e7))))
		to = binary.BigEndian.AppendUint32(to, uint32(int32(math.Round(p[1]*1e7))))
	}
	return to
}

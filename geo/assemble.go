package geo

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// Assemble builds areas from the member lines of a multipolygon, in any order
// and direction (OSM wiki, "Relation:multipolygon"). Lines are joined where
// their ends are the same point; what is left over, because an end is missing,
// comes back in open.
//
// The roles only say which lines are joined first: like libosmium, what is a
// hole is then decided by where the rings lie, since roles are often wrong. A
// stretch that two lines of one role share belongs to neither area's edge
// (touching inner rings), so it disappears.
func Assemble(outer, inner []orb.LineString) (areas orb.MultiPolygon, open []orb.LineString) {
	if ring, simple := simpleRing(outer); simple && len(inner) == 0 {
		return orb.MultiPolygon{{wind(ring, true)}}, nil
	}
	rings, open := joinRings(outer)
	holes, rest := joinRings(inner)
	open = append(open, rest...)
	if len(open) > 0 && len(outer) > 0 && len(inner) > 0 {
		mixed, left := joinRings(append(slices.Clone(outer), inner...))
		if len(left) < len(open) {
			return nest(mixed), left
		}
	}
	return nest(append(rings, holes...)), open
}

// simpleRing joins lines that follow each other into one ring without repeated
// points, which is what nearly all areas are: no table of segments is needed
// then. False when it is not as simple.
func simpleRing(lines []orb.LineString) (orb.Ring, bool) {
	if len(lines) == 0 || len(lines[0]) == 0 {
		return nil, false
	}
	ring := orb.Ring(slices.Clone(lines[0]))
	rest := slices.Clone(lines[1:])
	for len(rest) > 0 {
		next, ok := following(rest, ring[len(ring)-1])
		if !ok {
			return nil, false
		}
		line := rest[next]
		if line[0] != ring[len(ring)-1] {
			line = slices.Clone(line)
			line.Reverse()
		}
		ring = append(ring, line[1:]...)
		rest = slices.Delete(rest, next, next+1)
	}
	return ring, len(ring) > 3 && ring.Closed() && distinct(ring[1:])
}

// following finds a line that starts or ends in p.
func following(lines []orb.LineString, p orb.Point) (int, bool) {
	const few = 1000 // past it, looking at all costs more than the table of segments
	for i, line := range lines {
		if len(line) > 1 && (line[0] == p || line[len(line)-1] == p) {
			return i, true
		}
		if i == few {
			break
		}
	}
	return 0, false
}

// distinct tells whether no point occurs twice.
func distinct(points []orb.Point) bool {
	const pairwise = 16
	if len(points) <= pairwise {
		for i, p := range points {
			if slices.Contains(points[:i], p) {
				return false
			}
		}
		return true
	}
	sorted := slices.Clone(points)
	slices.SortFunc(sorted, func(a, b orb.Point) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	return len(slices.Compact(sorted)) == len(points)
}

// segment is an undirected stretch between two points.
type segment struct{ a, b orb.Point }

func newSegment(a, b orb.Point) segment {
	if a[0] > b[0] || a[0] == b[0] && a[1] > b[1] {
		a, b = b, a
	}
	return segment{a, b}
}

func (s segment) other(p orb.Point) orb.Point {
	if s.a == p {
		return s.b
	}
	return s.a
}

// network is the segments that are still to be walked, in the order they came.
type network struct {
	segments []segment
	walked   []bool
	at       map[orb.Point][]int
}

// newNetwork cuts lines into segments and drops the pairs that cancel out.
func newNetwork(lines []orb.LineString) *network {
	points := 0
	for _, line := range lines {
		points += len(line)
	}
	odd := make(map[segment]bool, points)
	each := func(visit func(segment)) {
		for _, line := range lines {
			for i := 1; i < len(line); i++ {
				if line[i-1] != line[i] {
					visit(newSegment(line[i-1], line[i]))
				}
			}
		}
	}
	each(func(s segment) { odd[s] = !odd[s] })
	n := &network{at: make(map[orb.Point][]int, points)}
	each(func(s segment) {
		if !odd[s] {
			return
		}
		odd[s] = false // once
		n.at[s.a] = append(n.at[s.a], len(n.segments))
		n.at[s.b] = append(n.at[s.b], len(n.segments))
		n.segments = append(n.segments, s)
	})
	n.walked = make([]bool, len(n.segments))
	return n
}

// step takes an unwalked segment from p: the neighbour of the latest in its
// line if possible, so that a line is not left where another one touches it.
// False at a dead end.
func (n *network) step(p orb.Point, latest int) (next int, ok bool) {
	for _, i := range []int{latest + 1, latest - 1} {
		if n.free(i, p) {
			n.walked[i] = true
			return i, true
		}
	}
	for at := n.at[p]; len(at) > 0; {
		i := at[len(at)-1]
		at = at[:len(at)-1]
		n.at[p] = at // walked ones never come back: a point of many segments stays cheap
		if !n.walked[i] {
			n.walked[i] = true
			return i, true
		}
	}
	return 0, false
}

// free tells whether segment i exists, ends in p and is not walked yet.
func (n *network) free(i int, p orb.Point) bool {
	return i >= 0 && i < len(n.segments) && !n.walked[i] && (n.segments[i].a == p || n.segments[i].b == p)
}

// joinRings walks the lines' segments into closed rings without repeated
// points. A walk that meets itself splits off the loop, so rings that touch in
// a point come out apart. A walk that ends is open.
func joinRings(lines []orb.LineString) (rings []orb.Ring, open []orb.LineString) {
	n := newNetwork(lines)
	for start := range n.segments {
		if n.walked[start] {
			continue
		}
		closed, rest := n.walk(start)
		rings = append(rings, closed...)
		if len(rest) > 1 {
			open = append(open, rest)
		}
	}
	return rings, open
}

func (n *network) walk(start int) (rings []orb.Ring, rest orb.LineString) {
	n.walked[start] = true
	path := orb.LineString{n.segments[start].a, n.segments[start].b}
	position := map[orb.Point]int{path[0]: 0, path[1]: 1}
	for latest := start; ; {
		end := path[len(path)-1]
		next, ok := n.step(end, latest)
		if !ok {
			return rings, path
		}
		latest = next
		p := n.segments[next].other(end)
		from, met := position[p]
		if !met {
			position[p] = len(path)
			path = append(path, p)
			continue
		}
		rings = append(rings, append(orb.Ring(slices.Clone(path[from:])), p))
		for _, gone := range path[from+1:] {
			delete(position, gone)
		}
		path = path[:from+1]
	}
}

// maxNested bounds the comparison of each ring with all larger ones. The
// largest real areas have a few thousand rings; past the bound no ring is
// taken for a hole.
const maxNested = 20_000

// nest decides by containment which rings are holes: a ring inside an odd
// number of others is the hole of the smallest of them.
func nest(rings []orb.Ring) orb.MultiPolygon {
	sorted := make([]nested, len(rings))
	for i, ring := range rings {
		sorted[i] = nested{ring: ring, area: math.Abs(planar.Area(ring)), bound: ring.Bound()}
	}
	slices.SortStableFunc(sorted, func(a, b nested) int { return cmp.Compare(b.area, a.area) })
	var areas orb.MultiPolygon
	for i := range sorted {
		r := &sorted[i]
		if len(sorted) <= maxNested {
			r.parent, r.depth = container(sorted[:i], r)
		}
		r.ring = wind(r.ring, r.depth%2 == 0)
		if r.depth%2 == 0 {
			r.polygon = len(areas)
			areas = append(areas, orb.Polygon{r.ring})
			continue
		}
		r.polygon = sorted[r.parent].polygon
		areas[r.polygon] = append(areas[r.polygon], r.ring)
	}
	return areas
}

// nested is a ring with its place among the others.
type nested struct {
	ring    orb.Ring
	area    float64
	bound   orb.Bound
	parent  int // index of the smallest ring around it
	depth   int // how many rings are around it
	polygon int // index of the polygon it belongs to
}

// container finds the smallest of the larger rings that holds r.
func container(larger []nested, r *nested) (parent, depth int) {
	inside, ok := insideRing(r.ring)
	if !ok {
		return 0, 0
	}
	for i := range larger {
		if larger[i].bound.Contains(inside) && planar.RingContains(larger[i].ring, inside) {
			parent, depth = i, depth+1
		}
	}
	return parent, depth
}

// wind turns a ring counter-clockwise, or clockwise for a hole (RFC 7946, 3.1.6).
func wind(ring orb.Ring, outer bool) orb.Ring {
	if clockwise := ring.Orientation() == orb.CW; clockwise == outer {
		ring.Reverse()
	}
	return ring
}

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

// segment is an undirected stretch between two points, by their numbers.
type segment struct{ a, b int32 }

func (s segment) other(p int32) int32 {
	if s.a == p {
		return s.b
	}
	return s.a
}

// key is a number of its own for each segment.
func (s segment) key() uint64 { return uint64(s.a)<<32 | uint64(s.b) }

// network is the segments that are still to be walked, in the order they came.
// Points are numbered once: to look them up by their coordinates at each step
// is most of what a large relation costs.
type network struct {
	points   []orb.Point
	position []int32 // by point: where the current walk met it, or none
	segments []segment
	walked   []bool
	// The segments of a point are a list, the last one first: 2i is segment i as
	// one of those that start there, 2i+1 as one that ends there.
	head []int32 // by point, or none
	next []int32
}

const none = -1

// newNetwork cuts lines into segments and drops the pairs that cancel out.
func newNetwork(lines []orb.LineString) *network {
	points := 0
	for _, line := range lines {
		points += len(line)
	}
	n := &network{}
	all := make([]segment, 0, points)
	numbers := make(map[orb.Point]int32, points)
	for _, line := range lines {
		from := int32(none)
		for _, p := range line {
			to := n.number(numbers, p)
			if from != none && from != to {
				all = append(all, segment{min(from, to), max(from, to)})
			}
			from = to
		}
	}
	n.keepOdd(all)
	n.walked = make([]bool, len(n.segments))
	return n
}

// number gives a point its number.
func (n *network) number(numbers map[orb.Point]int32, p orb.Point) int32 {
	number, known := numbers[p]
	if !known {
		number = int32(len(n.points))
		numbers[p] = number
		n.points, n.position, n.head = append(n.points, p), append(n.position, none), append(n.head, none)
	}
	return number
}

// keepOdd keeps, once, each segment that occurs an odd number of times.
func (n *network) keepOdd(all []segment) {
	n.next = make([]int32, 0, 2*len(all))
	dropped := even(all)
	for _, s := range all {
		if dropped[s.key()] {
			continue
		}
		if dropped != nil {
			dropped[s.key()] = true // from here on
		}
		n.next = append(n.next, n.head[s.a], n.head[s.b])
		n.head[s.a], n.head[s.b] = int32(2*len(n.segments)), int32(2*len(n.segments)+1)
		n.segments = append(n.segments, s)
	}
}

// even is the set of segments that occur an even number of times; nil when none
// occurs twice, which is nearly always and found out by sorting.
func even(all []segment) map[uint64]bool {
	keys := make([]uint64, len(all))
	for i, s := range all {
		keys[i] = s.key()
	}
	slices.Sort(keys)
	var found map[uint64]bool
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] {
			if found == nil {
				found = make(map[uint64]bool)
			}
			found[keys[i]] = !found[keys[i]]
		}
	}
	return found
}

// step takes an unwalked segment from p: the neighbour of the latest in its
// line if possible, so that a line is not left where another one touches it.
// False at a dead end.
func (n *network) step(p int32, latest int) (next int, ok bool) {
	for _, i := range [2]int{latest + 1, latest - 1} {
		if n.free(i, p) {
			n.walked[i] = true
			return i, true
		}
	}
	for n.head[p] != none {
		i := int(n.head[p] / 2)
		n.head[p] = n.next[n.head[p]] // walked ones never come back: a point of many segments stays cheap
		if !n.walked[i] {
			n.walked[i] = true
			return i, true
		}
	}
	return 0, false
}

// free tells whether segment i exists, ends in p and is not walked yet.
func (n *network) free(i int, p int32) bool {
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
			open = append(open, n.line(rest))
		}
	}
	return rings, open
}

// walk goes on from a segment until nothing leads further, and leaves position as it was.
func (n *network) walk(start int) (rings []orb.Ring, rest []int32) {
	n.walked[start] = true
	path := []int32{n.segments[start].a, n.segments[start].b}
	n.position[path[0]], n.position[path[1]] = 0, 1
	for latest := start; ; {
		end := path[len(path)-1]
		next, ok := n.step(end, latest)
		if !ok {
			n.forget(path)
			return rings, path
		}
		latest = next
		p := n.segments[next].other(end)
		from := n.position[p]
		if from == none {
			n.position[p] = int32(len(path))
			path = append(path, p)
			continue
		}
		rings = append(rings, orb.Ring(append(n.line(path[from:]), n.points[p])))
		n.forget(path[from+1:])
		path = path[:from+1]
	}
}

func (n *network) forget(path []int32) {
	for _, p := range path {
		n.position[p] = none
	}
}

func (n *network) line(path []int32) orb.LineString {
	line := make(orb.LineString, len(path), len(path)+1)
	for i, p := range path {
		line[i] = n.points[p]
	}
	return line
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

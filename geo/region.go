package geo

import (
	"github.com/paulmach/orb"
)

// Region answers quickly, and often, whether a point lies in an area: the
// territory of a town has thousands of edges and an import asks for each
// object. It is immutable.
type Region struct {
	bound orb.Bound
	bands [][]edge // the edges that touch each of equal bands of latitude
}

type edge struct{ a, b orb.Point }

// NewRegion prepares an area. Holes and several parts count by the even-odd
// rule, so their winding does not matter.
func NewRegion(area orb.MultiPolygon) *Region {
	var edges []edge
	for _, polygon := range area {
		for _, ring := range polygon {
			for i := 1; i < len(ring); i++ {
				edges = append(edges, edge{ring[i-1], ring[i]})
			}
		}
	}
	r := &Region{bound: area.Bound(), bands: make([][]edge, 1+min(len(edges)/4, 4096))}
	for _, e := range edges {
		from, to := r.band(e.a[1]), r.band(e.b[1])
		for i := min(from, to); i <= max(from, to); i++ {
			r.bands[i] = append(r.bands[i], e)
		}
	}
	return r
}

func (r *Region) band(lat float64) int {
	height := r.bound.Max[1] - r.bound.Min[1]
	if height <= 0 {
		return 0
	}
	i := int(float64(len(r.bands)) * (lat - r.bound.Min[1]) / height)
	return min(max(i, 0), len(r.bands)-1)
}

// Contains tells whether a point (longitude, latitude) lies in the area. A
// point on the edge may count as either.
func (r *Region) Contains(p orb.Point) bool {
	if !r.bound.Contains(p) {
		return false
	}
	inside := false
	for _, e := range r.bands[r.band(p[1])] {
		if (e.a[1] > p[1]) != (e.b[1] > p[1]) &&
			p[0] < e.a[0]+(p[1]-e.a[1])*(e.b[0]-e.a[0])/(e.b[1]-e.a[1]) {
			inside = !inside
		}
	}
	return inside
}

package basemap

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/planar"
)

// ground is what lies under everything: land, which is to the left of the coastline
// (https://wiki.openstreetmap.org/wiki/Tag:natural=coastline), and the sea. Without
// a coastline all of it is land.
func (b *Builder) ground() []feature {
	frame := b.frame()
	land, sea := []orb.Polygon{{frame.ToRing()}}, []orb.Polygon(nil)
	if len(b.coast) > 0 {
		coast := upright(join(b.coast))
		land = landOf(coast, frame)
		for _, line := range coast {
			line.Reverse()
		}
		sea = landOf(coast, frame)
		if wet, looked := b.flooded(sea); wet > looked/mostFlooded {
			b.warning = fmt.Sprintf("the coastline is broken: %d of %d buildings would stand in the sea; all is drawn as land", wet, looked)
			land, sea = []orb.Polygon{{frame.ToRing()}}, nil
		}
	}
	earth := b.saying(look{layer: "earth", form: area, kind: "earth", rank: math.MinInt32}, nil)
	ocean := b.saying(look{layer: "water", form: area, kind: "ocean", rank: math.MinInt32}, nil)
	return append(groundOf(earth, land), groundOf(ocean, sea)...)
}

// A coastline with a gap or the wrong way round floods a town. Buildings on piers and
// in harbours are few: more than one in mostFlooded is a mistake of the coastline.
const (
	mostFlooded    = 5
	floodedSample  = 2000
	fewestBuilding = 10
)

// flooded tells how many of some buildings would stand in the sea.
func (b *Builder) flooded(sea []orb.Polygon) (wet, looked int) {
	stride := max(1, len(b.features)/floodedSample)
	for i := 0; i < len(b.features); i += stride {
		f := &b.features[i]
		if f.said.layer != "buildings" {
			continue
		}
		looked++
		at := orb.Point{float64(f.paths[0][0].x), -float64(f.paths[0][0].y)}
		if slices.ContainsFunc(sea, func(p orb.Polygon) bool { return planar.PolygonContains(p, at) }) {
			wet++
		}
	}
	if looked < fewestBuilding {
		return 0, looked
	}
	return wet, looked
}

func groundOf(l *said, polygons []orb.Polygon) []feature {
	all := make([]feature, len(polygons))
	for i, polygon := range polygons {
		var rings []path
		for _, ring := range polygon {
			rings = append(rings, downward(ring))
		}
		all[i] = feature{said: l, paths: rings, box: boxOf(rings)}
	}
	return all
}

// margin is how far the ground goes on around everything, as a part of its size:
// the edge of the map is seldom in view then.
const margin = 0.25

// frame is a rectangle around everything, y to the north, in units of the world.
func (b *Builder) frame() orb.Bound {
	low, high := spotOf(b.bound.Min), spotOf(b.bound.Max)
	wide, tall := float64(high.x-low.x)*margin+extent, float64(low.y-high.y)*margin+extent
	const last = 1<<worldBits - 1
	return orb.Bound{
		Min: orb.Point{math.Floor(max(float64(low.x)-wide, 0)), -math.Floor(min(float64(low.y)+tall, last))},
		Max: orb.Point{math.Floor(min(float64(high.x)+wide, last)), -math.Floor(max(float64(high.y)-tall, 0))},
	}
}

func upright(paths []path) []orb.LineString {
	lines := make([]orb.LineString, len(paths))
	for i, p := range paths {
		for _, s := range p {
			lines[i] = append(lines[i], orb.Point{float64(s.x), -float64(s.y)})
		}
	}
	return lines
}

func downward(ring orb.Ring) path {
	p := make(path, len(ring))
	for i, point := range ring {
		p[i] = spot{int32(point[0]), int32(-point[1])}
	}
	return p
}

// landOf makes polygons of coastlines, land on their left, within a frame. A line
// that ends inside of it — an extract cuts where it likes — is led to the
// nearest edge.
func landOf(lines []orb.LineString, frame orb.Bound) (land []orb.Polygon) {
	var shores []orb.LineString
	var holes []orb.Ring
	for _, whole := range lines {
		if ring := orb.Ring(whole); ring.Closed() && inside(frame, ring) {
			if ring.Orientation() == orb.CCW {
				land = append(land, orb.Polygon{ring})
			} else {
				holes = append(holes, ring)
			}
			continue
		}
		for _, shore := range clip.LineString(frame, toEdges(whole, frame)) {
			if len(shore) > 1 {
				shores = append(shores, shore)
			}
		}
	}
	if len(shores) > 0 {
		land = append(land, mainland(shores, frame)...)
	} else if len(land) == 0 {
		land = []orb.Polygon{{frame.ToRing()}}
	}
	for _, hole := range holes {
		for i := range land {
			if planar.RingContains(land[i][0], hole[0]) {
				land[i] = append(land[i], hole)
				break
			}
		}
	}
	return land
}

func inside(frame orb.Bound, ring orb.Ring) bool {
	b := ring.Bound()
	return frame.Contains(b.Min) && frame.Contains(b.Max)
}

// toEdges leads the ends of a line that lie inside the frame out to its nearest edge.
func toEdges(line orb.LineString, frame orb.Bound) orb.LineString {
	out := slices.Clone(line)
	if first := line[0]; frame.Contains(first) && first != line[len(line)-1] {
		out = append(orb.LineString{nearestEdge(first, frame)}, out...)
	}
	if last := line[len(line)-1]; frame.Contains(last) && last != line[0] {
		out = append(out, nearestEdge(last, frame))
	}
	return out
}

func nearestEdge(p orb.Point, frame orb.Bound) orb.Point {
	candidates := []orb.Point{
		{p[0], frame.Min[1]}, {p[0], frame.Max[1]}, {frame.Min[0], p[1]}, {frame.Max[0], p[1]},
	}
	return slices.MinFunc(candidates, func(a, b orb.Point) int {
		return cmp.Compare(planar.Distance(p, a), planar.Distance(p, b))
	})
}

// mainland closes shores along the frame: from where one leaves it, against the
// clock, to where the next comes in, so that land stays on the left.
func mainland(shores []orb.LineString, frame orb.Bound) (land []orb.Polygon) {
	slices.SortFunc(shores, func(a, b orb.LineString) int { return cmp.Compare(along(a[0], frame), along(b[0], frame)) })
	used := make([]bool, len(shores))
	for first := range shores {
		if used[first] {
			continue
		}
		var ring orb.Ring
		for at := first; !used[at]; {
			used[at] = true
			ring = append(ring, shores[at]...)
			leaves := along(shores[at][len(shores[at])-1], frame)
			next := slices.IndexFunc(shores, func(s orb.LineString) bool { return along(s[0], frame) >= leaves })
			round := next < 0
			if round {
				next = 0
			}
			ring = append(ring, corners(leaves, along(shores[next][0], frame), round, frame)...)
			at = next
		}
		land = append(land, orb.Polygon{append(ring, ring[0])})
	}
	return land
}

// along is how far round the frame a point of its edge lies, from 0 to 4 against
// the clock from the south-west.
func along(p orb.Point, frame orb.Bound) float64 {
	width, height := frame.Max[0]-frame.Min[0], frame.Max[1]-frame.Min[1]
	switch {
	case p[1] == frame.Min[1]:
		return (p[0] - frame.Min[0]) / width
	case p[0] == frame.Max[0]:
		return 1 + (p[1]-frame.Min[1])/height
	case p[1] == frame.Max[1]:
		return 2 + (frame.Max[0]-p[0])/width
	}
	return 3 + (frame.Max[1]-p[1])/height
}

// corners are those of the frame between two places of its edge; round tells that
// the way goes past the south-west.
func corners(from, to float64, round bool, frame orb.Bound) (points []orb.Point) {
	if round {
		to += 4
	}
	all := []orb.Point{frame.Min, {frame.Max[0], frame.Min[1]}, frame.Max, {frame.Min[0], frame.Max[1]}}
	for corner := int(math.Floor(from)) + 1; float64(corner) < to; corner++ {
		points = append(points, all[corner%4])
	}
	return points
}

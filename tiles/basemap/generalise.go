package basemap

import (
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"
)

// A tile is drawn on 512 pixels, so that a pixel has eight units.
const (
	pixel       = extent / 512
	tolerance   = pixel / 2         // of lines before the last zoom
	smallest    = 4 * pixel * pixel // area, before the last zoom
	shortest    = 2 * pixel         // line, likewise
	mergedUntil = 12                // lines are joined up to this zoom
)

// piece is a feature, or what of it lies in a part of the map, in units of one
// zoom's tiles.
type piece struct {
	said  *said
	shape orb.Geometry // Point, MultiLineString or Polygon
	bound orb.Bound
}

// at gives what a zoom shows of some features, in their order. Lines that say the
// same become one, as long as they can be.
func at(features []*feature, z int) (pieces []piece) {
	lines := make(map[*said][]path)
	for _, f := range features {
		switch {
		case f.said.from > z:
		case z <= mergedUntil && (f.said.form == line || f.said.form == outline):
			if lines[f.said] == nil {
				pieces = append(pieces, piece{said: f.said})
			}
			lines[f.said] = append(lines[f.said], f.paths...)
		default:
			pieces = append(pieces, piece{said: f.said, shape: shapeAt(f.said.form, f.paths, z)})
		}
	}
	for i := range pieces {
		p := &pieces[i]
		if paths := lines[p.said]; paths != nil {
			p.shape = shapeAt(line, join(paths), z)
		}
		if p.shape != nil {
			p.bound = p.shape.Bound()
		}
	}
	return slices.DeleteFunc(pieces, func(p piece) bool { return p.shape == nil })
}

// shapeAt is what is left of a geometry at a zoom; nil for nothing.
func shapeAt(form form, paths []path, z int) orb.Geometry {
	switch form {
	case point:
		return scaled(paths[0], z)[0]
	case area:
		return polygonAt(paths, z)
	case line, outline:
		return linesAt(paths, z)
	}
	return nil
}

// scaled brings a path from units of the world to those of a zoom.
func scaled(p path, z int) orb.LineString {
	unit := 1 / float64(int64(1)<<(LastZoom-z))
	points := make(orb.LineString, len(p))
	for i, s := range p {
		points[i] = orb.Point{float64(s.x) * unit, float64(s.y) * unit}
	}
	return points
}

func linesAt(paths []path, z int) orb.Geometry {
	var lines orb.MultiLineString
	for _, p := range paths {
		points := scaled(p, z)
		if z < LastZoom {
			points = simplify.DouglasPeucker(tolerance).LineString(points)
			if planar.Length(points) < shortest {
				continue
			}
		}
		lines = append(lines, points)
	}
	if len(lines) == 0 {
		return nil
	}
	return lines
}

func polygonAt(rings []path, z int) orb.Geometry {
	var polygon orb.Polygon
	for i, p := range rings {
		ring := orb.Ring(scaled(p, z))
		if z < LastZoom {
			ring = simplify.DouglasPeucker(tolerance).Ring(ring)
			size := planar.Area(ring)
			small := size < smallest && size > -smallest
			if len(ring) < 4 || small {
				if i == 0 {
					return nil
				}
				continue
			}
		}
		polygon = append(polygon, ring)
	}
	return polygon
}

// join makes long lines of those that meet end to end, where no third one does.
func join(paths []path) []path {
	ends := make(map[spot][]int)
	for i, p := range paths {
		ends[p[0]] = append(ends[p[0]], i)
		ends[p[len(p)-1]] = append(ends[p[len(p)-1]], i)
	}
	used := make([]bool, len(paths))
	// follow gives the path that goes on from a spot, begun there.
	follow := func(from spot) path {
		if len(ends[from]) != 2 {
			return nil
		}
		for _, i := range ends[from] {
			if used[i] {
				continue
			}
			used[i] = true
			if paths[i][0] == from {
				return paths[i]
			}
			return reversed(paths[i])
		}
		return nil
	}
	var long []path
	for i, p := range paths {
		if used[i] {
			continue
		}
		used[i] = true
		whole := append(path{}, p...)
		for range 2 { // forwards, then from the other end
			for next := follow(whole[len(whole)-1]); next != nil; next = follow(whole[len(whole)-1]) {
				whole = append(whole, next[1:]...)
			}
			whole = reversed(whole)
		}
		long = append(long, whole)
	}
	return long
}

func reversed(p path) path {
	q := make(path, len(p))
	for i, s := range p {
		q[len(p)-1-i] = s
	}
	return q
}

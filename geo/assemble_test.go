package geo

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// box is a closed line around a square.
func box(west, south, east, north float64) orb.LineString {
	return orb.LineString{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}
}

func TestAssemble(t *testing.T) {
	for _, c := range []struct {
		name         string
		outer, inner []orb.LineString
		polygons     int
		holes        int
		area         float64
		open         int
	}{
		{"one ring", []orb.LineString{box(0, 0, 4, 4)}, nil, 1, 0, 16, 0},
		{"a hole", []orb.LineString{box(0, 0, 4, 4)}, []orb.LineString{box(1, 1, 2, 2)}, 1, 1, 15, 0},
		{"pieces in any direction", []orb.LineString{
			{{0, 0}, {4, 0}}, {{0, 4}, {0, 0}}, {{0, 4}, {4, 4}, {4, 0}},
		}, nil, 1, 0, 16, 0},
		{"two outers", []orb.LineString{box(0, 0, 1, 1), box(2, 0, 3, 1)}, nil, 2, 0, 2, 0},
		{"an island in the hole", []orb.LineString{box(0, 0, 9, 9), box(2, 2, 3, 3)}, []orb.LineString{box(1, 1, 8, 8)}, 2, 1, 81 - 49 + 1, 0},
		{"holes that share an edge", []orb.LineString{box(0, 0, 9, 9)}, []orb.LineString{box(1, 1, 2, 2), box(2, 1, 3, 2)}, 1, 1, 79, 0},
		{"outers that touch in a corner", []orb.LineString{
			{{0, 0}, {1, 0}, {1, 1}, {2, 1}, {2, 2}, {1, 2}, {1, 1}, {0, 1}, {0, 0}},
		}, nil, 2, 0, 2, 0},
		{"a hole that touches the edge twice", []orb.LineString{box(0, 0, 4, 4)},
			[]orb.LineString{{{0, 2}, {2, 3}, {4, 2}, {2, 1}, {0, 2}}}, 1, 1, 12, 0},
		{"roles the wrong way round", []orb.LineString{box(1, 1, 2, 2)}, []orb.LineString{box(0, 0, 4, 4)}, 1, 1, 15, 0},
		{"a ring of both roles", []orb.LineString{{{0, 0}, {4, 0}, {4, 4}}}, []orb.LineString{{{4, 4}, {0, 4}, {0, 0}}}, 1, 0, 16, 0},
		{"an end is missing", []orb.LineString{{{0, 0}, {4, 0}, {4, 4}}}, nil, 0, 0, 0, 1},
		{"a ring and a loose end", []orb.LineString{box(0, 0, 4, 4), {{9, 9}, {8, 8}}}, nil, 1, 0, 16, 1},
		{"there and back", []orb.LineString{{{0, 0}, {4, 0}, {0, 0}}}, nil, 0, 0, 0, 0},
		{"there, back and there", []orb.LineString{{{0, 0}, {4, 0}, {0, 0}, {4, 0}, {4, 4}, {0, 0}}}, nil, 1, 0, 8, 0},
		{"repeated points", []orb.LineString{{{0, 0}, {0, 0}, {4, 0}, {4, 4}, {4, 4}, {0, 0}}}, nil, 1, 0, 8, 0},
		{"nothing", nil, nil, 0, 0, 0, 0},
		{"single points", []orb.LineString{{{1, 1}}, {}}, nil, 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			areas, open := Assemble(c.outer, c.inner)
			holes := 0
			for _, polygon := range areas {
				holes += len(polygon) - 1
				checkRings(t, polygon)
			}
			if len(areas) != c.polygons || holes != c.holes || len(open) != c.open {
				t.Errorf("%d polygons, %d holes, %d open: %v %v", len(areas), holes, len(open), areas, open)
			}
			if got := planar.Area(areas); math.Abs(got-c.area) > 1e-9 {
				t.Errorf("area %v, want %v", got, c.area)
			}
		})
	}
}

// checkRings wants closed rings, the outer one counter-clockwise, holes clockwise.
func checkRings(t *testing.T, polygon orb.Polygon) {
	t.Helper()
	for i, ring := range polygon {
		want := orb.CCW
		if i > 0 {
			want = orb.CW
		}
		if !ring.Closed() || ring.Orientation() != want {
			t.Errorf("ring %d of %v", i, polygon)
		}
	}
}

func TestAssembleOfManyRingsInOnePoint(t *testing.T) {
	// A star of 50,000 thin triangles would take hours if each step looked at all spokes.
	const spokes = 50_000
	var lines []orb.LineString
	for i := range spokes {
		a, b := float64(2*i)*math.Pi/spokes, float64(2*i+1)*math.Pi/spokes
		lines = append(lines, orb.LineString{{0, 0}, {math.Cos(a), math.Sin(a)}, {math.Cos(b), math.Sin(b)}, {0, 0}})
	}
	if areas, open := Assemble(lines, nil); len(areas) != spokes || len(open) != 0 {
		t.Errorf("%d areas, %d open", len(areas), len(open))
	}
}

func TestPointInside(t *testing.T) {
	for _, c := range []struct {
		name string
		g    orb.Geometry
		want orb.Point
	}{
		{"a node", orb.Point{1.23456789, 2}, orb.Point{1.2345679, 2}},
		{"a square", orb.Polygon{orb.Ring(box(0, 0, 4, 4))}, orb.Point{2, 2}},
		{"a square with a hole in the middle", orb.Polygon{orb.Ring(box(0, 0, 9, 9)), orb.Ring(box(3, 2, 7, 8))}, orb.Point{1.5, 5}},
		{"the wider of two", orb.MultiPolygon{{orb.Ring(box(0, 0, 1, 1))}, {orb.Ring(box(5, 0, 9, 1))}}, orb.Point{7, 0.5}},
		{"a crossed square", orb.Polygon{{{0, 0}, {4, 4}, {4, 0}, {0, 4}, {0, 0}}}, orb.Point{0.5, 2}},
		{"a line", orb.LineString{{0, 0}, {1, 1}, {5, 5}}, orb.Point{1, 1}},
		{"lines", orb.MultiLineString{{{3, 3}}, {{0, 0}, {1, 1}}}, orb.Point{3, 3}},
	} {
		got, ok := PointInside(c.g)
		if !ok || math.Abs(got[0]-c.want[0]) > 1 || math.Abs(got[1]-c.want[1]) > 1 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if polygon, is := c.g.(orb.Polygon); is && !planar.PolygonContains(polygon, got) {
			t.Errorf("%s: %v lies outside", c.name, got)
		}
	}
	for _, empty := range []orb.Geometry{nil, orb.Polygon{}, orb.MultiPolygon{}, orb.LineString{}, orb.MultiLineString{}, orb.Polygon{{}}} {
		if p, ok := PointInside(empty); ok {
			t.Errorf("%T has the point %v", empty, p)
		}
	}
}

func TestRegionAgreesWithPlanar(t *testing.T) {
	// A comb with a hole and an island: many edges in each band.
	var comb orb.Ring
	for i := range 50 {
		x := float64(i)
		comb = append(comb, orb.Point{x, 0}, orb.Point{x + 0.25, 10 - x/10}, orb.Point{x + 0.5, 1})
	}
	comb = append(comb, orb.Point{50, -5}, orb.Point{0, -5}, comb[0])
	area := orb.MultiPolygon{{comb, orb.Ring(box(10, -4, 20, -2))}, {orb.Ring(box(12, -3.5, 13, -3))}}
	region := NewRegion(area)
	inside := 0
	for i := range 200 {
		for j := range 200 {
			p := orb.Point{float64(i)*0.26 - 0.7, float64(j)*0.0793 - 5.3}
			want := planar.MultiPolygonContains(area, p)
			if region.Contains(p) != want {
				t.Fatalf("%v: %v", p, !want)
			}
			if want {
				inside++
			}
		}
	}
	if inside < 5000 || inside > 35000 {
		t.Errorf("%d of 40,000 points inside: the comb is not a test", inside)
	}
	if NewRegion(nil).Contains(orb.Point{}) {
		t.Error("nothing contains something")
	}
}

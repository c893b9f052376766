package geo

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

func TestHilbertIsAContiguousWalk(t *testing.T) {
	const order = 5
	seen := make(map[uint64][2]uint32)
	for x := uint32(0); x < 1<<order; x++ {
		for y := uint32(0); y < 1<<order; y++ {
			seen[HilbertXY(x, y, order)] = [2]uint32{x, y}
		}
	}
	if len(seen) != 1<<(2*order) {
		t.Fatalf("%d distinct keys, want %d", len(seen), 1<<(2*order))
	}
	for d := uint64(1); d < uint64(len(seen)); d++ {
		a, b := seen[d-1], seen[d]
		step := math.Abs(float64(a[0])-float64(b[0])) + math.Abs(float64(a[1])-float64(b[1]))
		if step != 1 {
			t.Fatalf("keys %d and %d are %v cells apart", d-1, d, step)
		}
	}
}

func TestHilbertTileRangeHoldsExactlyTheTile(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		p := orb.Point{random.Float64()*360 - 180, random.Float64()*170 - 85}
		q := orb.Point{p[0] + random.NormFloat64()*0.01, p[1] + random.NormFloat64()*0.01}
		z := random.IntN(19)
		tile := maptile.At(p, maptile.Zoom(z))
		first, last := HilbertTileRange(z, tile.X, tile.Y)
		if key := Hilbert(p); key < first || key > last {
			t.Fatalf("%v: key %d outside %d–%d of tile %v", p, key, first, last, tile)
		}
		key := Hilbert(q)
		if inside := key >= first && key <= last; inside != (maptile.At(q, maptile.Zoom(z)) == tile) {
			t.Fatalf("%v in tile %v: %v", q, tile, inside)
		}
	}
}

func TestUnprojectInvertsMercator(t *testing.T) {
	for _, p := range []orb.Point{{0, 0}, {7.42, 43.73}, {-180, 85}, {179.9999999, -85}} {
		x, y := Mercator(p)
		if q := Unproject(x, y); math.Abs(p[0]-q[0]) > 1e-9 || math.Abs(p[1]-q[1]) > 1e-9 {
			t.Errorf("%v came back as %v", p, q)
		}
	}
}

func TestParseBBox(t *testing.T) {
	good := map[string]BBox{
		"7.4,43.7,7.5,43.8":     {7.4, 43.7, 7.5, 43.8},
		"7.4,43.7,0,7.5,43.8,9": {7.4, 43.7, 7.5, 43.8},
		"170,-10,-170,10":       {170, -10, -170, 10},
		" 1 , 2 , 3 , 4 ":       {1, 2, 3, 4},
	}
	for text, want := range good {
		if got, err := ParseBBox(text); err != nil || got != want {
			t.Errorf("ParseBBox(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1,2,3", "a,b,c,d", "1,5,2,4", "0,-91,1,0", "0,0,NaN,1", "0,0,Inf,1", "-181,0,0,1"} {
		if got, err := ParseBBox(text); err == nil {
			t.Errorf("ParseBBox(%q) = %v, want an error", text, got)
		}
	}
}

func TestBBoxContainsAcrossTheAntimeridian(t *testing.T) {
	fiji := BBox{West: 177, South: -20, East: -178, North: -15}
	for p, want := range map[orb.Point]bool{
		{178, -17}: true, {-179, -17}: true, {180, -17}: true, {0, -17}: false, {178, -21}: false,
	} {
		if got := fiji.Contains(p); got != want {
			t.Errorf("Contains(%v) = %v", p, got)
		}
	}
	if len(fiji.Bounds()) != 2 {
		t.Errorf("Bounds = %v, want two", fiji.Bounds())
	}
}

func TestCanonicalForgetsWhereRingsBegin(t *testing.T) {
	outer := orb.Ring{{0, 0}, {9, 0}, {9, 9}, {0, 9}, {0, 0}}
	turned := orb.Ring{{9, 9}, {0, 9}, {0, 0}, {9, 0}, {9, 9}}
	holeA, holeB := orb.Ring{{1, 1}, {1, 2}, {2, 2}, {1, 1}}, orb.Ring{{5, 5}, {5, 6}, {6, 6}, {5, 5}}
	far := orb.Polygon{{{20, 20}, {21, 20}, {21, 21}, {20, 20}}}
	a := Canonical(orb.MultiPolygon{{outer, holeA, holeB}, far})
	b := Canonical(orb.MultiPolygon{far, {turned, holeB, holeA}})
	if !orb.Equal(a, b) {
		t.Errorf("%v and %v differ", a, b)
	}
	if c := Canonical(orb.MultiPolygon{{outer, holeA}, far}); orb.Equal(a, c) {
		t.Error("an area without one of its holes is taken for the same")
	}
	for _, g := range []orb.Geometry{orb.Point{1, 2}, orb.LineString{{1, 2}, {0, 0}}, orb.Polygon{{}}, orb.Polygon{{{1, 1}}}} {
		if !orb.Equal(Canonical(g), g) {
			t.Errorf("%v became %v", g, Canonical(g))
		}
	}
}

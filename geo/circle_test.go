package geo

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"
)

func TestCircle(t *testing.T) {
	t.Parallel()
	for _, centre := range []orb.Point{{-1.55, 47.21}, {0, 0}, {170, -60}} {
		circle := Circle(centre, 500)
		ring := circle[0]
		if len(ring) != circleCorners+1 || !ring.Closed() || ring.Orientation() != orb.CCW {
			t.Errorf("%v: %d corners, %v", centre, len(ring), ring.Orientation())
		}
		for _, corner := range ring {
			if far := orbgeo.DistanceHaversine(centre, corner); math.Abs(far-500) > 0.5 {
				t.Errorf("%v: a corner at %.2f m", centre, far)
			}
		}
		if area := orbgeo.Area(circle); math.Abs(area/(math.Pi*500*500)-1) > 0.02 {
			t.Errorf("%v: %.0f m²", centre, area)
		}
	}
}

package geo

import (
	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"
)

// circleCorners makes a circle that nobody tells from a round one on a map of a town:
// its edge is at most 0.5 % of the radius inside of it.
const circleCorners = 32

// Circle is the polygon around a point (longitude, latitude) at a distance in metres, its
// ring closed and counter-clockwise (RFC 7946, 3.1.6).
func Circle(centre orb.Point, radiusMetres float64) orb.Polygon {
	ring := make(orb.Ring, 0, circleCorners+1)
	for i := range circleCorners {
		bearing := -360 * float64(i) / circleCorners
		ring = append(ring, orbgeo.PointAtBearingAndDistance(centre, bearing, radiusMetres))
	}
	return orb.Polygon{append(ring, ring[0])}
}

package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// MaxLatitude is where web mercator (EPSG:3857) is cut so that the world is a square, in degrees.
const MaxLatitude = 85.05112877980659

// Mercator projects a point to the unit square of web mercator: x grows east
// and y grows south, both in [0, 1]. Latitudes beyond ±MaxLatitude are clamped.
func Mercator(p orb.Point) (x, y float64) {
	lat := min(max(p[1], -MaxLatitude), MaxLatitude) * math.Pi / 180
	x = p[0]/360 + 0.5
	y = 0.5 - math.Log(math.Tan(math.Pi/4+lat/2))/(2*math.Pi)
	return min(max(x, 0), 1), min(max(y, 0), 1)
}

// Unproject is the inverse of Mercator.
func Unproject(x, y float64) orb.Point {
	lat := 2*math.Atan(math.Exp((0.5-y)*2*math.Pi)) - math.Pi/2
	return orb.Point{(x - 0.5) * 360, lat * 180 / math.Pi}
}

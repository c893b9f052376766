package moderation

import (
	"encoding/json"
	"slices"

	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"

	"cartoquartiers/internal/fault"
)

// MaxCorners and MaxAreaKm2 bound an area that somebody draws: a town, not a country.
const (
	MaxCorners = 500
	MaxAreaKm2 = 1000
)

// ReadArea reads a GeoJSON polygon, or the feature that it is the geometry of. Faults:
// Invalid, about the field /area, for what is no polygon of the size of a town.
func ReadArea(text []byte) (orb.Polygon, error) {
	notOne := fault.InvalidField("/area", "must be a GeoJSON polygon, longitude before latitude")
	polygon, ok := polygonIn(text)
	if !ok || len(polygon) == 0 {
		return nil, notOne
	}
	corners := 0
	for _, ring := range polygon {
		corners += len(ring)
		if len(ring) < 4 || !ring.Closed() || !slices.ContainsFunc(ring, func(p orb.Point) bool { return p != ring[0] }) {
			return nil, notOne
		}
		for _, p := range ring {
			if !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90) {
				return nil, notOne
			}
		}
	}
	if corners > MaxCorners || orbgeo.Area(polygon) > MaxAreaKm2*1e6 {
		return nil, fault.InvalidField("/area", "an area has at most %d corners and %d km²", MaxCorners, MaxAreaKm2)
	}
	return polygon, nil
}

func polygonIn(text []byte) (orb.Polygon, bool) {
	var feature struct {
		Type     string
		Geometry json.RawMessage
	}
	if json.Unmarshal(text, &feature) == nil && feature.Type == "Feature" {
		text = feature.Geometry
	}
	var shape struct { // not geojson.Geometry, which a collection of null makes panic
		Type        string
		Coordinates orb.Polygon
	}
	err := json.Unmarshal(text, &shape)
	return shape.Coordinates, err == nil && shape.Type == "Polygon"
}

package importers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"cartoquartiers/internal/fault"
)

// defaultLevel is that of a quarter, for a file that does not say.
const defaultLevel = 10

// ReadTerritory reads the area of a GeoJSON file (RFC 7946): all polygons of its features
// together. Faults are Invalid and say where in the file.
func ReadTerritory(path string) (orb.MultiPolygon, error) {
	features, err := readFeatures(path)
	if err != nil {
		return nil, err
	}
	var territory orb.MultiPolygon
	for i, feature := range features {
		area, err := areaOf(feature)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s: feature %d: %v", path, i+1, err)
		}
		territory = append(territory, area...)
	}
	return territory, nil
}

// ReadNeighbourhoods reads one neighbourhood per feature of a GeoJSON file. The
// name is in a property "name", "nom" or "libelle", the identity in the
// feature's id or a property "id", "code" or "insee", else the name; "level" is
// as in Boundary. Letter case of properties does not matter. Faults are Invalid and say which feature.
func ReadNeighbourhoods(path string) ([]Boundary, error) {
	features, err := readFeatures(path)
	if err != nil {
		return nil, err
	}
	boundaries := make([]Boundary, len(features))
	seen := make(map[string]int)
	for i, feature := range features {
		if boundaries[i], err = boundaryOf(feature); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s: feature %d: %v", path, i+1, err)
		}
		if before, twice := seen[boundaries[i].Ref]; twice {
			return nil, fault.New(fault.Invalid, "%s: features %d and %d are both %q", path, before, i+1, boundaries[i].Ref)
		}
		seen[boundaries[i].Ref] = i + 1
	}
	return boundaries, nil
}

func readFeatures(path string) ([]*geojson.Feature, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the file %s cannot be opened", path)
	}
	var any json.RawMessage
	if err := json.Unmarshal(text, &any); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s is not JSON%s", path, placeOf(err, text))
	}
	features, err := parseFeatures(text)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s is not GeoJSON: %v", path, err)
	}
	if len(features) == 0 {
		return nil, fault.New(fault.Invalid, "%s has no feature", path)
	}
	return features, nil
}

// parseFeatures takes a collection, one feature, or a bare geometry.
func parseFeatures(text []byte) (features []*geojson.Feature, err error) {
	defer func() { // the library does so over a null in a collection of geometries
		if recover() != nil {
			features, err = nil, errors.New("a geometry in it is null")
		}
	}()
	var head struct{ Type string }
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, err
	}
	switch head.Type {
	case "FeatureCollection":
		collection, err := geojson.UnmarshalFeatureCollection(text)
		if err != nil {
			return nil, err
		}
		return collection.Features, nil
	case "Feature":
		feature, err := geojson.UnmarshalFeature(text)
		return []*geojson.Feature{feature}, err
	case "":
		return nil, errors.New(`it has no "type"`)
	}
	geometry, err := geojson.UnmarshalGeometry(text)
	if err != nil {
		return nil, err
	}
	return []*geojson.Feature{geojson.NewFeature(geometry.Geometry())}, nil
}

// placeOf says where JSON breaks, when the error knows.
func placeOf(err error, text []byte) string {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return ""
	}
	before := text[:min(int(syntax.Offset), len(text))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf(" at line %d (byte %d)", line, syntax.Offset)
}

func areaOf(feature *geojson.Feature) (orb.MultiPolygon, error) {
	var area orb.MultiPolygon
	switch g := feature.Geometry.(type) {
	case orb.Polygon:
		area = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		area = g
	default:
		return nil, fmt.Errorf("a polygon is needed, not %s", kindOf(feature.Geometry))
	}
	for _, polygon := range area {
		if err := checkPolygon(polygon); err != nil {
			return nil, err
		}
	}
	return area, nil
}

func kindOf(g orb.Geometry) string {
	if g == nil {
		return "an absent geometry"
	}
	return "a " + g.GeoJSONType()
}

func checkPolygon(polygon orb.Polygon) error {
	if len(polygon) == 0 {
		return errors.New("the polygon has no ring")
	}
	for _, ring := range polygon {
		if len(ring) < 4 || !ring.Closed() {
			return errors.New("a ring needs four points or more, and must end where it began")
		}
		for _, p := range ring {
			if !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90) {
				return fmt.Errorf("%v is not a longitude and a latitude in degrees; GeoJSON is always WGS 84 (RFC 7946)", p)
			}
		}
	}
	return nil
}

func boundaryOf(feature *geojson.Feature) (Boundary, error) {
	area, err := areaOf(feature)
	if err != nil {
		return Boundary{}, err
	}
	name := property(feature, "name", "nom", "libelle")
	if name == "" {
		return Boundary{}, errors.New(`a neighbourhood needs a property "name" (or "nom", "libelle")`)
	}
	boundary := Boundary{Name: name, Ref: name, Level: defaultLevel, Area: area}
	if feature.ID != nil {
		boundary.Ref = fmt.Sprint(feature.ID)
	} else if id := property(feature, "id", "code", "insee"); id != "" {
		boundary.Ref = id
	}
	if level := property(feature, "level"); level != "" {
		if boundary.Level, err = strconv.Atoi(level); err != nil {
			return Boundary{}, fmt.Errorf("level %q is not a whole number", level)
		}
	}
	return boundary, nil
}

// property is the first of these that the feature has, as text.
func property(feature *geojson.Feature, names ...string) string {
	for _, name := range names {
		for key, value := range feature.Properties {
			if strings.EqualFold(key, name) && value != nil {
				return strings.TrimSpace(fmt.Sprint(value))
			}
		}
	}
	return ""
}

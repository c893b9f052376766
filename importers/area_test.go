package importers_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cartoquartiers/importers"
	"cartoquartiers/internal/fault"
)

const ring = `[[[7,43],[8,43],[8,44],[7,44],[7,43]]]`

func save(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "area.geojson")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func feature(properties, geometry string) string {
	return `{"type":"Feature","properties":` + properties + `,"geometry":` + geometry + `}`
}

func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

func TestReadNeighbourhoods(t *testing.T) {
	t.Parallel()
	polygon := `{"type":"Polygon","coordinates":` + ring + `}`
	boundaries, err := importers.ReadNeighbourhoods(save(t, collection(
		feature(`{"NOM":"Île de Nantes","code":7}`, polygon),
		feature(`{"name":"Bottière","level":11}`, `{"type":"MultiPolygon","coordinates":[`+ring+`]}`),
	)))
	if err != nil {
		t.Fatal(err)
	}
	first, second := boundaries[0], boundaries[1]
	if first.Name != "Île de Nantes" || first.Ref != "7" || first.Level != 10 || second.Ref != "Bottière" || second.Level != 11 {
		t.Errorf("read %+v", boundaries)
	}
}

func TestReadTerritoryTakesBareGeometries(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"type":"Polygon","coordinates":` + ring + `}`,
		feature(`{}`, `{"type":"Polygon","coordinates":`+ring+`}`),
		collection(feature(`null`, `{"type":"MultiPolygon","coordinates":[`+ring+`]}`)),
	} {
		if territory, err := importers.ReadTerritory(save(t, text)); err != nil || len(territory) != 1 {
			t.Errorf("%s: %v, %v", text, territory, err)
		}
	}
}

func TestReadAreasSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	polygon := `{"type":"Polygon","coordinates":` + ring + `}`
	for want, text := range map[string]string{
		"line 2":                  "{\n<<<<<<< HEAD",
		"is not JSON":             "",
		`no "type"`:               `{}`,
		"has no feature":          collection(),
		"geometry in it is null":  collection(feature(`{"name":"A"}`, `{"type":"GeometryCollection","geometries":[null]}`)),
		"feature 2: a polygon is": collection(feature(`{"name":"A"}`, polygon), feature(`{"name":"B"}`, `{"type":"Point","coordinates":[1,2]}`)),
		"absent geometry":         collection(feature(`{"name":"A"}`, `null`)),
		`a property "name"`:       collection(feature(`{}`, polygon)),
		"features 1 and 2":        collection(feature(`{"name":"A"}`, polygon), feature(`{"name":"A"}`, polygon)),
		"four points":             collection(feature(`{"name":"A"}`, `{"type":"Polygon","coordinates":[[[1,2],[1,2]]]}`)),
		"WGS 84":                  collection(feature(`{"name":"A"}`, `{"type":"Polygon","coordinates":[[[352000,6689000],[1,2],[2,2],[352000,6689000]]]}`)),
		"level":                   collection(feature(`{"name":"A","level":"x"}`, polygon)),
	} {
		_, err := importers.ReadNeighbourhoods(save(t, text))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	if _, err := importers.ReadTerritory("no/such/file"); !fault.Is(err, fault.Invalid) {
		t.Errorf("absent file: %v", err)
	}
}

func TestReadRealAreas(t *testing.T) {
	t.Parallel()
	const opendata = "../../shared/data/opendata/"
	if _, err := os.Stat(opendata); err != nil {
		t.Skip("the real files are not beside the project: ", err)
	}
	communes, err := importers.ReadNeighbourhoods(opendata + "communes-44.geojson")
	if err != nil || len(communes) != 208 {
		t.Errorf("%d communes, %v", len(communes), err)
	}
	_, err = importers.ReadTerritory(opendata + "nantes-2014-equipub-viesociale-vieassociative.geojson")
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "line") {
		t.Errorf("the file with a conflict marker: %v", err)
	}
}

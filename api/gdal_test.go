package api_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ogrinfo runs GDAL's reader (https://gdal.org/en/stable/programs/ogrinfo.html).
func ogrinfo(t *testing.T, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("ogrinfo")
	if err != nil {
		t.Skip("ogrinfo is not installed; on Debian: apt-get install gdal-bin")
	}
	command := exec.CommandContext(t.Context(), program, append([]string{"-ro"}, args...)...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("ogrinfo %v: %v\n%s", args, err, output)
	}
	return string(output)
}

var featureCount = regexp.MustCompile(`Feature Count: (\d+)`)

func TestGDALReadsEveryFeatureOfEveryCollection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crowd(7, 450)...)
	layers := ogrinfo(t, "OAPIF:"+w.url+"/ogc")
	for _, name := range []string{"places", "neighbourhoods", "categories"} {
		if !strings.Contains(layers, name) {
			t.Fatalf("no layer %s in:\n%s", name, layers)
		}
	}
	matched := 0
	w.count(&matched, "/ogc/collections/places/items?limit=1")
	for name, want := range map[string]int{"places": matched, "neighbourhoods": 3, "categories": 74} {
		output := ogrinfo(t, "-al", "-oo", "PAGE_SIZE=100", "OAPIF:"+w.url+"/ogc/collections/"+name)
		if got := strings.Count(output, "\nOGRFeature("); got != want {
			t.Errorf("GDAL reads %d features of %s, want %d", got, name, want)
		}
		if found := featureCount.FindStringSubmatch(output); found == nil || found[1] != fmt.Sprint(want) {
			t.Errorf("GDAL counts %v features of %s, want %d", found, name, want)
		}
	}
	filtered := ogrinfo(t, "-al", "-so", "-spat", "0", "0", "1", "1", "OAPIF:"+w.url+"/ogc/collections/places")
	w.count(&matched, "/ogc/collections/places/items?limit=1&bbox=0,0,1,1")
	if found := featureCount.FindStringSubmatch(filtered); found == nil || found[1] != fmt.Sprint(matched) {
		t.Errorf("GDAL counts %v features in a box, want %d", found, matched)
	}
}

func TestGDALReadsTheFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, crowd(8, 350)...)
	matched := 0
	w.count(&matched, "/ogc/collections/places/items?limit=1")
	for format, name := range map[string]string{"geojsonl": "places.geojsonl", "geojsonseq": "places.geojsons", "csv": "places.csv"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(w.body(200, "/ogc/collections/places/items?f="+format)), 0o600); err != nil {
			t.Fatal(err)
		}
		output := ogrinfo(t, "-al", "-oo", "X_POSSIBLE_NAMES=longitude", "-oo", "Y_POSSIBLE_NAMES=latitude", path)
		if got := strings.Count(output, "\nOGRFeature("); got != matched {
			t.Errorf("%s: GDAL reads %d features, want %d", format, got, matched)
		}
		if got := strings.Count(output, "\n  POINT ("); got != matched {
			t.Errorf("%s: GDAL reads %d points, want %d", format, got, matched)
		}
	}
}

// GDAL 3.6, which Debian 12 has, reads OGC API – Features and does not write it.
// When it learns to, this test fails, and docs/api.md can say how.
func TestGDALDoesNotWriteYet(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("ogr2ogr")
	if err != nil {
		t.Skip("ogr2ogr is not installed; on Debian: apt-get install gdal-bin")
	}
	w := newWorld(t, crowd(7, 3)...)
	file := filepath.Join(t.TempDir(), "new.geojson")
	if err := os.WriteFile(file, []byte(newFeature), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := exec.CommandContext(t.Context(), program, "-append", "OAPIF:"+w.url+"/ogc", file, "-nln", "places").CombinedOutput()
	if err == nil {
		t.Errorf("GDAL writes: %s", output)
	}
	t.Logf("%s", output)
	matched := 0
	if w.count(&matched, itemsPath+"?limit=1&state=open,closed,closed_temporarily"); matched != 3 {
		t.Errorf("there are %d places now", matched)
	}
}

// count asks for numberMatched.
func (w *world) count(matched *int, path string) {
	w.t.Helper()
	var page list
	w.into(&page, path)
	*matched = page.NumberMatched
}

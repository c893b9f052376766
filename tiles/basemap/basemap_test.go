package basemap

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"
	"github.com/paulmach/orb/planar"

	"cartoquartiers/internal/fault"
	"cartoquartiers/tiles/pmtiles"
)

// square is a closed line around a point, half a side in degrees.
func square(lon, lat, half float64) orb.LineString {
	return orb.LineString{{lon - half, lat - half}, {lon + half, lat - half}, {lon + half, lat + half}, {lon - half, lat + half}, {lon - half, lat - half}}
}

// filled is an object with an area, as a closed way is.
func filled(ring orb.LineString, tags ...string) Object {
	return Object{Tags: tagged(tags), Line: ring, Areas: orb.MultiPolygon{{orb.Ring(ring)}}}
}

func tagged(pairs []string) map[string]string {
	tags := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		tags[pairs[i]] = pairs[i+1]
	}
	return tags
}

// village has one of everything, around (-1.55, 47.21).
func village() []Object {
	lines := func(tags ...string) Object {
		return Object{Tags: tagged(tags), Line: orb.LineString{{-1.56, 47.2}, {-1.55, 47.21}, {-1.53, 47.22}}}
	}
	return []Object{
		filled(square(-1.55, 47.21, 0.0003), "building", "yes", "height", "12.5"),
		filled(square(-1.55, 47.21, 0.003), "leisure", "park", "name", "Parc"),
		filled(square(-1.54, 47.215, 0.004), "natural", "water", "water", "lake", "name", "Étang"),
		lines("highway", "primary_link", "name", "Rue de l'Étang", "name:fr", "Rue", "bridge", "yes", "oneway", "yes"),
		lines("highway", "footway", "tunnel", "yes"),
		lines("waterway", "river", "name", "La Rivière"),
		lines("railway", "tram"),
		{Tags: tagged([]string{"boundary", "administrative", "admin_level", "8"}), Areas: orb.MultiPolygon{{orb.Ring(square(-1.55, 47.21, 0.02))}}},
		{Tags: tagged([]string{"place", "village", "name", "Le Bourg", "population", "2500"}), Point: orb.Point{-1.55, 47.21}},
	}
}

// cut makes all tiles of some objects.
func cut(t testing.TB, objects ...Object) map[maptile.Tile]mvt.Layers {
	t.Helper()
	builder := NewBuilder()
	for _, o := range objects {
		if Draws(o.Tags) {
			builder.Add(o)
		}
	}
	all := make(map[maptile.Tile]mvt.Layers)
	last := uint64(0)
	err := builder.Tiles(t.Context(), 0, func(z int, x, y uint32, tile []byte) error {
		if id := pmtiles.ID(z, x, y); id < last {
			t.Errorf("%d/%d/%d comes too late", z, x, y)
		} else {
			last = id
		}
		layers, err := mvt.Unmarshal(tile)
		if err != nil {
			t.Fatalf("%d/%d/%d: %v", z, x, y, err)
		}
		all[maptile.New(x, y, maptile.Zoom(z))] = layers
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// find gives the features of a layer and kind in the tile around a point.
func find(all map[maptile.Tile]mvt.Layers, at orb.Point, z maptile.Zoom, layer, kind string) (found []*geojson.Feature) {
	for _, l := range all[maptile.At(at, z)] {
		if l.Name != layer {
			continue
		}
		for _, f := range l.Features {
			if f.Properties["kind"] == kind {
				found = append(found, f)
			}
		}
	}
	return found
}

func TestEachLayerIsThere(t *testing.T) {
	t.Parallel()
	all := cut(t, village()...)
	middle := orb.Point{-1.55, 47.21}
	for want, about := range map[[2]string]string{
		{"earth", "earth"}: "", {"buildings", "building"}: "height:12", {"landuse", "park"}: "", {"roads", "path"}: "is_tunnel:true",
		{"roads", "major_road"}: "is_bridge:true is_link:true kind:major_road kind_detail:primary name:Rue de l'Étang name:fr:Rue oneway:yes",
		{"water", "river"}:      "name:La Rivière", {"roads", "rail"}: "kind_detail:tram", {"places", "locality"}: "kind_detail:village min_zoom:11 name:Le Bourg population:2500",
	} {
		found := find(all, middle, 15, want[0], want[1])
		if len(found) != 1 {
			t.Errorf("%d of %v at zoom 15", len(found), want)
			continue
		}
		if got := fmt.Sprint(found[0].Properties); !strings.Contains(got, about) {
			t.Errorf("%v says %s, not %s", want, got, about)
		}
	}
	if lakes := find(all, orb.Point{-1.54, 47.215}, 14, "water", "lake"); len(lakes) != 1 {
		t.Errorf("%d lakes", len(lakes))
	}
	if borders := find(all, orb.Point{-1.57, 47.21}, 14, "boundaries", "locality"); len(borders) != 1 {
		t.Errorf("%d borders", len(borders))
	}
	if early := find(all, middle, 11, "buildings", "building"); len(early) != 0 {
		t.Errorf("%d buildings at zoom 11", len(early))
	}
}

// TestWhatLiesWhere compares the geometry of tiles with that of the objects.
func TestWhatLiesWhere(t *testing.T) {
	t.Parallel()
	all := cut(t, village()...)
	for tile, layers := range all {
		layers.ProjectToWGS84(tile)
		for _, layer := range layers {
			for _, f := range layer.Features {
				checkShape(t, tile, f)
			}
		}
	}
	park := orb.Bound{Min: orb.Point{-1.553, 47.207}, Max: orb.Point{-1.547, 47.213}}
	size := 0.0
	for tile, layers := range all {
		for _, f := range featuresOf(layers, tile.Z == 15, "landuse", "park") {
			size += planar.Area(clipTo(tile, f.Geometry))
		}
	}
	if want := planar.Area(park.ToPolygon()); size < want*0.98 || size > want*1.02 {
		t.Errorf("the park of all tiles is %g square degrees, not %g", size, want)
	}
}

func featuresOf(layers mvt.Layers, wanted bool, layer, kind string) (found []*geojson.Feature) {
	for _, l := range layers {
		if wanted && l.Name == layer {
			for _, f := range l.Features {
				if f.Properties["kind"] == kind {
					found = append(found, f)
				}
			}
		}
	}
	return found
}

// clipTo leaves the buffer of a tile out.
func clipTo(tile maptile.Tile, g orb.Geometry) orb.Geometry {
	b, own := g.Bound(), tile.Bound()
	return orb.Bound{
		Min: orb.Point{max(b.Min[0], own.Min[0]), max(b.Min[1], own.Min[1])},
		Max: orb.Point{max(min(b.Max[0], own.Max[0]), own.Min[0]), max(min(b.Max[1], own.Max[1]), own.Min[1])},
	}.ToPolygon() // squares only
}

func checkShape(t *testing.T, tile maptile.Tile, f *geojson.Feature) {
	t.Helper()
	if polygon, ok := f.Geometry.(orb.Polygon); ok {
		for i, ring := range polygon {
			if !ring.Closed() || (ring.Orientation() == orb.CW) != (i == 0) {
				t.Errorf("%v: ring %d of %v is wound wrongly", tile, i, f.Properties)
			}
		}
	}
	around := tile.Bound().Pad(0.05 * (tile.Bound().Max[0] - tile.Bound().Min[0]))
	if b := f.Geometry.Bound(); !around.Contains(b.Min) || !around.Contains(b.Max) {
		t.Errorf("%v: %v reaches to %v", tile, f.Properties, b)
	}
}

// TestNamesAreWrittenOnce: a name at the edge of two tiles is in one of them.
func TestNamesAreWrittenOnce(t *testing.T) {
	t.Parallel()
	edge := maptile.New(16230, 11500, 15).Bound().Min
	all := cut(t, Object{Tags: tagged([]string{"place", "hamlet", "name", "Le Coin"}), Point: edge}, filled(square(edge[0], edge[1], 0.01), "landuse", "forest"))
	count := 0
	for tile, layers := range all {
		count += len(featuresOf(layers, tile.Z == 15, "places", "locality"))
	}
	if count != 1 {
		t.Errorf("the name is in %d tiles", count)
	}
}

func TestLinesBecomeLong(t *testing.T) {
	t.Parallel()
	a, b, c, d := spot{0, 0}, spot{10, 0}, spot{20, 0}, spot{20, 10}
	joined := join([]path{{b, c}, {b, a}, {c, d}})
	if len(joined) != 1 || len(joined[0]) != 4 {
		t.Errorf("three that follow each other are %v", joined)
	}
	cross := join([]path{{a, b}, {b, c}, {b, d}})
	if len(cross) != 3 {
		t.Errorf("three that meet are %v", cross)
	}
	if ring := join([]path{{a, b}, {b, c}, {c, a}}); len(ring) != 1 || ring[0][0] != ring[0][len(ring[0])-1] {
		t.Errorf("a ring is %v", ring)
	}
}

// TestTheSeaIsToTheRight of a coast, whatever is cut off it.
func TestTheSeaIsToTheRight(t *testing.T) {
	t.Parallel()
	town := filled(square(7.4, 43.7, 0.05), "landuse", "residential")
	coast := func(line orb.LineString) Object {
		return Object{Tags: tagged([]string{"natural", "coastline"}), Line: line}
	}
	north, south := orb.Point{7.4, 43.73}, orb.Point{7.4, 43.67}
	eastward := orb.LineString{{7.2, 43.7}, {7.6, 43.7}} // land in the north
	stub := orb.LineString{{7.37, 43.7}, {7.43, 43.7}}   // ends inside
	cut1, cut2 := stub[:1:1], orb.LineString{{7.4, 43.7}, {7.43, 43.7}}
	cut1 = append(cut1, orb.Point{7.4, 43.7})
	westward := slices.Clone(eastward)
	westward.Reverse()
	island := square(7.4, 43.73, 0.01)
	for name, c := range map[string]struct {
		coasts    []orb.LineString
		land, sea orb.Point
	}{
		"across": {[]orb.LineString{eastward}, north, south}, "the other way": {[]orb.LineString{westward}, south, north},
		"cut off": {[]orb.LineString{stub}, north, south}, "in two pieces": {[]orb.LineString{cut2, cut1}, north, south},
		"an island": {[]orb.LineString{island}, north, south},
	} {
		objects := []Object{town}
		for _, line := range c.coasts {
			objects = append(objects, coast(line))
		}
		all := cut(t, objects...)
		if len(find(all, c.land, 15, "earth", "earth")) != 1 || len(find(all, c.land, 15, "water", "ocean")) != 0 {
			t.Errorf("%s: no land where land is", name)
		}
		if len(find(all, c.sea, 15, "earth", "earth")) != 0 || len(find(all, c.sea, 15, "water", "ocean")) != 1 {
			t.Errorf("%s: no sea where the sea is", name)
		}
	}
	inland := cut(t, town)
	if len(find(inland, south, 15, "earth", "earth")) != 1 || len(find(inland, south, 15, "water", "ocean")) != 0 {
		t.Error("without a coast there is sea")
	}
}

func TestNothingIsNoMap(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/none.pmtiles"
	if _, err := NewBuilder().Write(t.Context(), path, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty extract: %v", err)
	}
}

func TestABuildThatIsCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	builder := NewBuilder()
	for _, o := range village() {
		builder.Add(o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	path := t.TempDir() + "/map.pmtiles"
	_, err := builder.Write(ctx, path, func(r Report) {
		if r.Tiles == 3 {
			cancel()
		}
	})
	if err == nil {
		t.Fatal("it went on")
	}
	if _, err := pmtiles.Open(path); err == nil {
		t.Error("there is an archive")
	}
}

// TestATerritoryCuts leaves out what lies beyond it, and nothing of what is in it.
func TestATerritoryCuts(t *testing.T) {
	t.Parallel()
	park := filled(square(-1.55, 47.21, 0.003), "leisure", "park")
	far := filled(square(-1.40, 47.21, 0.003), "leisure", "park", "name", "Loin")
	road := Object{Tags: tagged([]string{"highway", "primary", "name", "Route"}), Line: orb.LineString{{-1.56, 47.21}, {-1.40, 47.21}}}
	away := Object{Tags: tagged([]string{"place", "village", "name", "Ailleurs"}), Point: orb.Point{-1.40, 47.21}}
	builder := NewBuilder()
	area := orb.Ring(square(-1.55, 47.21, 0.01))
	builder.Within(orb.MultiPolygon{{area}})
	for _, o := range []Object{park, far, road, away} {
		builder.Add(o)
	}
	around := area.Bound().Pad(0.03) // 500 m, and the tile that they lie in
	parks := 0
	err := builder.Tiles(t.Context(), 15, func(z int, x, y uint32, text []byte) error {
		tile := maptile.New(x, y, maptile.Zoom(z))
		if !around.Intersects(tile.Bound()) {
			t.Errorf("%v is a tile", tile)
		}
		layers, err := mvt.Unmarshal(text)
		if err != nil {
			return err
		}
		parks += len(featuresOf(layers, true, "landuse", "park"))
		if len(featuresOf(layers, true, "places", "locality")) > 0 {
			t.Errorf("%v has a village from elsewhere", tile)
		}
		return nil
	})
	if err != nil || parks == 0 {
		t.Errorf("%d parks, %v", parks, err)
	}
	if b := builder.bound; b.Min[0] < -1.58 || b.Max[0] > -1.52 {
		t.Errorf("the map reaches from %v to %v", b.Min, b.Max)
	}
}

func TestProgressReachesItsEnd(t *testing.T) {
	t.Parallel()
	builder := NewBuilder()
	for _, o := range village() {
		builder.Add(o)
	}
	last := Report{}
	_, err := builder.Write(t.Context(), t.TempDir()+"/map.pmtiles", func(r Report) {
		if r.Done < last.Done || r.Done > r.Total+builder.covered(1) {
			t.Errorf("%d of %d after %d", r.Done, r.Total, last.Done)
		}
		last = r
	})
	if err != nil || last.Done < last.Total/2 {
		t.Errorf("ended at %d of %d, %v", last.Done, last.Total, err)
	}
}

// TestABrokenCoastIsLand: a coastline the wrong way round would put the town into the sea.
func TestABrokenCoastIsLand(t *testing.T) {
	t.Parallel()
	for name, coast := range map[string]orb.LineString{"sound": {{7.2, 43.66}, {7.6, 43.66}}, "broken": {{7.6, 43.66}, {7.2, 43.66}}} {
		builder := NewBuilder()
		for i := range 12 {
			builder.Add(filled(square(7.4+float64(i)/1000, 43.7, 0.0003), "building", "yes"))
		}
		builder.Add(filled(square(7.4, 43.68, 0.05), "landuse", "residential"))
		builder.Add(Object{Tags: tagged([]string{"natural", "coastline"}), Line: coast})
		report, err := builder.Write(t.Context(), t.TempDir()+"/map.pmtiles", nil)
		if err != nil || (report.Warning != "") != (name == "broken") {
			t.Errorf("%s: warning %q, %v", name, report.Warning, err)
		}
	}
}

package web

import (
	"context"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"cartoquartiers/geo"
	"cartoquartiers/internal/httpkit"
)

// groundPath is a layer of the base map under a small map, as one SVG path.
type groundPath struct {
	Layer string // water, buildings or roads: its class
	Path  string
}

// The layers that are drawn, the lowest first.
var groundLayers = []string{"water", "buildings", "roads"}

// The zooms of the tiles that they come from: the nearest at which two by two tiles hold the map.
const nearestGround, farthestGround maptile.Zoom = 15, 12

// drawGround puts water, houses and streets under a small map. Without a base map, or
// with one that cannot be read, the map says less and is still true.
func (v *view) drawGround(ctx context.Context, m *moveMap, f frame) {
	if v.site.BaseTile == nil {
		return
	}
	paths := make(map[string]*strings.Builder)
	first, last := groundTiles(f.bound())
	if last.X-first.X > 1 || last.Y-first.Y > 1 {
		return // a move through the country: streets would be a grey field
	}
	for x := first.X; x <= last.X; x++ {
		for y := first.Y; y <= last.Y; y++ {
			if err := v.addTile(paths, maptile.New(x, y, first.Z), f); err != nil {
				httpkit.Logger(ctx).WarnContext(ctx, "draw the ground of a move", "error", err)
				return
			}
		}
	}
	for _, layer := range groundLayers {
		if path := paths[layer]; path != nil {
			m.Ground = append(m.Ground, groundPath{layer, path.String()})
		}
	}
}

// groundTiles are the north-western and the south-eastern tile of a map.
func groundTiles(b orb.Bound) (first, last maptile.Tile) {
	for zoom := nearestGround; zoom >= farthestGround; zoom-- {
		first = maptile.At(orb.Point{b.Min[0], b.Max[1]}, zoom)
		last = maptile.At(orb.Point{b.Max[0], b.Min[1]}, zoom)
		if last.X-first.X <= 1 && last.Y-first.Y <= 1 {
			break
		}
	}
	return first, last
}

func (v *view) addTile(paths map[string]*strings.Builder, tile maptile.Tile, f frame) error {
	packed, err := v.site.BaseTile(int(tile.Z), tile.X, tile.Y)
	if err != nil || packed == nil {
		return err
	}
	layers, err := mvt.UnmarshalGzipped(packed)
	if err != nil {
		return err
	}
	layers.ProjectToWGS84(tile)
	bound := f.bound()
	for name, layer := range layers.ToFeatureCollections() {
		for _, wanted := range groundLayers {
			if name != wanted {
				continue
			}
			if paths[name] == nil {
				paths[name] = new(strings.Builder)
			}
			for _, feature := range layer.Features {
				if feature.Geometry.Bound().Intersects(bound) {
					draw(f, paths[name], feature.Geometry)
				}
			}
		}
	}
	return nil
}

func draw(f frame, to *strings.Builder, geometry orb.Geometry) {
	switch g := geometry.(type) {
	case orb.LineString:
		pathOf(f, to, g, false)
	case orb.MultiLineString:
		for _, line := range g {
			pathOf(f, to, line, false)
		}
	case orb.Polygon:
		for _, ring := range g {
			pathOf(f, to, ring, true)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			draw(f, to, polygon)
		}
	}
}

func boxOf(b orb.Bound) *geo.BBox {
	return &geo.BBox{West: b.Min[0], South: b.Min[1], East: b.Max[0], North: b.Max[1]}
}

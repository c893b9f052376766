package basemap

import (
	"bytes"
	"context"
	"fmt"

	"github.com/klauspost/compress/gzip"

	"cartoquartiers/tiles/pmtiles"
)

// attribution is owed wherever the tiles are shown.
const attribution = `<a href="https://www.openstreetmap.org/copyright">© les contributeurs OpenStreetMap</a>`

// Report is what an archive holds.
type Report struct {
	Features int   `json:"features"`
	Tiles    int   `json:"tiles"`
	Bytes    int64 `json:"bytes"`   // of all tiles, compressed
	Largest  int   `json:"largest"` // compressed tile, in bytes
	// Warning tells what was not drawn as the extract says; empty usually.
	Warning string `json:"warning,omitempty"`

	// Done of Total is how far the cutting has come, in tiles of the rectangle that
	// the map covers; those without anything in them count too.
	Done  int64 `json:"-"`
	Total int64 `json:"-"`
}

// firstZoom: a town is a dot above it.
const firstZoom = 0

// Write makes the archive at a path: all of it, or what was there stays. Progress
// is told with each tile.
func (b *Builder) Write(ctx context.Context, path string, progress func(Report)) (Report, error) {
	report := Report{Features: b.Len(), Total: b.covered(LastZoom + 1)}
	writer, err := pmtiles.Create(path)
	if err != nil {
		return report, err
	}
	defer writer.Abort()
	packer, _ := gzip.NewWriterLevel(nil, 6) // fails for unknown levels only
	var packed bytes.Buffer
	err = b.Tiles(ctx, firstZoom, func(z int, x, y uint32, tile []byte) error {
		packed.Reset()
		packer.Reset(&packed)
		_, _ = packer.Write(tile) // a bytes.Buffer takes everything
		_ = packer.Close()
		report.Tiles++
		report.Bytes += int64(packed.Len())
		report.Largest = max(report.Largest, packed.Len())
		report.Done = max(report.Done, b.covered(z)) + 1
		if progress != nil {
			progress(report)
		}
		return writer.Add(pmtiles.ID(z, x, y), packed.Bytes())
	})
	if err != nil {
		return report, fmt.Errorf("cut the base map: %w", err)
	}
	report.Warning = b.warning
	return report, writer.Close(pmtiles.Info{Low: firstZoom, High: LastZoom, Bound: b.bound, Metadata: metadata()})
}

// covered is how many tiles the zooms before one have in the rectangle of the map.
func (b *Builder) covered(before int) (count int64) {
	frame := b.frame()
	west, east := int64(frame.Min[0]), int64(frame.Max[0])
	north, south := int64(-frame.Max[1]), int64(-frame.Min[1])
	for z := range before {
		shift := worldBits - z
		wide, tall := east>>shift-west>>shift+1, south>>shift-north>>shift+1
		count += wide * tall
	}
	return count
}

// metadata is what styles and inspectors read (PMTiles version 3, section 5).
func metadata() map[string]any {
	var layers []map[string]any
	for _, name := range layerOrder {
		layers = append(layers, map[string]any{"id": name, "fields": map[string]string{"kind": "String"}, "minzoom": firstZoom, "maxzoom": LastZoom})
	}
	return map[string]any{
		"name": "CartoQuartiers", "type": "baselayer", "attribution": attribution, "vector_layers": layers,
		"description": "Base map in the layers of the Protomaps basemap schema",
	}
}

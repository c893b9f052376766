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
}

// firstZoom: a town is a dot above it.
const firstZoom = 0

// Write makes the archive at a path: all of it, or what was there stays. Progress
// is told with each tile.
func (b *Builder) Write(ctx context.Context, path string, progress func(Report)) (Report, error) {
	report := Report{Features: b.Len()}
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
		if progress != nil {
			progress(report)
		}
		return writer.Add(pmtiles.ID(z, x, y), packed.Bytes())
	})
	if err != nil {
		return report, fmt.Errorf("cut the base map: %w", err)
	}
	return report, writer.Close(pmtiles.Info{Low: firstZoom, High: LastZoom, Bound: b.bound, Metadata: metadata()})
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

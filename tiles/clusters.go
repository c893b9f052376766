package tiles

import (
	"encoding/binary"
	"math"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// ClustersLayer is the layer of cells; a cell has CountField and, under the id of
// each group it holds, a count of that group.
const (
	ClustersLayer = "clusters"
	CountField    = "count"
)

// clusters encodes the cells of a tile that hold places of the filter, each at
// the mean of their positions; nil when there are none. A cell's id is its
// position in the grid of its zoom, so it stays the same from tile to tile.
func (e *encoder) clusters(view *snapshot.View, a Address, f places.Filter) []byte {
	e.begin(view)
	cells := view.Cells(f, a.Z, a.X, a.Y, cellDepth)
	units := float64(uint64(1) << (a.Z + extentBits))
	left, top := float64(a.X)*Extent, float64(a.Y)*Extent
	counts := make(map[int]uint32) // count → index of its value
	cells.Each(func(c snapshot.Cell) {
		x, y := int32(math.Floor(c.X*units-left)), int32(math.Floor(c.Y*units-top))
		e.cluster(a.cell(c), c, counts, x, y)
	})
	return e.tile(ClustersLayer, append([]string{CountField}, view.Groups()...))
}

func (a Address) cell(c snapshot.Cell) uint64 {
	column := uint64(a.X)<<cellDepth + uint64(c.Column)
	row := uint64(a.Y)<<cellDepth + uint64(c.Row)
	return row<<(a.Z+cellDepth) + column
}

func (e *encoder) cluster(id uint64, c snapshot.Cell, counts map[int]uint32, x, y int32) {
	tags := e.tags[:0]
	tags = append(tags, 0)
	tags = appendVarint(tags, e.count(counts, c.Count))
	for g, count := range c.Groups {
		if count > 0 {
			tags = appendVarint(tags, uint32(1+g))
			tags = appendVarint(tags, e.count(counts, count))
		}
	}
	e.tags = tags
	body := append([]byte(nil), featureID)
	body = binary.AppendUvarint(body, id)
	body = append(body, featureTags)
	body = binary.AppendUvarint(body, uint64(len(tags)))
	body = append(body, tags...)
	body = appendPoint(body, x, y)
	e.features = append(e.features, layerFeature)
	e.features = binary.AppendUvarint(e.features, uint64(len(body)))
	e.features = append(e.features, body...)
}

func (e *encoder) count(counts map[int]uint32, count int) uint32 {
	at, ok := counts[count]
	if !ok {
		at = e.addUint(uint64(count))
		counts[count] = at
	}
	return at
}

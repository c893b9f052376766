package snapshot

import (
	"sync/atomic"
)

// versions count the changes of parts of the map, so that whoever keeps a tile
// knows whether it is still true, without being told to delete anything.
//
// Cells of zoom 10 share 65,536 counters and cells of zoom 5 have their own; a
// shared counter can only make a kept tile look old, never fresh.
type versions struct {
	world  atomic.Uint64
	coarse [1 << (2 * coarseZoom)]atomic.Uint64
	fine   [1 << 16]atomic.Uint64
}

const (
	coarseZoom = 5
	fineZoom   = 10
)

func (t *versions) counter(zoom int, x, y uint32) *atomic.Uint64 {
	if zoom == coarseZoom {
		return &t.coarse[y<<coarseZoom|x]
	}
	return &t.fine[(y<<fineZoom|x)*2654435761>>16] // Knuth's multiplicative hash: neighbours rarely share
}

// TileVersion changes whenever something changed that the tile z/x/y, with
// margin, may show. Read it before the View: it may then be too old for what is
// built, never too new. margin is a part of the tile's side, at most 1.
func (s *Store) TileVersion(z int, x, y uint32, margin float64) uint64 {
	if z < coarseZoom {
		return s.tiles.world.Load()
	}
	if z < fineZoom {
		shift := z - coarseZoom
		return s.tiles.counter(coarseZoom, x>>shift, y>>shift).Load()
	}
	size := float64(uint32(1) << (z - fineZoom))
	x0, x1 := fineRange(float64(x), size, margin)
	y0, y1 := fineRange(float64(y), size, margin)
	version := uint64(0) // a sum of counters that only grow: equal only if all are
	for cy := y0; cy <= y1; cy++ {
		for cx := x0; cx <= x1; cx++ {
			version += s.tiles.counter(fineZoom, cx, cy).Load()
		}
	}
	return version
}

// fineRange gives the first and last zoom-10 column that a tile with margin touches.
func fineRange(at, size, margin float64) (first, last uint32) {
	const end = 1<<fineZoom - 1
	return uint32(max(0, (at-margin)/size)), uint32(min(end, (at+1+margin)/size))
}

// bump is called after the View was replaced: a tile built in between then
// carries the old version and is built again.
func (t *versions) bump(before, after *View, changed batch) {
	for i := range changed.rows {
		for _, v := range []*View{before, after} {
			if row, ok := v.Find(changed.rows[i].id); ok {
				t.bumpAt(row)
			}
		}
	}
	t.world.Add(1)
}

func (t *versions) bumpAt(r Row) {
	x, y := r.Mercator()
	t.counter(coarseZoom, uint32(x*(1<<coarseZoom)), uint32(y*(1<<coarseZoom))).Add(1)
	t.counter(fineZoom, uint32(x*(1<<fineZoom)), uint32(y*(1<<fineZoom))).Add(1)
}

func (t *versions) bumpAll() {
	t.world.Add(1)
	for i := range t.coarse {
		t.coarse[i].Add(1)
	}
	for i := range t.fine {
		t.fine[i].Add(1)
	}
}

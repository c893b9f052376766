package geo

import "github.com/paulmach/orb"

// HilbertOrder is the number of bits per axis of a Hilbert key: 31 keeps a key
// positive in a PostgreSQL bigint and cuts the equator in steps of 1.9 cm.
const HilbertOrder = 31

// Hilbert is the position of a point along the Hilbert curve over the web
// mercator square, in [0, 4^HilbertOrder). Points that share a map tile of any
// zoom ≤ HilbertOrder share a contiguous range of keys.
func Hilbert(p orb.Point) uint64 {
	x, y := Mercator(p)
	return HilbertXY(gridCell(x), gridCell(y), HilbertOrder)
}

func gridCell(unit float64) uint32 {
	const cells = 1 << HilbertOrder
	return uint32(min(unit*cells, cells-1))
}

// HilbertXY is the distance along a Hilbert curve of the given order (1 to 32
// bits per axis) to the cell x, y. It is the usual rotate-and-flip loop; the
// origin is the north-west corner, so a tile's x and y can be passed as they are.
func HilbertXY(x, y uint32, order int) uint64 {
	var d uint64
	for s := uint32(1) << (order - 1); s > 0; s >>= 1 {
		rx, ry := uint32(0), uint32(0)
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		d += uint64(s) * uint64(s) * uint64((3*rx)^ry)
		x &= s - 1
		y &= s - 1
		if ry == 0 {
			if rx == 1 {
				x, y = s-1-x, s-1-y
			}
			x, y = y, x
		}
	}
	return d
}

// HilbertTileRange gives the keys [first, last] of every point inside the map tile z/x/y.
// z must be at most HilbertOrder.
func HilbertTileRange(z int, x, y uint32) (first, last uint64) {
	shift := 2 * (HilbertOrder - z)
	if z == 0 {
		return 0, 1<<shift - 1
	}
	first = HilbertXY(x, y, z) << shift
	return first, first + 1<<shift - 1
}

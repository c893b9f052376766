package pmtiles

// MaxZoom is the deepest zoom whose ids fit.
const MaxZoom = 26

// ID numbers tiles: all of zoom 0, then of zoom 1, …; within a zoom along a Hilbert
// curve (the specification, section 4.1).
func ID(z int, x, y uint32) uint64 {
	id := (uint64(1)<<(2*z) - 1) / 3
	for level := z - 1; level >= 0; level-- {
		half := uint32(1) << level
		right, down := x&half, y&half
		id += uint64((3*right)^down) << level
		x, y = turn(half, x, y, right, down)
	}
	return id
}

// XYZ is the inverse of ID.
func XYZ(id uint64) (z int, x, y uint32) {
	for before := uint64(0); ; z++ {
		count := uint64(1) << (2 * z)
		if id < before+count {
			id -= before
			break
		}
		before += count
	}
	for level := range z {
		half := uint32(1) << level
		right := uint32(id>>1) & 1
		down := (uint32(id) ^ right) & 1
		x, y = turn(half, x, y, right, down)
		x, y = x+right<<level, y+down<<level
		id >>= 2
	}
	return z, x, y
}

// turn lays the quarter of the curve that comes first or last.
func turn(half, x, y, right, down uint32) (uint32, uint32) {
	if down != 0 {
		return x, y
	}
	if right != 0 {
		x, y = half-1-x, half-1-y
	}
	return y, x
}

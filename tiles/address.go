package tiles

// Address names a map tile: zoom, column from the west, row from the north, as
// in OGC Two Dimensional Tile Matrix Set "WebMercatorQuad".
type Address struct {
	Z    int
	X, Y uint32
}

// What a tile of a zoom shows.
const (
	MaxZoom    = 22
	PlacesFrom = 13 // places themselves from this zoom on, clusters below

	Extent = 4096 // units of a tile's side
	// Buffer is how far around a tile places are repeated, in units: 16 px where
	// a tile is drawn 512 px wide, half of a symbol.
	Buffer = 128

	// CellsPerSide cells of a tile's side make 64 px each at 512 px: room for the
	// ring of shares that the map draws. A cell is a tile of the zoom cellDepth deeper.
	CellsPerSide = 1 << cellDepth
	cellDepth    = 3

	extentBits = 12
)

// Valid tells whether there is such a tile.
func (a Address) Valid() bool {
	return a.Z >= 0 && a.Z <= MaxZoom && a.X < 1<<a.Z && a.Y < 1<<a.Z
}

// ParseAddress reads "z/x/y.mvt" with numbers as they are printed, without signs
// or leading zeros, so that a tile has one address; false for anything else. The
// tile need not exist.
func ParseAddress(path string) (Address, bool) {
	z, path, ok := number(path, '/')
	if !ok {
		return Address{}, false
	}
	x, path, ok := number(path, '/')
	if !ok {
		return Address{}, false
	}
	y, path, ok := number(path, '.')
	if !ok || path != "mvt" {
		return Address{}, false
	}
	return Address{Z: int(z), X: x, Y: y}, true
}

// number reads up to nine digits before a separator.
func number(text string, separator byte) (value uint32, rest string, ok bool) {
	for i := 0; i < len(text) && i <= 9; i++ {
		digit := text[i]
		if digit == separator {
			leadingZero := i > 1 && text[0] == '0'
			return value, text[i+1:], i > 0 && !leadingZero
		}
		if digit < '0' || digit > '9' {
			return 0, "", false
		}
		value = value*10 + uint32(digit-'0')
	}
	return 0, "", false
}

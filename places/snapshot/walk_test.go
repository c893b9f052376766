package snapshot

import (
	"testing"

	"cartoquartiers/geo"
)

func TestCellsAreTheHilbertOrder(t *testing.T) {
	cells := []cell{{}}
	for level := 1; level <= 6; level++ {
		var deeper []cell
		for _, c := range cells {
			for k := range 4 {
				deeper = append(deeper, c.child(k))
			}
		}
		cells = deeper
		for i, c := range cells {
			if want := geo.HilbertXY(c.x, c.y, level); c.prefix != want || uint64(i) != want {
				t.Fatalf("level %d: cell %d,%d comes at %d with prefix %d, geo says %d", level, c.x, c.y, i, c.prefix, want)
			}
		}
	}
}

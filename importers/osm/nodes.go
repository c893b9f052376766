package osm

import (
	"math"
	"slices"
	"sort"
)

// nodeTable holds the coordinates of the nodes that kept areas need: sorted
// ids beside positions, 16 bytes a node. It is the only memory of an import
// that grows with the number of areas.
type nodeTable struct {
	ids []int64
	at  []orb7
}

// unknown marks a node that the file does not hold, or holds off the Earth.
var unknown = orb7{math.MinInt32, math.MinInt32}

// newNodeTable takes over ids, in any order and with repetitions.
func newNodeTable(ids []int64) *nodeTable {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	t := &nodeTable{ids: ids, at: make([]orb7, len(ids))}
	for i := range t.at {
		t.at[i] = unknown
	}
	return t
}

// find gives the position of a node; false when it is not known.
func (t *nodeTable) find(id int64) (orb7, bool) {
	slot, found := slices.BinarySearch(t.ids, id)
	if !found || t.at[slot] == unknown {
		return unknown, false
	}
	return t.at[slot], true
}

// idCursor looks up ids that mostly ascend, as they do in every sorted file:
// a step of a merge instead of a search for each object of the file.
type idCursor struct {
	ids  []int64 // ascending
	slot int
	last int64
}

func (c *idCursor) find(id int64) (slot int, found bool) {
	ids := c.ids
	if id < c.last {
		c.slot = 0
	}
	c.last = id
	const stride = 8 // longer gaps are searched
	for step := 0; c.slot < len(ids) && ids[c.slot] < id; c.slot++ {
		if step == stride {
			rest := ids[c.slot:]
			c.slot += sort.Search(len(rest), func(i int) bool { return rest[i] >= id })
			break
		}
		step++
	}
	return c.slot, c.slot < len(ids) && ids[c.slot] == id
}

package snapshot

import (
	"slices"

	"cartoquartiers/geo"
	"cartoquartiers/places"
)

// Cells is the places of a map tile, counted in a grid of squares. Cells never
// straddle tiles, so the counts of all tiles of a zoom add up to View.Count.
type Cells struct {
	view       *View
	z          int
	x, y       uint32
	depth      int
	width      int // number of groups
	living     []bool
	tallies    []tally
	groups     []uint32 // [cell*width+group]
	squareSide float64
}

// Cells counts the places of the filter, its BBox left aside, in the tile z/x/y
// cut into 4^depth squares: the tiles of zoom z+depth.
func (v *View) Cells(f places.Filter, z int, x, y uint32, depth int) *Cells {
	c := &Cells{view: v, z: z, x: x, y: y, depth: depth, width: len(v.groups), squareSide: float64(uint64(1) << (z + depth))}
	c.tallies = make([]tally, 1<<(2*depth))
	c.groups = make([]uint32, len(c.tallies)*c.width)
	side := float64(uint64(1) << z)
	square := Square{float64(x) / side, float64(y) / side, float64(x+1) / side, float64(y+1) / side}
	f.BBox = nil
	q := v.compile(f)
	q.square, q.cover = &square, []gridRect{rectOfSquare(square)}
	add := func(s *segment, i int) { c.add(c.index(s, i), s, i) }
	if !unrestricted(f) {
		v.each(q, add)
		return c
	}
	c.living = q.profiles
	c.addBase()
	part{v.recent, nil}.each(q, add)
	return c
}

// unrestricted tells whether a filter without its box finds all living places.
func unrestricted(f places.Filter) bool {
	return len(f.States) == 0 && len(f.Categories) == 0 && len(f.Groups) == 0 && len(f.Kinds) == 0 &&
		len(f.Neighbourhoods) == 0 && len(f.Wheelchairs) == 0 && len(f.Sources) == 0 &&
		f.UpdatedFrom.IsZero() && f.UpdatedUntil.IsZero() && f.OpenAt.IsZero()
}

func livingProfiles(profiles []Profile) []bool {
	living := make([]bool, len(profiles))
	for i := range profiles {
		living[i] = slices.Contains(places.LivingStates, profiles[i].State)
	}
	return living
}

// addBase counts the big segment run by run, and takes its dead rows away.
func (c *Cells) addBase() {
	s := c.view.base
	firstKey, lastKey := geo.HilbertTileRange(c.z, c.x, c.y)
	first := s.bisect(firstKey, 0, s.len())
	end := s.bisect(lastKey+1, first, s.len())
	shift := 2 * (geo.HilbertOrder - c.z - c.depth)
	for i := first; i < end; {
		next := s.lowerBound((s.keys[i]>>shift+1)<<shift, i, end)
		c.addRun(c.index(s, i), i, next)
		i = next
	}
	dead, _ := slices.BinarySearch(c.view.dead, uint32(first))
	for _, row := range c.view.dead[dead:] {
		if int(row) >= end {
			return
		}
		c.remove(s, int(row))
	}
}

// index is the cell of a row, row by row from the north-west.
func (c *Cells) index(s *segment, i int) int {
	last := 1<<c.depth - 1
	column := min(max(int(s.xs[i]*c.squareSide)-int(c.x)<<c.depth, 0), last)
	row := min(max(int(s.ys[i]*c.squareSide)-int(c.y)<<c.depth, 0), last)
	return row<<c.depth | column
}

func (c *Cells) add(at int, s *segment, i int) {
	c.tallies[at].add(s, i)
	c.groups[at*c.width+int(c.view.profiles[s.profiles[i]].group)]++
}

func (c *Cells) remove(s *segment, i int) {
	if !c.living[s.profiles[i]] {
		return
	}
	at := c.index(s, i)
	t := &c.tallies[at]
	t.count--
	t.x -= uint64(s.xs[i] * gridCells)
	t.y -= uint64(s.ys[i] * gridCells)
	c.groups[at*c.width+int(c.view.profiles[s.profiles[i]].group)]--
}

// Cell is one square that holds places.
type Cell struct {
	Column, Row int     // in the tile, from the north-west
	Count       int     // of places, at least one
	X, Y        float64 // their mean in the web mercator square
	Groups      []int   // how many of each of View.Groups
}

// Each visits the cells that hold places, row by row from the north-west. The
// Groups of a Cell are valid until the visit returns.
func (c *Cells) Each(visit func(Cell)) {
	groups := make([]int, c.width)
	for at, t := range c.tallies {
		if t.count == 0 {
			continue
		}
		for g := range groups {
			groups[g] = int(c.groups[at*c.width+g])
		}
		visit(Cell{
			Column: at & (1<<c.depth - 1), Row: at >> c.depth, Count: t.count,
			X:      float64(t.x/uint64(t.count)) / gridCells,
			Y:      float64(t.y/uint64(t.count)) / gridCells,
			Groups: groups,
		})
	}
}

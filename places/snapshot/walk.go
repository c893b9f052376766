package snapshot

import "cartoquartiers/geo"

// span is a run of rows, end excluded. inside means that all lie in the box asked for.
type span struct {
	first, end int
	inside     bool
}

// walker gives the runs of living rows of a segment that may lie in a box, in
// the order of rows. It goes down the quadtree that the Hilbert order is a walk
// through, lazily: a page of a hundred rows does not cut the whole box.
type walker struct {
	segment *segment
	dead    []uint32 // rows to leave out, ascending
	cover   []gridRect
	from    int // rows before are not wanted
	stack   []cell
	run     span // being cut at dead rows
}

// cell is a square of the quadtree and the rows in it.
type cell struct {
	x, y       uint32
	level      int
	prefix     uint64 // the first 2*level bits of the keys inside
	flip, swap bool   // how the curve lies in it, see children
	first, end int
}

// fewRows is where looking at each row is cheaper than cutting further.
const fewRows = 64

func newWalker(s *segment, dead []uint32, cover []gridRect, from int) walker {
	w := walker{segment: s, dead: dead, cover: cover, from: from}
	if len(cover) == 0 || s.len() <= fewRows {
		w.run = span{from, s.len(), len(cover) == 0}
		return w
	}
	w.stack = append(make([]cell, 0, 64), w.smallest())
	return w
}

// smallest is the smallest cell that holds the whole cover. Going down to it
// needs no look at the rows, and for a tile of the map it is most of the way.
func (w *walker) smallest() cell {
	var c cell
	for c.level < geo.HilbertOrder {
		touched, only := 0, cell{}
		for k := range 4 {
			child := c.child(k)
			if touches, _ := w.place(child); touches {
				touched, only = touched+1, child
			}
		}
		if touched != 1 {
			break
		}
		c = only
	}
	shift := 2 * (geo.HilbertOrder - c.level)
	c.first = w.segment.bisect(c.prefix<<shift, 0, w.segment.len())
	c.end = w.segment.bisect((c.prefix+1)<<shift, c.first, w.segment.len())
	return c
}

// next is the next run, false at the end.
func (w *walker) next() (span, bool) {
	for {
		if run, ok := w.living(); ok {
			return run, true
		}
		if len(w.stack) == 0 {
			return span{}, false
		}
		top := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		w.visit(top)
	}
}

// living cuts the part before the next dead row off the current run.
func (w *walker) living() (span, bool) {
	for w.run.first < w.run.end {
		for len(w.dead) > 0 && int(w.dead[0]) < w.run.first {
			w.dead = w.dead[1:]
		}
		run := w.run
		if len(w.dead) > 0 && int(w.dead[0]) < run.end {
			run.end = int(w.dead[0])
			w.run.first = run.end + 1
		} else {
			w.run.first = run.end
		}
		if run.first < run.end {
			return run, true
		}
	}
	return span{}, false
}

func (w *walker) visit(c cell) {
	if c.end <= w.from || c.first >= c.end {
		return
	}
	touched, inside := w.place(c)
	switch {
	case !touched:
	case inside || c.end-c.first <= fewRows || c.level == geo.HilbertOrder:
		w.run = span{max(c.first, w.from), c.end, inside}
	default:
		w.pushChildren(c)
	}
}

func (w *walker) place(c cell) (touched, inside bool) {
	shift := geo.HilbertOrder - c.level
	square := gridRect{int64(c.x) << shift, int64(c.y) << shift, (int64(c.x)+1)<<shift - 1, (int64(c.y)+1)<<shift - 1}
	for _, rect := range w.cover {
		touched = touched || rect.touches(square)
		inside = inside || rect.surrounds(square)
	}
	return touched, inside
}

// pushChildren puts the quarters on the stack, the first of the curve on top.
func (w *walker) pushChildren(c cell) {
	shift := 2 * (geo.HilbertOrder - c.level - 1)
	end := c.end
	for k := 3; k >= 0; k-- {
		child := c.child(k)
		child.first, child.end = c.first, end
		if k > 0 {
			child.first = w.segment.bisect(child.prefix<<shift, c.first, end)
		}
		end = child.first
		w.stack = append(w.stack, child)
	}
}

// child is the k-th quarter along the curve, its rows aside. The curve goes
// through the quarters (0,0) (0,1) (1,1) (1,0) of a square, the first one
// mirrored and the last one mirrored and turned: geo.HilbertXY unrolled.
func (c *cell) child(k int) cell {
	x, y := uint32(k>>1), uint32(k>>1^k&1)
	if c.swap {
		x, y = y, x
	}
	if c.flip {
		x, y = 1-x, 1-y
	}
	return cell{
		x: c.x<<1 | x, y: c.y<<1 | y, level: c.level + 1, prefix: c.prefix<<2 | uint64(k),
		swap: c.swap != (k == 0 || k == 3), flip: c.flip != (k == 3),
	}
}

// bisect is lowerBound for when nothing is known about where.
func (s *segment) bisect(key uint64, first, end int) int {
	for first < end {
		middle := int(uint(first+end) / 2)
		if s.keys[middle] < key {
			first = middle + 1
		} else {
			end = middle
		}
	}
	return first
}

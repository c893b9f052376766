package snapshot

// prefixSums say for every 64th row what stands before it: how many living
// places, the sum of their positions, and how many of each group. A cell of the
// map is a run of rows, so its count and centroid are two subtractions, however
// many places it holds.
type prefixSums struct {
	groups int // width of byGroup
	blocks []tally
	// byGroup[b*groups+g] counts group g before row 64*b.
	byGroup []uint32
}

const rowsPerBlock = 64

// tally is a count of places and the sum of their positions in cells of the
// Hilbert grid: whole numbers, so that what was added can be taken away again.
type tally struct {
	count int
	x, y  uint64
}

func (t *tally) add(s *segment, i int) {
	t.count++
	t.x += uint64(s.xs[i] * gridCells)
	t.y += uint64(s.ys[i] * gridCells)
}

// sumUp makes the sums of living places, the ones that a filter without
// States finds.
func (s *segment) sumUp(profiles []Profile, groups int) {
	blocks := s.len()/rowsPerBlock + 1
	sums := prefixSums{groups: groups, blocks: make([]tally, 0, blocks), byGroup: make([]uint32, 0, blocks*groups)}
	living := livingProfiles(profiles)
	var total tally
	byGroup := make([]uint32, groups)
	for i := range s.len() + 1 {
		if i%rowsPerBlock == 0 {
			sums.blocks = append(sums.blocks, total)
			sums.byGroup = append(sums.byGroup, byGroup...)
		}
		if i < s.len() && living[s.profiles[i]] {
			total.add(s, i)
			byGroup[profiles[s.profiles[i]].group]++
		}
	}
	s.sums = sums
}

func (p *prefixSums) bytes() int { return len(p.blocks)*24 + len(p.byGroup)*4 }

// addRun adds the living rows [first, end) to a cell: whole blocks by subtraction,
// the ends row by row.
func (c *Cells) addRun(at int, first, end int) {
	s := c.view.base
	firstBlock, endBlock := (first+rowsPerBlock-1)/rowsPerBlock, end/rowsPerBlock
	if firstBlock >= endBlock {
		c.addRows(at, first, end)
		return
	}
	c.addRows(at, first, firstBlock*rowsPerBlock)
	c.addRows(at, endBlock*rowsPerBlock, end)
	from, to, t := s.sums.blocks[firstBlock], s.sums.blocks[endBlock], &c.tallies[at]
	t.count += to.count - from.count
	t.x += to.x - from.x
	t.y += to.y - from.y
	width := s.sums.groups
	before, until := s.sums.byGroup[firstBlock*width:][:width], s.sums.byGroup[endBlock*width:][:width]
	counts := c.groups[at*c.width:]
	for g := range before {
		counts[g] += until[g] - before[g]
	}
}

func (c *Cells) addRows(at int, first, end int) {
	s := c.view.base
	for i := first; i < end; i++ {
		if c.living[s.profiles[i]] {
			c.add(at, s, i)
		}
	}
}

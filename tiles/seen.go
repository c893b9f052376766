package tiles

// seen knows which names are in the tile already, and where. It is a hash table with
// open addressing: the names of a tile lie all over the names of the map, so that a
// list by number would miss the processor's caches at each. A slot holds the stamp
// of the tile that wrote it, so nothing is cleared.
type seen struct {
	slots  []slot // a power of two, at most half of them of this tile
	bits   int    // the power
	count  int    // of this tile
	tables [33][]slot
}

type slot struct {
	stamp, key, at uint32
}

// smallBits is room for most tiles in the first cache.
const smallBits = 10

// begin is for each tile: a large one before it leaves no large table to look through.
func (s *seen) begin() { s.use(smallBits) }

func (s *seen) use(bits int) {
	if s.tables[bits] == nil {
		s.tables[bits] = make([]slot, 1<<bits)
	}
	s.slots, s.bits, s.count = s.tables[bits], bits, 0
}

// find gives the slot of a key: its own, or the free one where it belongs.
func (s *seen) find(key, stamp uint32) *slot {
	const golden = 2654435769 // 2^32 divided by the golden ratio: Knuth, TAOCP 3, 6.4
	mask := uint32(len(s.slots) - 1)
	for i := key * golden >> (32 - s.bits); ; i = (i + 1) & mask {
		if one := &s.slots[i]; one.stamp != stamp || one.key == key {
			return one
		}
	}
}

// take writes a free slot.
func (s *seen) take(free *slot, key, at, stamp uint32) {
	*free = slot{stamp, key, at}
	if s.count++; 2*s.count <= len(s.slots) {
		return
	}
	full := s.slots
	s.use(s.bits + 1)
	for _, one := range full {
		if one.stamp == stamp {
			*s.find(one.key, stamp) = one
			s.count++
		}
	}
}

// forget clears everything, for when old stamps come again.
func (s *seen) forget() {
	for _, table := range s.tables {
		clear(table)
	}
}

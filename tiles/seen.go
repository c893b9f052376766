package tiles

// seen knows which names are in the tile already, and where. It is a hash table with
// open addressing: the names of a tile lie all over the names of the map, so that a
// list by number would miss the processor's caches at each.
type seen struct {
	slots  []slot // a power of two, at most three in four taken
	bits   int    // the power
	count  int    // of taken slots
	tables [33][]slot
}

// slot is free while at is 0; a value's index plus one otherwise. Two small numbers,
// so that a line of the cache holds eight.
type slot struct{ key, at uint32 }

const (
	smallBits = 10 // room for most tiles in the first cache
	growth    = 2  // bits: a large tile moves its names seldom
)

// begin is for each tile: a large one before it leaves no large table to look through.
func (s *seen) begin() { s.use(smallBits) }

func (s *seen) use(bits int) {
	if s.tables[bits] == nil {
		s.tables[bits] = make([]slot, 1<<bits)
	} else {
		clear(s.tables[bits])
	}
	s.slots, s.bits, s.count = s.tables[bits], bits, 0
}

// find gives the slot of a key: its own, or the free one where it belongs.
func (s *seen) find(key uint32) *slot {
	const golden = 2654435769 // 2^32 divided by the golden ratio: Knuth, TAOCP 3, 6.4
	mask := uint32(len(s.slots) - 1)
	for i := key * golden >> (32 - s.bits); ; i++ {
		if one := &s.slots[i&mask]; one.at == 0 || one.key == key {
			return one
		}
	}
}

// take writes a free slot.
func (s *seen) take(free *slot, key, at uint32) {
	*free = slot{key, at + 1}
	if s.count++; 4*s.count <= 3*len(s.slots) {
		return
	}
	full, count := s.slots, s.count
	s.use(s.bits + growth)
	for _, one := range full {
		if one.at > 0 {
			*s.find(one.key) = one
		}
	}
	s.count = count
}

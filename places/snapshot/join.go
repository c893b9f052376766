package snapshot

// Join is the features of some rows with a comma between each two, in pieces: one
// after the other they are the inside of a JSON array. Features of neighbours lie
// side by side in memory, so that a page is a few pieces, and copying it a few
// copies. Do not change them.
func Join(rows []Row) [][]byte {
	pieces := make([][]byte, 0, 16)
	for i := 0; i < len(rows); {
		s := rows[i].segment
		first, end := s.featureSpan(rows[i].i)
		for i++; i < len(rows) && rows[i].segment == s; i++ {
			next, nextEnd := s.featureSpan(rows[i].i)
			if next != end {
				break
			}
			end = nextEnd
		}
		if i == len(rows) {
			end-- // its comma
		}
		pieces = append(pieces, s.texts[first>>32][uint32(first):uint32(end)])
	}
	return pieces
}

// featureSpan is where a feature lies, its comma included, as featureAt has it.
func (s *segment) featureSpan(i uint32) (first, end uint64) {
	first = s.featureAt[i]
	return first, first + uint64(s.featureLen[i]) + 1
}

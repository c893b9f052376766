package osm

import "slices"

// A file needs a few bytes for each object that it holds, so it cannot
// honestly need more nodes or ways than it has bytes for. A small file that
// claims to is a bomb; the floors are for honest small files whose areas lie
// mostly elsewhere.
const (
	leastNodes = 4 << 20
	leastWays  = 1 << 20
)

func (r *reader) mostNodes() int64 { return max(leastNodes, r.file.size) }

func (r *reader) mostWays() int64 { return max(leastWays, r.file.size/4) }

// compact drops repetitions from the needed nodes once they may have doubled,
// and refuses what no honest file needs.
func (r *reader) compact() error {
	if len(r.needed) < max(2*r.compacted, leastNodes) {
		return nil
	}
	slices.Sort(r.needed)
	r.needed = slices.Compact(r.needed)
	r.compacted = len(r.needed)
	if int64(len(r.needed)) > r.mostNodes() || r.memberRefs > r.mostNodes() {
		return tooMuch("nodes")
	}
	return nil
}

func tooMuch(what string) error {
	return invalid("the file's areas need more %s than a file of its size can hold: it is damaged or hostile", what)
}

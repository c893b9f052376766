package publiclog

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// Frontier computes roots of a growing tree (RFC 6962, 2.1) from its leaf hashes
// in order, in the memory of one hash per level.
type Frontier struct {
	size   int64
	peaks  []tlog.Hash // of the complete subtrees, the largest first: one per bit of size
	levels []int       // of the peaks
}

// Push adds the next leaf's hash.
func (f *Frontier) Push(hash tlog.Hash) {
	level := 0
	for len(f.levels) > 0 && f.levels[len(f.levels)-1] == level {
		hash = tlog.NodeHash(f.peaks[len(f.peaks)-1], hash)
		f.peaks, f.levels = f.peaks[:len(f.peaks)-1], f.levels[:len(f.levels)-1]
		level++
	}
	f.peaks, f.levels, f.size = append(f.peaks, hash), append(f.levels, level), f.size+1
}

// Size is how many leaves were pushed.
func (f *Frontier) Size() int64 { return f.size }

// Root is the hash of the tree so far.
func (f *Frontier) Root() tlog.Hash {
	if f.size == 0 {
		return sha256.Sum256(nil)
	}
	root := f.peaks[len(f.peaks)-1]
	for i := len(f.peaks) - 2; i >= 0; i-- {
		root = tlog.NodeHash(f.peaks[i], root)
	}
	return root
}

package pmtiles

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Archive reads the tiles of a file. It may be used by any number of goroutines.
type Archive struct {
	file     *os.File
	size     int64
	modified time.Time
	header   header
	root     []entry
	metadata map[string]any

	mutex  sync.Mutex
	leaves map[uint64][]entry // that were asked for, by offset
}

// Open reads the index of an archive of vector tiles. Faults: Invalid for a file
// that is none, Unavailable when it cannot be read.
func Open(path string) (*Archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open an archive of tiles: %w", err)
	}
	a := &Archive{file: file, leaves: make(map[uint64][]entry)}
	if err := a.begin(); err != nil {
		_ = file.Close() // the first error says more
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return a, nil
}

func (a *Archive) begin() error {
	about, err := a.file.Stat()
	if err != nil {
		return err
	}
	a.size, a.modified = about.Size(), about.ModTime()
	text := make([]byte, headerSize)
	if _, err := a.file.ReadAt(text, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if a.header, err = decodeHeader(text); err != nil {
		return err
	}
	if a.header.tileType != tileMVT || a.header.tileCompression != gzipped {
		return broken("its tiles are not vector tiles compressed by gzip")
	}
	root, err := a.part(a.header.root)
	if err != nil {
		return err
	}
	if a.root, err = decode(root); err != nil {
		return err
	}
	packed, err := a.part(a.header.metadata)
	if err != nil {
		return err
	}
	metadata, err := expand(packed)
	if err != nil {
		return broken("its metadata does not unpack")
	}
	if json.Unmarshal(metadata, &a.metadata) != nil {
		return broken("its metadata is not JSON")
	}
	return nil
}

// part reads a section of the index.
func (a *Archive) part(s section) ([]byte, error) {
	if s.offset > uint64(a.size) || s.length > uint64(a.size)-s.offset || s.length > mostExpanded {
		return nil, broken("a part lies outside of it")
	}
	text := make([]byte, s.length)
	if _, err := a.file.ReadAt(text, int64(s.offset)); err != nil {
		return nil, err
	}
	return text, nil
}

// Close ends the reading.
func (a *Archive) Close() error { return a.file.Close() }

// Info is what the archive says of itself.
func (a *Archive) Info() Info {
	return Info{Low: a.header.low, High: a.header.high, Bound: a.header.bound, Metadata: a.metadata}
}

// Modified is when the file was written, Size its length in bytes.
func (a *Archive) Modified() time.Time { return a.modified }

// Size is the length of the file in bytes.
func (a *Archive) Size() int64 { return a.size }

// File is the whole archive, to be sent.
func (a *Archive) File() io.ReadSeeker { return io.NewSectionReader(a.file, 0, a.size) }

// deepest is how many directories may lie above a tile.
const deepest = 4

// Tile gives a tile, compressed by gzip; nil where there is none.
func (a *Archive) Tile(z int, x, y uint32) ([]byte, error) {
	if z < a.header.low || z > a.header.high {
		return nil, nil
	}
	id, entries := ID(z, x, y), a.root
	for range deepest {
		e, ok := find(entries, id)
		if !ok {
			return nil, nil
		}
		if e.run > 0 {
			return a.within(a.header.tiles, e)
		}
		var err error
		if entries, err = a.leaf(e); err != nil {
			return nil, err
		}
	}
	return nil, broken("directories within directories")
}

// IDs are those of all tiles, in their order; it ends early where the index cannot be read.
func (a *Archive) IDs() iter.Seq[uint64] {
	return func(yield func(uint64) bool) { a.walk(a.root, deepest, yield) }
}

func (a *Archive) walk(entries []entry, levels int, yield func(uint64) bool) bool {
	for _, e := range entries {
		if e.run == 0 {
			below, err := a.leaf(e)
			if err != nil || levels == 0 || !a.walk(below, levels-1, yield) {
				return false
			}
		}
		for i := range uint64(e.run) {
			if !yield(e.id + i) {
				return false
			}
		}
	}
	return true
}

// leaf reads a directory once.
func (a *Archive) leaf(e entry) ([]entry, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if known, ok := a.leaves[e.offset]; ok {
		return known, nil
	}
	text, err := a.within(a.header.leaves, e)
	if err != nil {
		return nil, err
	}
	entries, err := decode(text)
	if err == nil {
		a.leaves[e.offset] = entries
	}
	return entries, err
}

// within reads what an entry points to in a section.
func (a *Archive) within(s section, e entry) ([]byte, error) {
	if e.offset > s.length || uint64(e.length) > s.length-e.offset {
		return nil, broken("an entry points outside of it")
	}
	return a.part(section{s.offset + e.offset, uint64(e.length)})
}

func dirOf(path string) string { return filepath.Dir(path) }

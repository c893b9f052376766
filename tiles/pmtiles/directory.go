package pmtiles

import (
	"bytes"
	"encoding/binary"
	"io"
	"sort"

	"github.com/klauspost/compress/gzip"

	"cartoquartiers/internal/fault"
)

// entry says where a tile lies, or Run tiles with the same content from ID on; with
// Run 0 it says where the directory lies that begins with ID (section 4.2).
type entry struct {
	id     uint64
	offset uint64 // in the section of tiles, or of leaf directories
	length uint32
	run    uint32
}

// encode writes a directory: five columns of varints, compressed.
func encode(entries []entry) []byte {
	var plain []byte
	put := func(v uint64) { plain = binary.AppendUvarint(plain, v) }
	put(uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		put(e.id - last)
		last = e.id
	}
	for _, e := range entries {
		put(uint64(e.run))
	}
	for _, e := range entries {
		put(uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			put(0) // right behind the one before
			continue
		}
		put(e.offset + 1)
	}
	return compress(plain)
}

// decode is the inverse of encode. Faults: Invalid for anything else.
func decode(text []byte) ([]entry, error) {
	plain, err := expand(text)
	if err != nil {
		return nil, broken("a directory that does not unpack")
	}
	read := func() uint64 {
		v, n := binary.Uvarint(plain)
		if n <= 0 {
			err = broken("a directory that ends early")
			return 0
		}
		plain = plain[n:]
		return v
	}
	count := read()
	if count > uint64(len(plain)) { // an entry has four bytes or more
		return nil, broken("a directory with too many entries")
	}
	entries := make([]entry, count)
	last := uint64(0)
	for i := range entries {
		last += read()
		entries[i].id = last
	}
	for i := range entries {
		entries[i].run = uint32(read())
	}
	for i := range entries {
		entries[i].length = uint32(read())
	}
	for i := range entries {
		offset := read()
		switch {
		case offset > 0:
			entries[i].offset = offset - 1
		case i > 0:
			entries[i].offset = entries[i-1].offset + uint64(entries[i-1].length)
		default:
			return nil, broken("a directory whose first entry follows nothing")
		}
	}
	return entries, err
}

// find gives the entry that may hold a tile.
func find(entries []entry, id uint64) (entry, bool) {
	at := sort.Search(len(entries), func(i int) bool { return entries[i].id > id }) - 1
	if at < 0 {
		return entry{}, false
	}
	e := entries[at]
	return e, e.run == 0 || id < e.id+uint64(e.run)
}

func compress(plain []byte) []byte {
	var to bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&to, gzip.BestCompression) // fails for unknown levels only
	_, _ = writer.Write(plain)                                  // a bytes.Buffer takes everything
	_ = writer.Close()
	return to.Bytes()
}

// mostExpanded bounds what a directory or the metadata may unpack to, in bytes.
const mostExpanded = 64 << 20

func expand(text []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(reader, mostExpanded+1))
	if len(plain) > mostExpanded {
		return nil, broken("more than 64 MB of index")
	}
	return plain, err
}

func broken(what string) error {
	return fault.New(fault.Invalid, "this is not a PMTiles archive that can be read: %s", what)
}

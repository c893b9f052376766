package pmtiles

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb"
)

// Info is what an archive says of itself.
type Info struct {
	Low, High int            // zooms
	Bound     orb.Bound      // longitude, latitude
	Metadata  map[string]any // name, attribution, vector_layers, …
}

// Writer makes an archive of vector tiles. The tiles go to a temporary file; the
// archive is there, whole, when Close has returned nil.
type Writer struct {
	path    string
	scratch *os.File
	buffer  *bufio.Writer
	entries []entry
	known   map[key]entry // tiles by content
	size    uint64
}

// key names a content; two that share one differ in length or in a hash of 64 bits.
type key struct {
	hash   uint64
	length int
}

// Create begins an archive beside path.
func Create(path string) (*Writer, error) {
	scratch, err := os.CreateTemp(dirOf(path), ".tiles-*")
	if err != nil {
		return nil, fmt.Errorf("make an archive: %w", err)
	}
	return &Writer{path: path, scratch: scratch, buffer: bufio.NewWriterSize(scratch, 1<<20), known: make(map[key]entry)}, nil
}

// Add appends a tile, compressed by gzip, whose ID is above all before it. A tile
// that says what another one said takes no room.
func (w *Writer) Add(id uint64, tile []byte) error {
	name := key{xxhash.Sum64(tile), len(tile)}
	at, seen := w.known[name]
	if !seen {
		at = entry{offset: w.size, length: uint32(len(tile))}
		w.known[name] = at
		w.size += uint64(len(tile))
		if _, err := w.buffer.Write(tile); err != nil {
			return fmt.Errorf("write a tile: %w", err)
		}
	}
	if n := len(w.entries); n > 0 {
		last := &w.entries[n-1]
		if id < last.id+uint64(last.run) {
			return fmt.Errorf("write a tile: %d comes after %d", id, last.id)
		}
		if last.offset == at.offset && last.id+uint64(last.run) == id {
			last.run++
			return nil
		}
	}
	w.entries = append(w.entries, entry{id: id, offset: at.offset, length: at.length, run: 1})
	return nil
}

// Abort gives up; after Close it does nothing.
func (w *Writer) Abort() {
	if w.scratch != nil {
		_ = w.scratch.Close() // it is thrown away
		_ = os.Remove(w.scratch.Name())
		w.scratch = nil
	}
}

// Close writes the archive in place of what was at the path: all of it or nothing.
func (w *Writer) Close(info Info) error {
	defer w.Abort()
	if err := w.buffer.Flush(); err != nil {
		return fmt.Errorf("write the tiles: %w", err)
	}
	metadata, err := json.Marshal(info.Metadata)
	if err != nil {
		return fmt.Errorf("write the metadata of an archive: %w", err)
	}
	root, leaves := index(w.entries)
	packed := compress(metadata)
	h := header{
		entries: uint64(len(w.entries)), contents: uint64(len(w.known)), tileCompression: gzipped, tileType: tileMVT,
		low: info.Low, high: info.High, bound: info.Bound,
	}
	for _, e := range w.entries {
		h.addressed += uint64(e.run)
	}
	at := uint64(headerSize)
	for _, part := range []struct {
		section *section
		length  uint64
	}{{&h.root, uint64(len(root))}, {&h.metadata, uint64(len(packed))}, {&h.leaves, uint64(len(leaves))}, {&h.tiles, w.size}} {
		*part.section = section{at, part.length}
		at += part.length
	}
	return w.assemble(h.encode(), root, packed, leaves)
}

// assemble writes the parts and the tiles into a new file, and puts it in its place.
func (w *Writer) assemble(parts ...[]byte) error {
	file, err := os.CreateTemp(dirOf(w.path), ".archive-*")
	if err != nil {
		return fmt.Errorf("make an archive: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone when it was renamed
	defer file.Close()
	for _, part := range parts {
		if _, err := file.Write(part); err != nil {
			return fmt.Errorf("write an archive: %w", err)
		}
	}
	if _, err := w.scratch.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("write an archive: %w", err)
	}
	if _, err := io.Copy(file, w.scratch); err != nil {
		return fmt.Errorf("write an archive: %w", err)
	}
	if err := file.Chmod(0o644); err != nil {
		return fmt.Errorf("write an archive: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("write an archive: %w", err)
	}
	if err := os.Rename(file.Name(), w.path); err != nil {
		return fmt.Errorf("write an archive: %w", err)
	}
	return nil
}

// index makes the root directory, and leaves as large as it takes for the root to
// fit beside the header.
func index(entries []entry) (root, leaves []byte) {
	if root = encode(entries); len(root) <= rootEnd-headerSize {
		return root, nil
	}
	for size := 4096; ; size *= 2 {
		var top []entry
		leaves = leaves[:0]
		for first := 0; first < len(entries); first += size {
			leaf := encode(entries[first:min(first+size, len(entries))])
			top = append(top, entry{id: entries[first].id, offset: uint64(len(leaves)), length: uint32(len(leaf))})
			leaves = append(leaves, leaf...)
		}
		if root = encode(top); len(root) <= rootEnd-headerSize {
			return root, leaves
		}
	}
}

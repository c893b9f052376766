package tiles

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/gzip"
	"github.com/maypok86/otter/v2"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// Source gives tiles, as fresh as the snapshot, and keeps the ones that were
// asked for. Nothing is ever deleted because data changed: a kept tile names the
// version of its part of the map and is passed over when that has moved on.
type Source struct {
	store    *snapshot.Store
	kept     *otter.Cache[key, *Tile] // nil keeps nothing
	encoders sync.Pool
	writers  sync.Pool
	readers  sync.Pool

	hits, misses atomic.Uint64
}

// Stats are since the start: tiles that were kept and still true, tiles that were
// encoded, and the bytes that are kept now.
type Stats struct {
	Hits, Misses, Bytes uint64
}

// Stats are for whoever watches the server.
func (s *Source) Stats() Stats {
	stats := Stats{Hits: s.hits.Load(), Misses: s.misses.Load()}
	if s.kept != nil {
		stats.Bytes = s.kept.WeightedSize()
	}
	return stats
}

// key is all that a tile depends on but data. The filter is in canonical form.
type key struct {
	address Address
	filter  string
}

// NewSource keeps up to maxBytes of compressed tiles; none if it is 0.
func NewSource(store *snapshot.Store, maxBytes int) *Source {
	s := &Source{store: store}
	s.encoders.New = func() any { return new(encoder) }
	s.writers.New = func() any {
		writer, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // fails for unknown levels only
		return writer
	}
	s.readers.New = func() any { return new(gzip.Reader) }
	if maxBytes > 0 {
		s.kept = otter.Must(&otter.Options[key, *Tile]{
			MaximumWeight: uint64(maxBytes),
			Weigher:       func(k key, t *Tile) uint32 { return uint32(len(t.gzipped) + len(k.filter) + overhead) },
		})
	}
	return s
}

// overhead is about what a kept tile costs besides its bytes.
const overhead = 400

// Tile is an encoded tile. It never changes until it is released.
type Tile struct {
	version uint64
	length  int    // of plain
	gzipped []byte // nil in a tile that is not kept
	// A tile that is not kept lies in the encoder that made it, until Release: a
	// copy into new memory costs a quarter of making a large one.
	plain   []byte
	encoder *encoder

	// ETags of the tile as it is and compressed, as http.Header holds them.
	PlainETag, GzipETag []string
}

// Empty tells that nothing lies in the tile.
func (t *Tile) Empty() bool { return t.length == 0 }

// Tile gives the tile of an address, which must be valid; Release it when it has
// been sent. Of the filter only categories, groups, kinds, neighbourhoods,
// states and OpenAt may be set; each OpenAt is a tile of its own, so callers ask for whole minutes.
func (s *Source) Tile(a Address, f places.Filter) *Tile {
	margin := 0.0
	if a.Z >= PlacesFrom {
		margin = float64(Buffer) / Extent
	}
	version := s.store.TileVersion(a.Z, a.X, a.Y, margin) // before View: see TileVersion
	if s.kept == nil {
		return s.build(a, f, version)
	}
	name := key{a, canonical(f)}
	if kept, ok := s.kept.GetIfPresent(name); ok && kept.version == version {
		s.hits.Add(1)
		return kept
	}
	s.misses.Add(1)
	tile := s.build(a, f, version)
	s.kept.Set(name, tile)
	return tile
}

// Encode gives the bytes of a tile of one View, uncompressed; nil when it is empty.
func (s *Source) Encode(view *snapshot.View, a Address, f places.Filter) []byte {
	e := s.encoders.Get().(*encoder)
	defer s.encoders.Put(e)
	return bytes.Clone(e.encode(view, a, f))
}

// encode is valid until the encoder is used again.
func (e *encoder) encode(view *snapshot.View, a Address, f places.Filter) []byte {
	if a.Z < PlacesFrom {
		return e.clusters(view, a, f)
	}
	return e.places(view, a, f)
}

func (s *Source) build(a Address, f places.Filter, version uint64) *Tile {
	e := s.encoders.Get().(*encoder)
	plain := e.encode(s.store.View(), a, f)
	// The tag names the content, so it is the same on every node and after a restart.
	// Nobody gains from two tiles with one tag, so it need not be a cryptographic hash,
	// which would cost a third of encoding.
	tag := strconv.FormatUint(xxhash.Sum64(plain), 36) + "-" + strconv.Itoa(len(plain))
	tile := &Tile{
		version: version, length: len(plain),
		PlainETag: []string{`"` + tag + `"`}, GzipETag: []string{`"` + tag + `-gzip"`},
	}
	if s.kept == nil {
		tile.plain, tile.encoder = plain, e
		return tile
	}
	tile.gzipped = s.compress(plain)
	s.encoders.Put(e)
	return tile
}

// Release gives back what a tile has borrowed; its bytes are not to be used afterwards.
func (s *Source) Release(t *Tile) {
	if t.encoder != nil {
		s.encoders.Put(t.encoder)
		t.plain, t.encoder = nil, nil
	}
}

func (s *Source) compress(plain []byte) []byte {
	if len(plain) == 0 {
		return nil
	}
	writer := s.writers.Get().(*gzip.Writer)
	defer s.writers.Put(writer)
	var to bytes.Buffer
	to.Grow(len(plain)/2 + 64)
	writer.Reset(&to)
	_, _ = writer.Write(plain) // a bytes.Buffer takes everything
	_ = writer.Close()
	return bytes.Clone(to.Bytes()) // keeps no more than it needs
}

// Gzip is the compressed tile; do not change it.
func (s *Source) Gzip(t *Tile) []byte {
	if t.gzipped != nil {
		return t.gzipped
	}
	return s.compress(t.plain)
}

// Plain is the tile as it is; do not change it.
func (s *Source) Plain(t *Tile) ([]byte, error) {
	if t.plain != nil || t.Empty() {
		return t.plain, nil
	}
	reader := s.readers.Get().(*gzip.Reader)
	defer s.readers.Put(reader)
	if err := reader.Reset(bytes.NewReader(t.gzipped)); err != nil {
		return nil, err
	}
	plain := make([]byte, t.length)
	_, err := io.ReadFull(reader, plain)
	return plain, err
}

// canonical is a text that two filters share only if they find the same. Lengths
// stand before values, so that no value can look like two.
func canonical(f places.Filter) string {
	lists := [...][]string{f.Categories, f.Groups, f.Neighbourhoods, plain(f.Kinds), plain(f.States)}
	var text []byte
	for field, values := range lists {
		values = slices.Clone(values)
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			text = binary.AppendUvarint(append(text, byte(field)), uint64(len(value)))
			text = append(text, value...)
		}
	}
	if !f.OpenAt.IsZero() {
		text = binary.AppendVarint(append(text, byte(len(lists))), f.OpenAt.Unix())
	}
	return string(text)
}

func plain[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return texts
}

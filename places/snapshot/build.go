package snapshot

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/paulmach/orb"

	"cartoquartiers/geo"
	"cartoquartiers/places"
)

// textChunk is how much text is kept in one piece while loading: large enough
// that pieces are few, small enough that growing never copies much.
const textChunk = 8 << 20

// builder makes a segment from records in any order.
type builder struct {
	segment
	nameNumbers map[string]uint32
}

func newBuilder(expected int) *builder {
	b := &builder{nameNumbers: make(map[string]uint32)}
	b.keys = make([]uint64, 0, expected)
	b.ids = make([]places.ID, 0, expected)
	b.lons, b.lats = make([]float64, 0, expected), make([]float64, 0, expected)
	b.xs, b.ys = make([]float64, 0, expected), make([]float64, 0, expected)
	b.seqs, b.updated = make([]int64, 0, expected), make([]int64, 0, expected)
	b.revisions = make([]int32, 0, expected)
	b.profiles, b.hoods = make([]uint32, 0, expected), make([]uint32, 0, expected)
	b.schedules, b.verified = make([]uint32, 0, expected), make([]uint32, 0, expected)
	b.names, b.featureLen = make([]uint32, 0, expected), make([]uint32, 0, expected)
	b.featureAt, b.nameAts = make([]uint64, 0, expected), make([]uint32, 0, expected)
	return b
}

// insideUnit is the largest float64 below one: longitude 180 belongs to the last tile.
const insideUnit = 1 - 1.0/(1<<53)

// add copies a record in; the record's bytes may be reused afterwards.
func (b *builder) add(r *record) {
	x, y := geo.Mercator(orb.Point{r.lon, r.lat})
	b.keys = append(b.keys, r.key)
	b.ids = append(b.ids, r.id)
	b.lons, b.lats = append(b.lons, r.lon), append(b.lats, r.lat)
	b.xs, b.ys = append(b.xs, min(x, insideUnit)), append(b.ys, min(y, insideUnit))
	b.seqs, b.updated = append(b.seqs, r.seq), append(b.updated, r.updated)
	b.revisions = append(b.revisions, r.revision)
	b.profiles, b.hoods = append(b.profiles, r.profile), append(b.hoods, r.hood)
	b.schedules, b.verified = append(b.schedules, r.schedule), append(b.verified, r.verified)
	number := b.nameNumber(r.name)
	b.names, b.nameAts = append(b.names, number), append(b.nameAts, b.nameAt[number])
	b.addFeature(r.feature)
}

func (b *builder) nameNumber(name []byte) uint32 {
	if number, ok := b.nameNumbers[string(name)]; ok {
		return number
	}
	number := uint32(b.nameCount())
	b.nameNumbers[string(name)] = number
	b.nameAt = append(b.nameAt, b.keepName(appendName(nil, name)))
	return number
}

// keepName copies a name, as appendName writes it, and tells where it is.
func (s *segment) keepName(value []byte) (at uint32) {
	if len(value) == 0 {
		return noName
	}
	at = uint32(len(s.nameBytes))
	s.nameBytes = append(s.nameBytes, value...)
	return at
}

func (b *builder) addFeature(feature []byte) {
	last := len(b.texts) - 1
	if last < 0 || len(b.texts[last])+len(feature)+1 > cap(b.texts[last]) {
		size := len(feature) + 1
		if cap(b.keys) > 1 { // not the usual batch of one
			size = max(size, min(textChunk, cap(b.keys)*1024))
		}
		b.texts = append(b.texts, make([]byte, 0, size))
		last++
	}
	b.featureAt = append(b.featureAt, uint64(last)<<32|uint64(len(b.texts[last])))
	b.featureLen = append(b.featureLen, uint32(len(feature)))
	b.texts[last] = append(append(b.texts[last], feature...), ',')
}

// finish sorts what was added. The builder is of no use afterwards.
func (b *builder) finish() *segment {
	type position struct {
		key uint64
		id  places.ID
		row uint32
	}
	order := make([]position, b.len())
	for i := range order {
		order[i] = position{b.keys[i], b.ids[i], uint32(i)}
	}
	slices.SortFunc(order, func(a, b position) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id))
	})
	plan := make([]uint32, len(order))
	for i, p := range order {
		plan[i] = p.row
	}
	b.nameNumbers = nil
	sorted := arrange(&b.segment, &segment{}, plan)
	sorted.nameBytes = bytes.Clone(sorted.nameBytes) // no room to grow
	sorted.indexIDs()
	return sorted
}

func (s *segment) indexIDs() {
	type named struct {
		id  places.ID
		row uint32
	}
	order := make([]named, s.len())
	for i := range order {
		order[i] = named{s.ids[i], uint32(i)}
	}
	slices.SortFunc(order, func(a, b named) int { return cmp.Compare(a.id, b.id) })
	s.byID = make([]uint32, len(order))
	for i, n := range order {
		s.byID[i] = n.row
	}
}

package tiles

import (
	"encoding/binary"
	"math"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// PlacesLayer is the layer of places; VerifiedField tells the day on which somebody
// last said that a place is right, in days since 1970-01-01 (UTC).
const (
	PlacesLayer   = "places"
	VerifiedField = "verified"
)

// PlaceFields are the properties of places, in the order of their indices in
// features: the name first, then the Values of a snapshot.Profile, then
// VerifiedField.
func PlaceFields() []string {
	return []string{"name", "category", "group", "kind", "state", VerifiedField}
}

const (
	nameKey     = 0
	verifiedKey = 5
)

// encoder makes tiles. It keeps its buffers, so one goroutine uses it at a time.
type encoder struct {
	layer
	// Which names, values and profiles are in the tile already, and where. A mark
	// holds the stamp of the tile that wrote it, so marks are not cleared.
	names    seen
	days     seen
	stamp    uint32
	words    []mark
	profiles []mark
	tags     []byte // of the profiles of the tile
}

type mark struct {
	stamp uint32
	at    uint32
}

func (e *encoder) begin(view *snapshot.View) {
	e.reset()
	e.tags = e.tags[:0]
	e.names.begin()
	e.days.begin()
	e.words = grown(e.words, view.ValueCount())
	e.profiles = grown(e.profiles, view.ProfileCount())
	e.stamp++
	if e.stamp == 0 { // after four thousand million tiles, old stamps would come again
		clear(e.words)
		clear(e.profiles)
		e.stamp = 1
	}
}

func grown(list []mark, length int) []mark {
	if len(list) >= length {
		return list
	}
	return make([]mark, length+length/8)
}

// places encodes the places of the filter in a tile and its buffer, each with
// its id; nil when there are none.
func (e *encoder) places(view *snapshot.View, a Address, f places.Filter) []byte {
	e.begin(view)
	units := float64(uint64(1) << (a.Z + extentBits)) // of the whole world's side
	left, top := float64(a.X)*Extent, float64(a.Y)*Extent
	square := snapshot.Square{
		X0: (left - Buffer) / units, Y0: (top - Buffer) / units,
		X1: (left + Extent + Buffer) / units, Y1: (top + Extent + Buffer) / units,
	}
	view.EachIn(f, square, func(row snapshot.Row) {
		x, y := row.Mercator() // scaling by a power of two is exact, at any zoom
		e.place(view, row, int32(math.Floor(x*units-left)), int32(math.Floor(y*units-top)))
	})
	return e.tile(PlacesLayer, PlaceFields())
}

// place writes one feature. It is shorter than 128 bytes — an id of ten, six
// tags of six, two coordinates of three — so its lengths take one byte each.
func (e *encoder) place(view *snapshot.View, row snapshot.Row, x, y int32) {
	profile := e.profile(view, row.ProfileNumber())
	out := e.features
	out = append(out, layerFeature, 0, featureID)
	start := len(out) - 1
	out = binary.AppendUvarint(out, uint64(row.ID()))
	out = append(out, featureTags, 0)
	tags := len(out)
	if name := row.NameValue(); len(name) > 0 {
		out = append(out, nameKey)
		out = appendVarint(out, e.name(row.NameKey(), name))
	}
	out = append(out, profile...)
	if day := row.VerifiedDay(); day > 0 {
		out = append(out, verifiedKey)
		out = appendVarint(out, e.day(day))
	}
	out[tags-1] = byte(len(out) - tags)
	out = appendPoint(out, x, y)
	out[start-1] = byte(len(out) - start)
	e.features = out
}

func (e *encoder) name(key uint32, encoded []byte) uint32 {
	known := e.names.find(key)
	if known.at > 0 {
		return known.at - 1
	}
	at := e.addValue(encoded)
	e.names.take(known, key, at)
	return at
}

func (e *encoder) day(number uint32) uint32 {
	known := e.days.find(number)
	if known.at > 0 {
		return known.at - 1
	}
	at := e.addUint(uint64(number))
	e.days.take(known, number, at)
	return at
}

// profile gives the tags that every place of a profile has.
func (e *encoder) profile(view *snapshot.View, number uint32) []byte {
	known := &e.profiles[number]
	if known.stamp != e.stamp {
		*known = mark{e.stamp, uint32(len(e.tags))}
		e.tags = append(e.tags, 0)
		for i, value := range view.Profile(number).Values {
			e.tags = append(e.tags, byte(1+i))
			e.tags = appendVarint(e.tags, e.word(view, value))
		}
		e.tags[known.at] = byte(len(e.tags)) - byte(known.at) - 1
	}
	length := uint32(e.tags[known.at])
	return e.tags[known.at+1 : known.at+1+length]
}

func (e *encoder) word(view *snapshot.View, number uint32) uint32 {
	known := &e.words[number]
	if known.stamp != e.stamp {
		*known = mark{e.stamp, e.addValue(view.Value(number))}
	}
	return known.at
}

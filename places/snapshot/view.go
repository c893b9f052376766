package snapshot

import (
	"time"

	"cartoquartiers/places"
)

// View is everything that was published up to one moment. It never changes and
// may be used by any number of goroutines; hold it for one answer, not longer.
type View struct {
	base   *segment
	recent *segment // replaces and adds to base
	dead   []uint32 // rows of base that were replaced or removed, ascending

	words

	seq       int64
	updatedAt time.Time
	known     []places.Source
}

// Seq is that of the last change in the View.
func (v *View) Seq() int64 { return v.seq }

// UpdatedAt is when the last change happened; zero if nothing was ever published.
func (v *View) UpdatedAt() time.Time { return v.updatedAt }

// Len is how many places are published, whatever their state.
func (v *View) Len() int { return v.base.len() - len(v.dead) + v.recent.len() }

// Bytes is what the View holds in memory: its columns and names, and its
// GeoJSON features.
func (v *View) Bytes() (columns, features int) {
	columns = v.base.bytes() + v.recent.bytes() + 4*cap(v.dead)
	for _, part := range v.parts() {
		for _, text := range part.segment.texts {
			features += cap(text)
		}
	}
	return columns, features
}

// ProfileCount is above every Row.ProfileNumber.
func (v *View) ProfileCount() int { return len(v.profiles) }

// Profile is the one with a Row.ProfileNumber. Do not change it.
func (v *View) Profile(number uint32) *Profile { return &v.profiles[number] }

// ValueCount is above every number in Profile.Values.
func (v *View) ValueCount() int { return len(v.values) }

// Groups are the ids of every group that a place is of, in the order of Cell.Groups.
func (v *View) Groups() []string { return v.groups }

// Sources are the ids of every source that a place comes from; also of one whose
// last place went since the snapshot was loaded. Do not change it.
func (v *View) Sources() []string { return v.sources }

// KnownSources are the sources of this map with what one owes for them, as they
// were at the last change: credits can be given while the database is away. Do not change it.
func (v *View) KnownSources() []places.Source { return v.known }

// Value is a text as field "values" of an MVT layer, ready to be copied. Its
// numbers are in Profile.Values.
func (v *View) Value(number uint32) []byte { return v.values[number] }

// Find gives a place by id; false when it is not published.
func (v *View) Find(id places.ID) (Row, bool) {
	if i, ok := v.recent.find(id); ok {
		return v.row(v.recent, i), true
	}
	i, ok := v.base.find(id)
	if !ok || v.isDead(uint32(i)) {
		return Row{}, false
	}
	return v.row(v.base, i), true
}

func (v *View) row(s *segment, i int) Row { return Row{segment: s, view: v, i: uint32(i)} }

// part is a segment with what is left out of it.
type part struct {
	segment *segment
	dead    []uint32
}

func (v *View) parts() [2]part {
	return [2]part{{v.base, v.dead}, {v.recent, nil}}
}

// each visits every row that matches, first those of base, then the recent ones.
func (v *View) each(q *query, visit func(s *segment, i int)) {
	for _, part := range v.parts() {
		part.each(q, visit)
	}
}

func (p part) each(q *query, visit func(s *segment, i int)) {
	walk := newWalker(p.segment, p.dead, q.cover, 0)
	for run, ok := walk.next(); ok; run, ok = walk.next() {
		for i := run.first; i < run.end; i++ {
			if q.matches(p.segment, i, run.inside) {
				visit(p.segment, i)
			}
		}
	}
}

// EachIn visits every place of the filter in a part of the mercator square, its
// BBox left aside, in no order that callers may count on.
func (v *View) EachIn(f places.Filter, square Square, visit func(Row)) {
	f.BBox = nil
	q := v.compile(f)
	q.square, q.cover = &square, []gridRect{rectOfSquare(square)}
	v.each(q, func(s *segment, i int) { visit(v.row(s, i)) })
}

package snapshot

import (
	"slices"
	"time"

	"cartoquartiers/places"
)

// batch is what changed between two moments: the last state of each place, once.
type batch struct {
	seq  int64     // of the last change
	at   time.Time // of the last change
	rows []record  // own their bytes

	known []places.Source // at this moment
}

// apply makes the View that follows v. It copies the recent segment, a few
// thousand rows, and leaves base alone.
func (v *View) apply(b batch, d *dictionary) *View {
	added := newBuilder(len(b.rows))
	var dead, gone []uint32
	for i := range b.rows {
		r := &b.rows[i]
		if row, ok := v.base.find(r.id); ok && !v.isDead(uint32(row)) {
			dead = append(dead, uint32(row))
		}
		if row, ok := v.recent.find(r.id); ok {
			gone = append(gone, uint32(row))
		}
		if !r.removed {
			added.add(r)
		}
	}
	slices.Sort(gone)
	dead = append(dead, v.dead...)
	slices.Sort(dead)
	recent := merge(v.recent, gone, added.finish())
	recent.nameBase = uint32(v.base.nameCount())
	return &View{
		base: v.base, recent: recent, dead: dead,
		words: d.words(),
		seq:   max(v.seq, b.seq), updatedAt: latest(v.updatedAt, b.at), known: b.known,
	}
}

func (v *View) isDead(row uint32) bool {
	_, dead := slices.BinarySearch(v.dead, row)
	return dead
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// emptySegment is the recent part of a View that has just been loaded or folded.
func emptySegment() *segment { return newBuilder(0).finish() }

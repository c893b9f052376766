package snapshot

import (
	"iter"

	"cartoquartiers/places"
)

// scan gives the matching rows of one segment in order.
type scan struct {
	query *query
	walk  walker
	run   span
	row   int // current, -1 at the end
}

func (v *View) scan(q *query, p part, after Cursor) *scan {
	from := 0
	if after.set {
		from = p.segment.after(after)
	}
	s := &scan{query: q, walk: newWalker(p.segment, p.dead, q.cover, from)}
	s.advance()
	return s
}

func (s *scan) advance() {
	for {
		for s.run.first < s.run.end {
			s.row = s.run.first
			s.run.first++
			if s.query.matches(s.walk.segment, s.row, s.run.inside) {
				return
			}
		}
		run, ok := s.walk.next()
		if !ok {
			s.row = -1
			return
		}
		s.run = run
	}
}

// before tells whether s stands before t in the order (key, id).
func (s *scan) before(t *scan) bool {
	if s.row < 0 || t.row < 0 {
		return t.row < 0
	}
	a, b := s.walk.segment, t.walk.segment
	if a.keys[s.row] != b.keys[t.row] {
		return a.keys[s.row] < b.keys[t.row]
	}
	return a.ids[s.row] < b.ids[t.row]
}

// ordered gives the matching rows behind a cursor in the order (key, id).
func (v *View) ordered(f places.Filter, after Cursor) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		q, parts := v.compile(f), v.parts()
		base, recent := v.scan(q, parts[0], after), v.scan(q, parts[1], after)
		for {
			first := base
			if !base.before(recent) {
				first = recent
			}
			if first.row < 0 || !yield(v.row(first.walk.segment, first.row)) {
				return
			}
			first.advance()
		}
	}
}

// All gives every place of the filter in the order of pages.
func (v *View) All(f places.Filter) iter.Seq[Row] { return v.ordered(f, Cursor{}) }

// Page gives up to limit places behind a cursor, in the order (Hilbert key, id),
// the cursor to go on from, and whether there is more. Pages taken from different
// Views neither skip nor repeat a place that stayed where it was.
func (v *View) Page(f places.Filter, after Cursor, limit int) (rows []Row, next Cursor, more bool) {
	if limit <= 0 {
		return nil, after, false
	}
	rows = make([]Row, 0, min(limit, v.Len()))
	for row := range v.ordered(f, after) {
		if len(rows) == limit {
			return rows, behind(rows, after), true
		}
		rows = append(rows, row)
	}
	return rows, behind(rows, after), false
}

// behind is where to go on after these rows.
func behind(rows []Row, after Cursor) Cursor {
	if len(rows) == 0 {
		return after
	}
	return rows[len(rows)-1].Cursor()
}

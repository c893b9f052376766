package snapshot

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"cartoquartiers/geo"
	"cartoquartiers/places"
)

// query is a places.Filter made ready for one View.
type query struct {
	profiles []bool // by number
	hoods    []bool // by number; nil means any
	timed    bool
	from     int64 // microseconds since 1970, both included
	until    int64
	box      *geo.BBox // nil means anywhere
	square   *Square   // nil means anywhere
	open     *opening  // nil means open or not
	cover    []gridRect
}

// Square is a part of the web mercator square: x and y in [0, 1), y to the south,
// the far edges excluded.
type Square struct{ X0, Y0, X1, Y1 float64 }

// compile translates texts to numbers once, so that a row costs one lookup.
// The semantics are those of Filter in SQL: values that no place has find nothing.
func (v *View) compile(f places.Filter) *query {
	q := &query{from: math.MinInt64, until: math.MaxInt64, box: f.BBox, profiles: v.allowedProfiles(f)}
	if len(f.Neighbourhoods) > 0 {
		q.hoods = make([]bool, len(v.hoods))
		for i, code := range v.hoods {
			q.hoods[i] = i > 0 && slices.Contains(f.Neighbourhoods, code)
		}
	}
	if !f.UpdatedFrom.IsZero() {
		q.timed, q.from = true, f.UpdatedFrom.UnixMicro()
	}
	if !f.UpdatedUntil.IsZero() {
		q.timed, q.until = true, f.UpdatedUntil.UnixMicro()
	}
	if !f.OpenAt.IsZero() {
		q.open = v.opening(f.OpenAt)
	}
	if f.BBox != nil {
		for _, bound := range f.BBox.Bounds() {
			q.cover = append(q.cover, rectOfBound(bound))
		}
	}
	return q
}

// allowedProfiles is a table by profile number. The one of a filter that asks
// nothing of profiles is ready: making it was a third of the time of a page.
func (v *View) allowedProfiles(f places.Filter) []bool {
	if len(f.Categories)+len(f.Groups)+len(f.Kinds)+len(f.Wheelchairs)+len(f.Sources)+len(f.States) == 0 && f.OpenAt.IsZero() {
		return v.living
	}
	allowed := make([]bool, len(v.profiles))
	states := f.EffectiveStates()
	for i, p := range v.profiles {
		allowed[i] = slices.Contains(states, p.State) && (f.OpenAt.IsZero() || p.State == places.Open) &&
			allows(f.Categories, p.Category) && allows(f.Groups, p.Group) && allows(f.Kinds, p.Kind) &&
			allows(f.Wheelchairs, p.Wheelchair) && allows(f.Sources, p.Source)
	}
	return allowed
}

func allows[T comparable](allowed []T, value T) bool {
	return len(allowed) == 0 || slices.Contains(allowed, value)
}

// matches tells whether a row is asked for; inside spares looking at its position.
func (q *query) matches(s *segment, i int, inside bool) bool {
	if !q.profiles[s.profiles[i]] {
		return false
	}
	if q.hoods != nil && !q.hoods[s.hoods[i]] {
		return false
	}
	// A column that is not asked about is not read: each costs a cache line now and then.
	if q.timed && (s.updated[i] < q.from || s.updated[i] > q.until) {
		return false
	}
	if q.open != nil && !q.open.holds(s.schedules[i]) {
		return false
	}
	if inside {
		return true
	}
	if q.box != nil && !q.box.Contains(orb.Point{s.lons[i], s.lats[i]}) {
		return false
	}
	return q.square == nil || q.square.contains(s.xs[i], s.ys[i])
}

func (s *Square) contains(x, y float64) bool {
	return x >= s.X0 && x < s.X1 && y >= s.Y0 && y < s.Y1
}

// gridRect is a rectangle of cells of the Hilbert grid, edges included.
type gridRect struct{ x0, y0, x1, y1 int64 }

const gridCells = 1 << geo.HilbertOrder

// slack is by how many cells (1.9 cm at the equator) a cover may be off, because
// the grid of keys and the exact comparison round differently.
const slack = 2

func rectOfBound(b orb.Bound) gridRect {
	x0, y1 := geo.Mercator(b.Min)
	x1, y0 := geo.Mercator(b.Max)
	return rectOfSquare(Square{x0, y0, x1, y1})
}

func rectOfSquare(s Square) gridRect {
	return gridRect{
		int64(math.Floor(s.X0 * gridCells)), int64(math.Floor(s.Y0 * gridCells)),
		int64(math.Floor(s.X1 * gridCells)), int64(math.Floor(s.Y1 * gridCells)),
	}
}

// touches tells whether a cell may hold rows of the rectangle.
func (r gridRect) touches(c gridRect) bool {
	return c.x0 <= r.x1+slack && c.x1 >= r.x0-slack && c.y0 <= r.y1+slack && c.y1 >= r.y0-slack
}

// surrounds tells whether every row of a cell is surely in the rectangle.
func (r gridRect) surrounds(c gridRect) bool {
	return c.x0 >= r.x0+slack && c.x1 <= r.x1-slack && c.y0 >= r.y0+slack && c.y1 <= r.y1-slack
}

package places

import (
	"slices"
	"time"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
)

// Filter is the one question that tiles, items, counters, exports and SQL all
// understand. Empty fields do not restrict; several values of one field are
// alternatives; different fields must all hold.
type Filter struct {
	BBox           *geo.BBox
	Categories     []string // main category ids
	Groups         []string // of the main category
	Kinds          []Kind
	Neighbourhoods []string // codes
	Wheelchairs    []Wheelchair
	Sources        []string // source ids of the record
	States         []State  // empty means Open and ClosedTemporarily: what stands today
	UpdatedFrom    time.Time
	UpdatedUntil   time.Time // included
	// OpenAt asks for what is surely open at an instant, given in the zone of the
	// places. Only places/snapshot knows: Find and Count refuse it.
	OpenAt time.Time
}

// LivingStates are the states shown when none is asked for.
var LivingStates = []State{Open, ClosedTemporarily}

// EffectiveStates are the states asked for, LivingStates by default.
func (f Filter) EffectiveStates() []State {
	if len(f.States) == 0 {
		return LivingStates
	}
	return f.States
}

// Validate checks each value against the taxonomy and the closed lists. The
// fault is Invalid and names the query parameter of the first wrong value.
// Neighbourhoods and sources are open lists: an unknown one finds nothing.
func (f Filter) Validate(t *Taxonomy) error {
	for _, id := range f.Categories {
		if _, ok := t.Category(id); !ok {
			return fault.InvalidField("category", "%q is not a category of this map", id)
		}
	}
	for _, id := range f.Groups {
		if !slices.ContainsFunc(t.Groups, func(g Group) bool { return g.ID == id }) {
			return fault.InvalidField("group", "%q is not a group of this map", id)
		}
	}
	if err := oneOf("kind", f.Kinds, AllKinds); err != nil {
		return err
	}
	if err := oneOf("state", f.States, []State{Open, ClosedTemporarily, Closed}); err != nil {
		return err
	}
	if err := oneOf("wheelchair", f.Wheelchairs, AllWheelchairs); err != nil {
		return err
	}
	if !f.UpdatedUntil.IsZero() && f.UpdatedUntil.Before(f.UpdatedFrom) {
		return fault.InvalidField("datetime", "the end is before the beginning")
	}
	return nil
}

func oneOf[T ~string](field string, values, allowed []T) error {
	for _, value := range values {
		if !slices.Contains(allowed, value) {
			return fault.InvalidField(field, "%q is none of %v", string(value), allowed)
		}
	}
	return nil
}

package snapshot

import "cartoquartiers/places"

// Counts is how many places a filter finds, in all and by what they are. Values
// that no place has are absent; "" counts those of unknown wheelchair access and
// those outside of all neighbourhoods.
type Counts struct {
	Total          int
	Categories     map[string]int
	Groups         map[string]int
	Kinds          map[places.Kind]int
	Neighbourhoods map[string]int
	States         map[places.State]int
	Wheelchairs    map[places.Wheelchair]int
	Sources        map[string]int
}

// Count is how many places the filter finds, exactly.
func (v *View) Count(f places.Filter) int {
	total := 0
	v.each(v.compile(f), func(*segment, int) { total++ })
	return total
}

// Counts is Count by category, group, kind, neighbourhood, state, wheelchair
// and source.
func (v *View) Counts(f places.Filter) Counts {
	byProfile, byHood := make([]int, len(v.profiles)), make([]int, len(v.hoods))
	v.each(v.compile(f), func(s *segment, i int) {
		byProfile[s.profiles[i]]++
		byHood[s.hoods[i]]++
	})
	counts := Counts{
		Categories: map[string]int{}, Groups: map[string]int{}, Kinds: map[places.Kind]int{},
		Neighbourhoods: map[string]int{}, States: map[places.State]int{}, Wheelchairs: map[places.Wheelchair]int{},
		Sources: map[string]int{},
	}
	for number, count := range byProfile {
		if count == 0 {
			continue
		}
		p := v.profiles[number]
		counts.Total += count
		counts.Categories[p.Category] += count
		counts.Groups[p.Group] += count
		counts.Kinds[p.Kind] += count
		counts.States[p.State] += count
		counts.Wheelchairs[p.Wheelchair] += count
		counts.Sources[p.Source] += count
	}
	for number, count := range byHood {
		if count > 0 {
			counts.Neighbourhoods[v.hoods[number]] += count
		}
	}
	return counts
}

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
}

// Count is how many places the filter finds, exactly.
func (v *View) Count(f places.Filter) int {
	total := 0
	v.each(v.compile(f), func(*segment, int) { total++ })
	return total
}

// Counts is Count by category, group, kind, neighbourhood, state and wheelchair.
func (v *View) Counts(f places.Filter) Counts {
	byProfile, byHood := make([]int, len(v.profiles)), make([]int, len(v.hoods))
	v.each(v.compile(f), func(s *segment, i int) {
		byProfile[s.profiles[i]]++
		byHood[s.hoods[i]]++
	})
	counts := Counts{
		Categories: map[string]int{}, Groups: map[string]int{}, Kinds: map[places.Kind]int{},
		Neighbourhoods: map[string]int{}, States: map[places.State]int{}, Wheelchairs: map[places.Wheelchair]int{},
	}
	for number, count := range byProfile {
		if count == 0 {
			continue
		}
		p := v.profiles[number]
		counts.Total += count
		counts.Categories[p.category] += count
		counts.Groups[p.group] += count
		counts.Kinds[p.kind] += count
		counts.States[p.state] += count
		counts.Wheelchairs[p.wheelchair] += count
	}
	for number, count := range byHood {
		if count > 0 {
			counts.Neighbourhoods[v.hoods[number]] += count
		}
	}
	return counts
}

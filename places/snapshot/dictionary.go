package snapshot

import (
	"slices"

	"cartoquartiers/places"
	"cartoquartiers/places/hours"
)

// Profile is what many places have in common; there are some thousand different
// ones at most, so a filter is a table of booleans by profile number.
type Profile struct {
	Category, Group, Source string
	Kind                    places.Kind
	State                   places.State
	Wheelchair              places.Wheelchair
	// Values number category, group, kind and state in View.Value.
	Values [4]uint32
	group  uint32 // number of dictionary.groups
}

// dictionary numbers profiles, neighbourhoods and the like. It only grows, so a
// View may keep an older length of its lists. One goroutine writes.
type dictionary struct {
	living         []bool // by profile
	profiles       []Profile
	profileNumbers map[string]uint32
	hoods          []string // hoods[0] is no neighbourhood
	hoodNumbers    map[string]uint32
	groups         []string
	sources        []string
	values         [][]byte // texts as values of an MVT layer
	valueNumbers   map[string]uint32
	scratch        []byte

	schedules       []*hours.Schedule // schedules[0] is nil: hours that are not known
	scheduleNumbers map[string]uint32 // by the text as JSON writes it
}

func newDictionary() *dictionary {
	return &dictionary{
		profileNumbers: make(map[string]uint32),
		hoods:          []string{""},
		hoodNumbers:    map[string]uint32{"": 0},
		valueNumbers:   make(map[string]uint32),

		schedules:       []*hours.Schedule{nil},
		scheduleNumbers: make(map[string]uint32),
	}
}

// profile gives the number of kind, category, group, state, wheelchair, source.
func (d *dictionary) profile(parts [6][]byte) uint32 {
	d.scratch = d.scratch[:0]
	for _, part := range parts {
		d.scratch = append(append(d.scratch, part...), 0) // no text of PostgreSQL holds a zero byte
	}
	if number, ok := d.profileNumbers[string(d.scratch)]; ok {
		return number
	}
	number := uint32(len(d.profiles))
	d.profileNumbers[string(d.scratch)] = number
	d.living = append(d.living, slices.Contains(places.LivingStates, places.State(parts[3])))
	d.profiles = append(d.profiles, Profile{
		Kind: places.Kind(parts[0]), Category: string(parts[1]), Group: string(parts[2]),
		State: places.State(parts[3]), Wheelchair: places.Wheelchair(parts[4]), Source: string(parts[5]),
		Values: [4]uint32{d.value(parts[1]), d.value(parts[2]), d.value(parts[0]), d.value(parts[3])},
		group:  d.group(string(parts[2])),
	})
	if source := string(parts[5]); !slices.Contains(d.sources, source) {
		d.sources = append(d.sources, source)
	}
	return number
}

func (d *dictionary) value(text []byte) uint32 {
	if number, ok := d.valueNumbers[string(text)]; ok {
		return number
	}
	number := uint32(len(d.values))
	d.values = append(d.values, appendName(nil, text))
	d.valueNumbers[string(text)] = number
	return number
}

func (d *dictionary) group(id string) uint32 {
	if number := slices.Index(d.groups, id); number >= 0 {
		return uint32(number)
	}
	d.groups = append(d.groups, id)
	return uint32(len(d.groups) - 1)
}

func (d *dictionary) hood(code []byte) uint32 {
	if number, ok := d.hoodNumbers[string(code)]; ok {
		return number
	}
	number := uint32(len(d.hoods))
	d.hoods = append(d.hoods, string(code))
	d.hoodNumbers[string(code)] = number
	return number
}

// words is what a View keeps of a dictionary: its lists at that length.
type words struct {
	profiles []Profile
	living   []bool // by profile: what a filter without conditions on profiles shows
	hoods    []string
	groups   []string
	sources  []string
	values   [][]byte

	schedules []*hours.Schedule
}

func (d *dictionary) words() words {
	return words{
		profiles: d.profiles, living: d.living, hoods: d.hoods, groups: d.groups, sources: d.sources, values: d.values,
		schedules: d.schedules,
	}
}

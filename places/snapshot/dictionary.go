package snapshot

import (
	"cartoquartiers/places"
)

// profile is what many places have in common; there are some thousand different
// ones at most, so a filter is a table of booleans by profile number.
type profile struct {
	category, group, source string
	kind                    places.Kind
	state                   places.State
	wheelchair              places.Wheelchair
}

// dictionary numbers profiles and neighbourhoods. It only grows, so a View may
// keep an older length of its lists. One goroutine writes.
type dictionary struct {
	profiles       []profile
	profileNumbers map[string]uint32
	hoods          []string // hoods[0] is no neighbourhood
	hoodNumbers    map[string]uint32
	scratch        []byte
}

func newDictionary() *dictionary {
	return &dictionary{
		profileNumbers: make(map[string]uint32),
		hoods:          []string{""},
		hoodNumbers:    map[string]uint32{"": 0},
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
	d.profiles = append(d.profiles, profile{
		kind: places.Kind(parts[0]), category: string(parts[1]), group: string(parts[2]),
		state: places.State(parts[3]), wheelchair: places.Wheelchair(parts[4]), source: string(parts[5]),
	})
	d.profileNumbers[string(d.scratch)] = number
	return number
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

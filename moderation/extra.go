package moderation

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"cartoquartiers/places"
)

// extraPrefix begins the paths of the fields that a town has defined for a category.
const extraPrefix = "extra."

// extra takes an object with the fields of the category. Which ones that has is looked
// at when the category is known: see fitting.
func (c *checker) extra(pointer string, value json.RawMessage) places.Fields {
	var members map[string]json.RawMessage
	if json.Unmarshal(value, &members) != nil || members == nil {
		c.wrong(pointer, "must be an object with the fields of the category")
		return nil
	}
	fields := make(places.Fields)
	for _, key := range slices.Sorted(maps.Keys(members)) {
		at := pointer + "/" + key
		if _, known := c.taxonomy.ExtraField("", key); !known {
			c.wrong(at, "its category has no such field")
			continue
		}
		fields[extraPrefix+key] = members[key]
		var text string
		if string(members[key]) != "null" && json.Unmarshal(members[key], &text) == nil {
			fields[extraPrefix+key] = quote(c.text(at, text, 1, 500))
		}
	}
	return fields
}

// fitting checks the values that a proposal gives to fields of a category against what
// the town has defined. What takes a value away always fits, also from a field that is
// no more.
func (c *checker) fitting(pointer, category string, proposed places.Fields) {
	for _, path := range slices.Sorted(maps.Keys(proposed)) {
		key, is := strings.CutPrefix(path, extraPrefix)
		if !is || string(proposed[path]) == "null" {
			continue
		}
		open := c.taxonomy.ExtraFields(category)
		at := slices.IndexFunc(open, func(f places.ExtraField) bool { return f.Key == key })
		if at < 0 {
			c.wrong(pointer+"/extra/"+key, "its category has no such field")
		} else if wrong := open[at].Check(proposed[path]); wrong != nil {
			c.wrong(pointer+"/extra/"+key, "%v", wrong)
		}
	}
}

// checkExtra checks the fields of the category of an edit, as the place will be.
func (r *Road) checkExtra(in *incoming) error {
	c := checker{taxonomy: r.Taxonomy}
	if in.submission.Action == Edit {
		c.fitting("/patch", in.place.category, in.proposal.Patch)
	}
	return c.fault()
}

// checkExtraEdits does so for what a moderator wrote otherwise, of the place as it will be.
func (r *Road) checkExtraEdits(merged, edits places.Fields) error {
	var category string
	_ = json.Unmarshal(merged["category"], &category) // a document without one is refused for that, later
	c := checker{taxonomy: r.Taxonomy}
	c.fitting("/edits", category, edits)
	return c.fault()
}

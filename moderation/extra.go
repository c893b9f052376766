package moderation

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"cartoquartiers/internal/jcs"
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
		fields[extraPrefix+key] = c.extraValue(at, members[key])
	}
	return fields
}

// extraValue is a value as the place keeps it: a text of one line, as its forms have it,
// and a number as ECMAScript writes it. What the database would make of 1e-400 fills a
// page, and what of 1e-20000 is a refusal.
func (c *checker) extraValue(pointer string, value json.RawMessage) json.RawMessage {
	var text string
	if string(value) != "null" && json.Unmarshal(value, &text) == nil {
		if strings.Contains(strings.TrimSpace(text), "\n") {
			c.wrong(pointer, "must be one line")
		}
		return quote(c.text(pointer, text, 1, 500))
	}
	if canonical, err := jcs.Canonical(value); err == nil {
		return canonical
	}
	return value // a number beyond a double: the field refuses it
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
// Who settles a conflict with a value that stands or was proposed may do so also when
// the field is asked for no more, or is one of the former category.
func (r *Road) checkExtraEdits(merged, edits places.Fields, of sides) error {
	var category string
	_ = json.Unmarshal(merged["category"], &category) // a document without one is refused for that, later
	written := maps.Clone(edits)
	maps.DeleteFunc(written, func(path string, value json.RawMessage) bool {
		return sameValue(value, of.ours[path]) || sameValue(value, of.theirs[path])
	})
	c := checker{taxonomy: r.Taxonomy}
	c.fitting("/edits", category, written)
	return c.fault()
}

func sameValue(a, b json.RawMessage) bool {
	one, err := jcs.Canonical(a)
	other, absent := jcs.Canonical(b)
	return err == nil && absent == nil && bytes.Equal(one, other)
}

package places

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// FieldConflict is one field that both sides changed to different values since
// they last agreed. A nil value means that the side has no such field.
type FieldConflict struct {
	Field  string          `json:"field"`
	Base   json.RawMessage `json:"base"`
	Theirs json.RawMessage `json:"theirs"`
	Ours   json.RawMessage `json:"ours"`
}

// MergeResult is the outcome of a three-way merge.
type MergeResult struct {
	Fields    Fields          // ours, with what could be taken from theirs
	Taken     []string        // paths taken from theirs, sorted; removals included
	Conflicts []FieldConflict // sorted by path; Fields keeps ours for them
}

// Merge is the field-level three-way merge: what theirs changed since base is
// taken where ours still is as base, and nothing that ours changed is lost.
// The inputs are not modified.
func Merge(base, theirs, ours Fields) MergeResult {
	merged := MergeResult{Fields: maps.Clone(ours)}
	if merged.Fields == nil {
		merged.Fields = make(Fields)
	}
	for _, path := range allPaths(base, theirs, ours) {
		b, t, o := base[path], theirs[path], ours[path]
		switch {
		case bytes.Equal(t, b), bytes.Equal(t, o): // they said nothing new, or what we say already
		case bytes.Equal(o, b):
			merged.Taken = append(merged.Taken, path)
			setOrDelete(merged.Fields, path, t)
		default:
			merged.Conflicts = append(merged.Conflicts, FieldConflict{Field: path, Base: b, Theirs: t, Ours: o})
		}
	}
	return merged
}

func allPaths(sides ...Fields) []string {
	paths := make(map[string]struct{})
	for _, side := range sides {
		for path := range side {
			paths[path] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

func setOrDelete(fields Fields, path string, value json.RawMessage) {
	if value == nil {
		delete(fields, path)
		return
	}
	fields[path] = value
}

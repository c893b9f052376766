package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"

	"cartoquartiers/places"
)

// origin says which fields one source gave, under which licence, and when.
type origin struct {
	Source, URL, Licence string
	Fields               string // labels, joined
	At                   time.Time
}

// origins reads the provenance of each field and gathers equals.
func (v *view) origins(ctx context.Context, t *town, id places.ID) ([]origin, error) {
	live, err := places.FindLive(ctx, v.site.Pool, []places.ID{id})
	if err != nil {
		return nil, err
	}
	type key struct {
		source, licence string
		day             time.Time
	}
	fields := make(map[key][]string)
	for _, path := range slices.Sorted(maps.Keys(live[id].Provenance)) {
		if places.IsPrivate(path) {
			continue // not even that it is there
		}
		p := live[id].Provenance[path]
		k := key{p.Source, p.Licence, p.At.Truncate(24 * time.Hour)}
		if label := v.fieldLabel(path); !slices.Contains(fields[k], label) {
			fields[k] = append(fields[k], label)
		}
	}
	var all []origin
	for k, labels := range fields {
		from := t.sources[k.source]
		all = append(all, origin{v.sourceName(t, k.source), from.URL, v.licenceName(k.licence), strings.Join(labels, ", "), k.day})
	}
	slices.SortFunc(all, func(a, b origin) int { return strings.Compare(a.Source+a.Fields, b.Source+b.Fields) })
	return all, nil
}

// sourceName names a source in the reader's language where we have words for it.
func (v *view) sourceName(t *town, id string) string {
	name := t.sources[id].Name
	if name == "" {
		name = id
	}
	return v.textOr("source."+id, name)
}

func (v *view) licenceName(spdx string) string {
	switch spdx {
	case places.LicenceODbL:
		return v.T("licence.odbl")
	case places.LicenceOuverte:
		return v.T("licence.ouverte")
	case places.LicenceBYSA:
		return "CC BY-SA 4.0"
	case places.LicenceZero:
		return "CC0 1.0"
	}
	return spdx
}

// revisionText is one revision in words.
type revisionText struct {
	Number  int
	At      time.Time
	Cause   string
	Erased  bool // nothing is left of what it said
	Changes []changeText
	Move    *moveMap // nil unless it moved
}

type changeText struct {
	Field         string
	Before, After string // empty: absent
}

// Old and New are the two texts with what differs marked.
func (c changeText) Old() []part { old, _ := wordDiff(c.Before, c.After); return old }

// New is documented at Old.
func (c changeText) New() []part { _, now := wordDiff(c.Before, c.After); return now }

// sortChanges orders changes by their labels.
func sortChanges(changes []changeText) {
	slices.SortFunc(changes, func(a, b changeText) int { return strings.Compare(a.Field, b.Field) })
}

// changedPaths are the fields in which two documents differ, in their order.
func changedPaths(before, after []byte) ([]string, error) {
	old, err := places.FieldsOf(before)
	if err != nil {
		return nil, err
	}
	now, err := places.FieldsOf(after)
	if err != nil {
		return nil, err
	}
	paths := maps.Clone(old)
	maps.Copy(paths, now)
	var changed []string
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if !bytes.Equal(old[path], now[path]) {
			changed = append(changed, path)
		}
	}
	return changed, nil
}

// historyLength is how many revisions a place page tells; its history has them all.
const historyLength = 5

func (v *view) history(ctx context.Context, t *town, id places.ID) ([]revisionText, error) {
	revisions, err := places.Revisions(ctx, v.site.Pool, id, 0, historyLength+1) // one more, to compare with
	if err != nil {
		return nil, err
	}
	return v.revisionTexts(t, id, revisions, historyLength)
}

// revisionTexts tells revisions, the newest first, at most so many; one more is for comparing.
func (v *view) revisionTexts(t *town, id places.ID, revisions []places.Revision, most int) ([]revisionText, error) {
	var all []revisionText
	for i, r := range revisions {
		text := revisionText{Number: r.Number, At: r.At, Cause: v.T("history.local")}
		if r.Number == 1 {
			text.Cause = v.T("history.first")
		}
		if r.Source != nil {
			text.Cause = v.T("history.import", "source", v.sourceName(t, *r.Source))
		}
		if text.Erased = r.Erased; r.Erased {
			text.Cause = v.T("history.erased")
		}
		if i+1 < len(revisions) {
			var err error
			if text.Changes, err = v.changes(revisions[i+1].Document, r.Document, r.Changed); err != nil {
				return nil, fmt.Errorf("compare revisions of place %d: %w", id, err)
			}
		}
		all = append(all, text)
	}
	return all[:min(len(all), most)], nil
}

// changes tells for each field that differs what became of it.
func (v *view) changes(before, after []byte, paths []string) ([]changeText, error) {
	old, err := places.FieldsOf(before)
	if err != nil {
		return nil, err
	}
	now, err := places.FieldsOf(after)
	if err != nil {
		return nil, err
	}
	var changed []changeText
	for _, path := range paths {
		if path == "position" {
			changed = append(changed, v.moved(old[path], now[path]))
			continue
		}
		changed = append(changed, changeText{v.fieldLabel(path), v.valueText(path, old[path]), v.valueText(path, now[path])})
	}
	return changed, nil
}

func (v *view) moved(before, after json.RawMessage) changeText {
	var from, to orb.Point
	change := changeText{Field: v.fieldLabel("position")}
	if json.Unmarshal(before, &from) == nil && json.Unmarshal(after, &to) == nil {
		change.After = v.T("history.moved", "distance", formatDistance(v.Language, orbgeo.DistanceHaversine(from, to)))
	}
	return change
}

// fieldLabel names a field path; "name.fr" is the name in French.
func (v *view) fieldLabel(path string) string {
	if key, extra := strings.CutPrefix(path, extraPath); extra {
		return v.extraLabel("", key)
	}
	name, part, split := strings.Cut(path, ".")
	label := v.textOr("field."+name, name)
	if !split || part == places.Undetermined {
		return label
	}
	if language := v.LanguageName(part); language != "" {
		part = language
	}
	return label + " (" + part + ")"
}

// valueText writes a field's value as a person would.
func (v *view) valueText(path string, value json.RawMessage) string {
	if value == nil {
		return ""
	}
	if places.IsPhoto(path) {
		return v.photoText(value)
	}
	if key, extra := strings.CutPrefix(path, extraPath); extra {
		return v.extraText("", key, value)
	}
	var at orb.Point
	if path == "position" && json.Unmarshal(value, &at) == nil {
		return degrees(at[1]) + ", " + degrees(at[0]) // latitude first, as people write it
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return v.wordFor(path, text)
	}
	var address places.Address
	if path == "address" && json.Unmarshal(value, &address) == nil {
		return addressLine(&address)
	}
	var list []string
	if json.Unmarshal(value, &list) == nil {
		for i, one := range list {
			list[i] = v.wordFor(path, one)
		}
		return strings.Join(list, ", ")
	}
	return string(value)
}

func (v *view) wordFor(path, value string) string {
	switch path {
	case "category", "categories":
		return v.site.categoryLabel(value, v.Language)
	case "kind":
		return v.textOr("kind."+value, value)
	case "state":
		return v.textOr("state."+value, value)
	case "wheelchair":
		return v.textOr("wheelchair."+value, value)
	case "verified_at":
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return v.Date(at)
		}
	}
	return value
}

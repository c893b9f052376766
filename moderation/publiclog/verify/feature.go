package verify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// propertiesOf is what a published feature says of a revision: the document's
// fields under their names, with texts in the languages that are served, and
// what follows from where the values come from.
func propertiesOf(name revision, one opened) map[string]any {
	properties := maps.Clone(one.document)
	if properties == nil {
		properties = make(map[string]any)
	}
	delete(properties, "position") // it is the geometry
	for _, field := range []string{"name", "description"} {
		texts, _ := one.document[field].(map[string]any)
		delete(properties, field)
		setText(properties, field, plain(texts))
		setText(properties, field+"_en", other(texts, "en"))
		if field == "name" {
			setText(properties, "name_fr", other(texts, "fr"))
		}
	}
	secondary, _ := one.document["categories"].([]any)
	properties["categories"] = append([]any{one.document["category"]}, secondary...)
	if identifiers, ok := one.document["identifiers"].(map[string]any); ok {
		rest := maps.Clone(identifiers)
		delete(rest, "osm")
		setText(properties, "osm", text(identifiers["osm"]))
		properties["identifiers"] = rest
		if len(rest) == 0 {
			delete(properties, "identifiers")
		}
	}
	if photos, ok := one.document["photos"].(map[string]any); ok {
		properties["photos"] = shownPhotos(photos)
	}
	if _, verified := one.document["verified_at"]; verified {
		setText(properties, "verified_by", one.provenance["verified_at"].Role)
	}
	properties["revision"] = name.number
	properties["sources"], properties["licence"] = origins(one.provenance)
	return properties
}

func setText(properties map[string]any, name, value string) {
	if value != "" {
		properties[name] = value
	}
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

// plain is the text for readers who state no language: undetermined, French, English, any.
func plain(texts map[string]any) string {
	for _, language := range append([]string{"und", "fr", "en"}, slices.Sorted(maps.Keys(texts))...) {
		if value, ok := texts[language]; ok {
			return text(value)
		}
	}
	return ""
}

func other(texts map[string]any, language string) string {
	if value := text(texts[language]); value != plain(texts) {
		return value
	}
	return ""
}

// shownPhotos are the photos of a document as a feature lists them, in the order of their numbers.
func shownPhotos(photos map[string]any) []any {
	shown := []any{}
	for _, key := range slices.SortedFunc(maps.Keys(photos), func(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) }) {
		photo, _ := photos[key].(map[string]any)
		alt, _ := photo["alt"].(map[string]any)
		one := map[string]any{"id": json.Number(key), "alt": plain(alt), "licence": photo["licence"]}
		setText(one, "alt_en", other(alt, "en"))
		setText(one, "credit", text(photo["role"]))
		setText(one, "taken", text(photo["taken"]))
		width, height := whole(photo["width"]), whole(photo["height"])
		sizes := []any{}
		for _, size := range []int{320, 960, 1920} {
			sizes = append(sizes, map[string]any{
				"url":   fmt.Sprintf("/photos/%s-%d.jpg", text(photo["file"]), size),
				"width": fit(width, width, height, size), "height": fit(height, width, height, size),
			})
		}
		one["sizes"] = sizes
		shown = append(shown, one)
	}
	return shown
}

func whole(value any) int {
	number, _ := value.(float64)
	return int(number)
}

// fit is a side of a picture whose longest side becomes size, unless it is shorter.
func fit(side, width, height, size int) int {
	longest := max(width, height)
	if longest <= size {
		return side
	}
	return max(1, (side*size+longest/2)/longest)
}

// origins are the sources of all fields, and the licence of the whole: ODbL as soon as one value is.
func origins(fields map[string]provenance) (sources []string, licence string) {
	seen := make(map[string]bool)
	licence = "etalab-2.0"
	for _, field := range fields {
		seen[field.Source] = true
		if field.Licence == "ODbL-1.0" {
			licence = field.Licence
		}
	}
	return slices.Sorted(maps.Keys(seen)), licence
}

package api

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"cartoquartiers/places"
)

// extraFields are the fields that the town has defined for a category, as the
// collection of categories publishes them.
type extraFields struct {
	Key     string               `json:"key"`
	Kind    places.ExtraKind     `json:"kind"`
	LabelFr string               `json:"label_fr"`
	LabelEn string               `json:"label_en,omitempty"`
	HelpFr  string               `json:"help_fr,omitempty"`
	HelpEn  string               `json:"help_en,omitempty"`
	Choices []places.ExtraChoice `json:"choices,omitempty"`
}

func (s *server) extraOf(category string) (all []extraFields) {
	for _, f := range s.Taxonomy.ExtraFields(category) {
		all = append(all, extraFields{f.Key, f.Kind, f.LabelFr, f.LabelEn, f.HelpFr, f.HelpEn, f.Choices})
	}
	return all
}

// extraFieldsSchema describes that.
func extraFieldsSchema() *huma.Schema {
	choice := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"fr": text(), "en": text()}}
	return &huma.Schema{Type: "array", Items: &huma.Schema{
		Type: "object", Required: []string{"key", "kind", "label_fr"},
		Properties: map[string]*huma.Schema{
			"key": text(), "kind": values(places.AllExtraKinds), "label_fr": text(), "label_en": text(), "help_fr": text(), "help_en": text(),
			"choices": {Type: "array", Items: choice},
		},
	}}
}

// withExtra describes the fields that the town has defined, each once by its key. Values
// of fields that are asked for no more stay, so that others may stand beside them.
func withExtra(taxonomy *places.Taxonomy) *huma.Schema {
	schema := anyObject()
	schema.Properties = make(map[string]*huma.Schema)
	for _, c := range taxonomy.Categories {
		for _, f := range taxonomy.ExtraFields(c.ID) {
			of := schema.Properties[f.Key]
			if of == nil {
				of = &huma.Schema{Title: f.Label("en"), Description: "Of places of these categories: "}
				schema.Properties[f.Key] = of
			} else {
				of.Description += ", "
			}
			of.Description += c.ID
			of.OneOf = append(of.OneOf, extraSchema(f))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(schema.Properties)) {
		if of := schema.Properties[key]; len(of.OneOf) == 1 {
			of.Type, of.Enum, of.OneOf = of.OneOf[0].Type, of.OneOf[0].Enum, nil
		} else {
			of.AnyOf, of.OneOf = of.OneOf, nil
		}
	}
	return schema
}

func extraSchema(f places.ExtraField) *huma.Schema {
	switch f.Kind {
	case places.ExtraNumber:
		return &huma.Schema{Type: "number"}
	case places.ExtraYesNo:
		return &huma.Schema{Type: "boolean"}
	case places.ExtraChoiceOf:
		var all []string
		for _, c := range f.Choices {
			all = append(all, c.Fr)
		}
		return values(all)
	case places.ExtraText:
	}
	return text()
}

// townProperties are the properties of places with what the town has defined.
func townProperties(taxonomy *places.Taxonomy) []property {
	all := slices.Clone(placeProperties)
	for i := range all {
		if all[i].name == "extra" {
			all[i].schema = withExtra(taxonomy)
		}
	}
	return all
}

// extraChanges are the fields of the category that a feature has otherwise than it
// stands, {} for none. What is no object goes on its road as it is, and is refused there.
func extraChanges(value, stands json.RawMessage) json.RawMessage {
	var changed, before map[string]json.RawMessage
	if json.Unmarshal(value, &changed) != nil || changed == nil {
		return value
	}
	_ = json.Unmarshal(stands, &before) // our own; absent where the place has none
	maps.DeleteFunc(changed, func(key string, value json.RawMessage) bool { return sameJSON(value, before[key]) })
	text, err := json.Marshal(changed)
	if err != nil {
		return value
	}
	return text
}

// wholeExtra is the extra of a replacement: what stands and is not in it is taken away.
func wholeExtra(value, stands json.RawMessage) json.RawMessage {
	whole := make(map[string]json.RawMessage)
	if value != nil && json.Unmarshal(value, &whole) != nil {
		return value
	}
	if whole == nil { // null: absent
		whole = make(map[string]json.RawMessage)
	}
	var before map[string]json.RawMessage
	_ = json.Unmarshal(stands, &before) // our own
	for key := range before {
		if _, kept := whole[key]; !kept {
			whole[key] = json.RawMessage("null")
		}
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return value
	}
	return text
}

package web

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"cartoquartiers/places"
)

// extraPath begins the paths of the fields that a town has defined for a category.
const extraPath = "extra."

// extraFact is a value of such a field, as a card shows it.
type extraFact struct {
	Label, Text string
}

// extraFacts are those of a place, in the order of its category; values of fields that
// are asked for no more stand last.
func (v *view) extraFacts(p published) (facts []extraFact) {
	keys := slices.Sorted(maps.Keys(p.Extra))
	order := make(map[string]int)
	for i, f := range v.site.Taxonomy.ExtraFields(p.Category) {
		order[f.Key] = i - len(keys) - 100
	}
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(order[a], order[b]) })
	for _, key := range keys {
		facts = append(facts, extraFact{v.extraLabel(p.Category, key), v.extraText(p.Category, key, p.Extra[key])})
	}
	return facts
}

// extraLabel names a field; by its key where no category has it.
func (v *view) extraLabel(category, key string) string {
	if f, found := v.site.Taxonomy.ExtraField(category, key); found {
		return f.Label(v.Language)
	}
	return key
}

// extraText writes a value as a person would, also one that its field would not take today.
func (v *view) extraText(category, key string, value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		f, _ := v.site.Taxonomy.ExtraField(category, key)
		if at := slices.IndexFunc(f.Choices, func(c places.ExtraChoice) bool { return c.Fr == text }); at >= 0 {
			return f.Choices[at].Label(v.Language)
		}
		return text
	}
	var yes bool
	if json.Unmarshal(value, &yes) == nil {
		return v.yesNo(yes)
	}
	if v.Language == "fr" {
		if _, err := strconv.ParseFloat(string(value), 64); err == nil {
			return strings.Replace(string(value), ".", ",", 1)
		}
	}
	return string(value)
}

func (v *view) yesNo(yes bool) string {
	if yes {
		return v.T("extra.yes")
	}
	return v.T("extra.no")
}

// extraGroup are the fields of a category, in the form of a place.
type extraGroup struct {
	Category, Label string
	Open            bool // the category is the chosen one
	Inputs          []extraInput
}

// extraInput is one of them.
type extraInput struct {
	inputField
	Choices []option // of yes or no, and of a list
}

// extraName is the name of a field in the form.
func extraName(category, key string) string { return extraNames + category + ":" + key }

const extraNames = "extra:"

// fillExtra adds the fields of every category that has some: without a script one
// cannot know which category will be chosen.
func (v *view) fillExtra(f *placeForm) {
	for _, c := range v.site.Taxonomy.Categories {
		fields := v.site.Taxonomy.ExtraFields(c.ID)
		if len(fields) == 0 || c.Hidden && c.ID != f.Values["category"] {
			continue
		}
		group := extraGroup{Category: c.ID, Label: c.Label(v.Language), Open: c.ID == f.Values["category"]}
		for _, field := range fields {
			group.Inputs = append(group.Inputs, v.extraInput(c.ID, field, f))
		}
		f.Extra = append(f.Extra, group)
	}
}

func (v *view) extraInput(category string, field places.ExtraField, f *placeForm) extraInput {
	name := extraName(category, field.Key)
	input := extraInput{inputField: inputField{
		Name: name, Label: field.Label(v.Language), Help: field.Help(v.Language), Type: "text",
		Value: f.Values[name], Error: f.Errors[name], Wrong: f.wrong(name), Most: 500, First: name == f.First(),
	}}
	if input.Help != "" || input.Error != "" {
		input.Described = "h-" + name
	}
	switch field.Kind {
	case places.ExtraYesNo:
		input.Type = "select"
		for value, yes := range map[string]bool{"true": true, "false": false} {
			input.Choices = append(input.Choices, option{value, v.yesNo(yes), value == input.Value})
		}
		slices.SortFunc(input.Choices, func(a, b option) int { return cmp.Compare(b.Value, a.Value) })
	case places.ExtraChoiceOf:
		input.Type = "select"
		for _, c := range field.Choices {
			input.Choices = append(input.Choices, option{c.Fr, c.Label(v.Language), c.Fr == input.Value})
		}
	case places.ExtraNumber:
		input.Type = "number"
	case places.ExtraText:
	}
	known := slices.ContainsFunc(input.Choices, func(o option) bool { return o.Selected })
	if input.Type == "select" && input.Value != "" && !known {
		input.Choices = append(input.Choices, option{input.Value, input.Value, true}) // of a list that was longer, or of another category
	}
	return input
}

// extraSent are the values of such fields that were sent.
func extraSent(sent url.Values, into map[string]string) {
	for name := range sent {
		if text := strings.TrimSpace(strings.ReplaceAll(sent.Get(name), "\r\n", "\n")); text != "" && strings.HasPrefix(name, extraNames) {
			into[name] = text
		}
	}
}

// extraOf are the values that a place has, as the form shows them.
func extraOf(d places.Document, put func(name, text string)) {
	for key, value := range d.Extra {
		text := string(value)
		_ = json.Unmarshal(value, &text) // else as it stands: a number, true, false
		put(extraName(d.Category, key), text)
	}
}

// extra are the values of the chosen category that differ from before, nil for one that
// was taken away.
func (f *placeForm) extra(before map[string]string) map[string]any {
	changed := make(map[string]any)
	category := f.Values["category"]
	for _, field := range f.taxonomy.ExtraFields(category) {
		name := extraName(category, field.Key)
		text := f.Values[name]
		if text == before[name] {
			continue
		}
		changed[field.Key] = nil
		if text != "" {
			changed[field.Key] = extraValue(field.Kind, text)
		}
	}
	return changed
}

// extraValue is what was typed, as JSON has it; what is no such value stays a text, and
// is refused beside its field.
func extraValue(kind places.ExtraKind, text string) any {
	switch kind {
	case places.ExtraNumber:
		number := strings.NewReplacer(",", ".", " ", "", "\u00a0", "", "\u202f", "").Replace(text)
		if json.Valid([]byte(number)) {
			return json.RawMessage(number)
		}
	case places.ExtraYesNo:
		if yes, err := strconv.ParseBool(text); err == nil {
			return yes
		}
	case places.ExtraText, places.ExtraChoiceOf:
	}
	return text
}

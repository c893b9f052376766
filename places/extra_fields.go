package places

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"cartoquartiers/internal/fault"
)

// ExtraField is a field that a town has defined for the places of a category: a key of
// Document.Extra. Its values are JSON: a string, a number or a boolean.
type ExtraField struct {
	Key     string
	Kind    ExtraKind
	LabelFr string
	LabelEn string // as in French where empty
	HelpFr  string
	HelpEn  string
	Choices []ExtraChoice // of kind ExtraChoiceOf
	Removed bool          // it is asked for no more; the values that places have are shown
}

// ExtraKind is what the values of a field are.
type ExtraKind string

// The kinds of fields.
const (
	ExtraText     ExtraKind = "text"   // a string
	ExtraNumber   ExtraKind = "number" // a number
	ExtraYesNo    ExtraKind = "yes_no" // a boolean
	ExtraChoiceOf ExtraKind = "choice" // a string, the French of a choice
)

// AllExtraKinds are the kinds, in the order of forms.
var AllExtraKinds = []ExtraKind{ExtraText, ExtraNumber, ExtraYesNo, ExtraChoiceOf}

// ExtraChoice is a value that a field may have: what it is called in French is what places keep.
type ExtraChoice struct {
	Fr string `json:"fr"`
	En string `json:"en,omitempty"`
}

// Bounds of what a town may define.
const (
	maxExtraFields  = 12 // of a category
	maxExtraChoices = 30
	maxExtraHelp    = 200 // characters
	maxExtraText    = 500 // likewise, of a value
)

// Label is the field's label in a language, French unless English is asked for.
func (f ExtraField) Label(language string) string { return inLanguage(f.LabelFr, f.LabelEn, language) }

// Help is what is said below the field in a language; may be empty.
func (f ExtraField) Help(language string) string { return inLanguage(f.HelpFr, f.HelpEn, language) }

// Label is what the choice is called in a language.
func (c ExtraChoice) Label(language string) string { return inLanguage(c.Fr, c.En, language) }

func inLanguage(french, english, language string) string {
	if language == "en" && english != "" {
		return english
	}
	return french
}

// Check tells what is wrong with a value; nil for nothing.
func (f ExtraField) Check(value json.RawMessage) *fault.Error {
	switch f.Kind {
	case ExtraNumber:
		var n float64
		if json.Unmarshal(value, &n) != nil || string(value) == "null" || math.IsInf(n, 0) {
			return fault.New(fault.Invalid, "must be a number")
		}
	case ExtraYesNo:
		var yes bool
		if json.Unmarshal(value, &yes) != nil || string(value) == "null" {
			return fault.New(fault.Invalid, "must be true or false")
		}
	case ExtraChoiceOf:
		var one string
		if json.Unmarshal(value, &one) != nil || !slices.ContainsFunc(f.Choices, func(c ExtraChoice) bool { return c.Fr == one }) {
			return fault.New(fault.Invalid, "%s is none of the choices: %s", value, strings.Join(f.values(), ", "))
		}
	case ExtraText:
		var text string
		if json.Unmarshal(value, &text) != nil || text == "" {
			return fault.New(fault.Invalid, "must be a text")
		}
		if n := utf8.RuneCountInString(text); n > maxExtraText {
			return fault.New(fault.Invalid, "from %d to %d characters, not %d", 1, maxExtraText, n)
		}
	}
	return nil
}

func (f ExtraField) values() (all []string) {
	for _, c := range f.Choices {
		all = append(all, c.Fr)
	}
	return all
}

// ExtraFields are the fields that the places of a category are asked for, in their order.
func (t *Taxonomy) ExtraFields(category string) (open []ExtraField) {
	for _, f := range t.extra[category] {
		if !f.Removed {
			open = append(open, f)
		}
	}
	return open
}

// RemovedFields are those that were asked for once, in their order.
func (t *Taxonomy) RemovedFields(category string) (removed []ExtraField) {
	for _, f := range t.extra[category] {
		if f.Removed {
			removed = append(removed, f)
		}
	}
	return removed
}

// ExtraField finds a field of a category by key, also one that was removed; else that of
// another category, from which a place may have its value. Found is false where no
// category ever had it.
func (t *Taxonomy) ExtraField(category, key string) (field ExtraField, found bool) {
	named := func(f ExtraField) bool { return f.Key == key }
	if at := slices.IndexFunc(t.extra[category], named); at >= 0 {
		return t.extra[category][at], true
	}
	for _, c := range t.Categories {
		if at := slices.IndexFunc(t.extra[c.ID], named); at >= 0 {
			return t.extra[c.ID][at], true
		}
	}
	return field, false
}

var extraKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// clean checks what a town defines, without the spaces around it.
func (f ExtraField) clean() (ExtraField, error) {
	for name, text := range map[string]*string{"label_fr": &f.LabelFr, "label_en": &f.LabelEn, "help_fr": &f.HelpFr, "help_en": &f.HelpEn} {
		most := maxExtraHelp
		if strings.HasPrefix(name, "label") {
			most = maxLabel
		}
		if err := tidyLine(name, text, most); err != nil {
			return f, err
		}
	}
	if !extraKey.MatchString(f.Key) {
		return f, fault.InvalidField("key", "%q is not a key: small letters, digits and _, a letter first", f.Key)
	}
	if f.LabelFr == "" {
		return f, fault.InvalidField("label_fr", "is needed")
	}
	if !slices.Contains(AllExtraKinds, f.Kind) {
		return f, fault.InvalidField("kind", "%q is none of %v", string(f.Kind), AllExtraKinds)
	}
	return f.cleanChoices()
}

func (f ExtraField) cleanChoices() (ExtraField, error) {
	var choices []ExtraChoice
	for _, c := range f.Choices {
		for _, text := range []*string{&c.Fr, &c.En} {
			if err := tidyLine("choices", text, maxLabel); err != nil {
				return f, err
			}
		}
		if c.Fr != "" && !slices.ContainsFunc(choices, func(other ExtraChoice) bool { return other.Fr == c.Fr }) {
			choices = append(choices, c)
		}
	}
	f.Choices = choices
	if f.Kind != ExtraChoiceOf {
		f.Choices = nil
	} else if len(choices) < 2 || len(choices) > maxExtraChoices {
		return f, fault.InvalidField("choices", "a list has from %d to %d choices", 2, maxExtraChoices)
	}
	return f, nil
}

// tidyLine makes of a text what the values of places are made of, which are compared with
// it: NFC without spaces around, neither control characters nor the embeddings, overrides
// and isolates of Unicode UAX #9.
func tidyLine(name string, text *string, most int) error {
	*text = strings.TrimSpace(norm.NFC.String(*text))
	for _, r := range *text {
		if unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return fault.InvalidField(name, "the character %U is not allowed", r)
		}
	}
	if utf8.RuneCountInString(*text) > most {
		return fault.InvalidField(name, "up to %d characters", most)
	}
	return nil
}

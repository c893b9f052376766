package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed locales
var locales embed.FS

// Languages are those of the interface, the first one by default.
var Languages = []string{"fr", "en"}

// message is one text of a catalogue: the same for every number, or by plural form.
type message struct {
	One, Other string
}

// UnmarshalJSON reads "text" or {"one": "text", "other": "text"}.
func (m *message) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		m.One, m.Other = text, text
		return nil
	}
	var forms struct {
		One   string `json:"one"`
		Other string `json:"other"`
	}
	if err := json.Unmarshal(data, &forms); err != nil {
		return err
	}
	if forms.One == "" || forms.Other == "" {
		return fmt.Errorf("a plural needs one and other: %s", data)
	}
	m.One, m.Other = forms.One, forms.Other
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (m message) MarshalJSON() ([]byte, error) {
	if m.One == m.Other {
		return json.Marshal(m.Other)
	}
	return json.Marshal(map[string]string{"one": m.One, "other": m.Other})
}

// scriptPrefix marks the texts that the islands say: each page carries them in the
// data block #text.
const scriptPrefix = "script."

// catalogue holds the texts of one language by key.
type catalogue map[string]message

func readCatalogues() map[string]catalogue {
	all := make(map[string]catalogue)
	for _, language := range Languages {
		text, err := locales.ReadFile("locales/" + language + ".json")
		if err != nil {
			panic(err) // it is in the binary
		}
		var c catalogue
		if err := json.Unmarshal(text, &c); err != nil {
			panic("locales/" + language + ".json: " + err.Error())
		}
		all[language] = c
	}
	return all
}

// script are the texts of the islands, by key without its prefix.
func (c catalogue) script() catalogue { return c.under(scriptPrefix) }

// under are the texts whose key begins with a prefix, by key without it.
func (c catalogue) under(prefix string) catalogue {
	texts := make(catalogue)
	for key, found := range c {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			texts[name] = found
		}
	}
	return texts
}

// text is the message of a key with {name} replaced, pairs being name, value,
// name, value. A missing key shows itself: better an ugly page than none.
func (c catalogue) text(key string, pairs ...any) string {
	found, ok := c[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return fill(found.Other, pairs)
}

// plural is the message of a key for a count, which also replaces {count}.
func (c catalogue) plural(language, key string, count int, pairs ...any) string {
	found, ok := c[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	form := found.Other
	if isOne(language, count) {
		form = found.One
	}
	return fill(form, append(pairs, "count", formatNumber(language, float64(count))))
}

// isOne tells the plural form (https://cldr.unicode.org, plural rules): French
// counts zero as singular, English does not.
func isOne(language string, count int) bool {
	return count == 1 || (language == "fr" && count == 0)
}

func fill(text string, pairs []any) string {
	if len(pairs) == 0 {
		return text
	}
	replacements := make([]string, len(pairs))
	for i, part := range pairs {
		replacements[i] = fmt.Sprint(part)
		if i%2 == 0 {
			replacements[i] = "{" + replacements[i] + "}"
		}
	}
	return strings.NewReplacer(replacements...).Replace(text)
}

package web

import (
	"net/http"
	"slices"
	"strings"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// changeField defines a field of a category, or asks for it no more.
func (s *site) changeField(r *http.Request, category string, town *places.Taxonomy) error {
	field := fieldFrom(r)
	if r.PostFormValue("new") != "" {
		return places.NewExtraField(r.Context(), s.Pool, category, field, s.Clock())
	}
	if doOf(r) == "remove" {
		open := town.ExtraFields(category)
		at := slices.IndexFunc(open, func(f places.ExtraField) bool { return f.Key == field.Key })
		if at < 0 {
			return fault.InvalidField("key", "its category has no such field")
		}
		field = open[at]
		field.Removed = true
	}
	return places.SetExtraField(r.Context(), s.Pool, category, field, s.Clock())
}

// fieldFrom reads the form of a field. Its choices stand one a line: French | English.
func fieldFrom(r *http.Request) places.ExtraField {
	field := places.ExtraField{
		Key: strings.TrimSpace(r.PostFormValue("key")), Kind: places.ExtraKind(r.PostFormValue("kind")),
		LabelFr: r.PostFormValue("field_fr"), LabelEn: r.PostFormValue("field_en"),
		HelpFr: r.PostFormValue("help_fr"), HelpEn: r.PostFormValue("help_en"),
	}
	for line := range strings.Lines(r.PostFormValue("choices")) {
		french, english, _ := strings.Cut(line, "|")
		field.Choices = append(field.Choices, places.ExtraChoice{Fr: strings.TrimSpace(french), En: strings.TrimSpace(english)})
	}
	return field
}

// fieldForm is a field as its form shows it.
type fieldForm struct {
	places.ExtraField
	ID    string // in the page
	Lines string // its choices
	Kinds []option
	New   bool
	Again bool // it was sent and stands here again
	// What is wrong with it, by the field of the form.
	Errors map[string]string
}

func (v *view) fieldForm(f places.ExtraField, isNew bool) fieldForm {
	form := fieldForm{ExtraField: f, ID: f.Key, New: isNew}
	if isNew {
		form.ID = "new"
	}
	var lines []string
	for _, c := range f.Choices {
		line := c.Fr
		if c.En != "" {
			line += " | " + c.En
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	form.Lines = strings.Join(lines, "\n")
	for _, kind := range places.AllExtraKinds {
		if !isNew && kind != f.Kind {
			continue // a field keeps its kind
		}
		form.Kinds = append(form.Kinds, option{string(kind), v.T("fields.kind." + string(kind)), kind == f.Kind})
	}
	return form
}

// fieldForms are those of a category, an empty one, and those of fields that are asked for
// no more; what was sent and is wrong stands in its form again.
func (v *view) fieldForms(r *http.Request, category string, town *places.Taxonomy, again bool) (all []fieldForm) {
	fresh := places.ExtraField{}
	var sent places.ExtraField
	if again {
		sent = fieldFrom(r)
		fresh = sent
	}
	stands := func(fields []places.ExtraField) {
		for _, f := range fields {
			if again && f.Key == sent.Key && r.PostFormValue("new") == "" {
				sent.Kind, sent.Removed = f.Kind, f.Removed
				f, fresh = sent, places.ExtraField{}
			}
			all = append(all, v.fieldForm(f, false))
			all[len(all)-1].Again = again && f.Key == sent.Key && r.PostFormValue("new") == ""
		}
	}
	stands(town.ExtraFields(category))
	at := len(all)
	stands(town.RemovedFields(category))
	added := v.fieldForm(fresh, true)
	added.Again = again && r.PostFormValue("new") != ""
	return slices.Insert(all, at, added)
}

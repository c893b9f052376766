package web

// inputField is one field of the form of a place, with what is wrong with it.
type inputField struct {
	Name, Label, Help string
	Type              string // of the input: text, tel, url, email, date; area for several lines
	Value, Error      string
	Most              int  // characters
	First             bool // of the fields that are wrong: where one goes on
	Wrong             bool
	Described         string // ids of what is said of it
}

// Input is a field of the form that the page shows. Its label is the text
// "field.NAME", its help "form.help.NAME" where there is one.
func (v *view) Input(name, kind string, most int) inputField {
	form, ok := v.Data.(*placeForm)
	if !ok {
		return inputField{Name: name}
	}
	field := inputField{
		Name: name, Label: v.textOr("form.label."+name, v.textOr("field."+name, name)), Help: v.textOr("form.help."+name, ""),
		Type: kind, Value: form.Values[name], Error: form.Errors[name], Most: most, First: name == form.First(), Wrong: form.wrong(name),
	}
	if field.Wrong && field.Error == "" {
		field.Described = "h-position"
	} else if field.Help != "" || field.Error != "" {
		field.Described = "h-" + name
	}
	return field
}

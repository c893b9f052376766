package web

// inputField is one field of the form of a place, with what is wrong with it.
type inputField struct {
	Name, Label, Help string
	Type              string // of the input: text, tel, url, email, date; area for several lines
	Value, Error      string
	Most              int // characters
}

// Input is a field of the form that the page shows. Its label is the text
// "field.NAME", its help "form.help.NAME" where there is one.
func (v *view) Input(name, kind string, most int) inputField {
	form, ok := v.Data.(*placeForm)
	if !ok {
		return inputField{Name: name}
	}
	return inputField{
		Name: name, Label: v.textOr("form.label."+name, v.textOr("field."+name, name)), Help: v.textOr("form.help."+name, ""),
		Type: kind, Value: form.Values[name], Error: form.Errors[name], Most: most,
	}
}

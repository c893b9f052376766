package web

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"cartoquartiers/places"
)

// placeForm is the form of a place, to add one or to correct one: what stands in
// its fields, what is wrong with them, and what there is to choose from.
type placeForm struct {
	ID          places.ID // 0 for a new place
	Name        string    // of the place as it is called now
	Base        int       // revision that is corrected
	Key         string    // idempotency key: sent twice is one contribution
	Values      map[string]string
	Errors      map[string]string // by field
	Problem     string            // about no field
	Groups      []categoryGroup
	Wheelchairs []option
	Lookalikes  []lookalikeText
	Named       bool // they look like the place by its name, and not by its position alone
	Asked       bool // whether it is one of them, before it is taken
	Visitor     bool // may leave an e-mail
	Main        mainLanguages
	Photo       *photoField // of a new place; nil where none can be sent
	Atlas       *Atlas
	Extra       []extraGroup
	taxonomy    *places.Taxonomy

	body   []byte // tells this form from another one under its key; nil: what it says does
	status int    // of the answer, where the photo decides it; 0: the fault does
}

// categoryGroup are the categories of a group, in the select.
type categoryGroup struct {
	Label      string
	Categories []option
}

// lookalikeText is a place that may be the one that somebody is about to add.
type lookalikeText struct {
	ID          places.ID
	Name        string
	Category    string
	Icon, Group string
	Kind        places.Kind
	Distance    string
	Distinct    bool // said to be another one
}

// The fields whose form name is their name in a contribution, of one line each.
var lineFields = []string{"opening_hours", "phone", "website", "email", "wheelchair", "operator"}

// The parts of an address.
var addressFields = []string{"housenumber", "street", "postcode", "city", "text"}

// The texts per language: form name to language.
var languageFields = []struct{ suffix, language string }{{"", places.Undetermined}, {"_fr", "fr"}, {"_en", "en"}}

// mainLanguages say in which language the first field of a text is, by text: that of
// the place where nobody has said it in an undetermined one. Empty is undetermined.
type mainLanguages map[string]string

func mainLanguagesOf(d places.Document) mainLanguages {
	found := make(mainLanguages)
	for name, text := range map[string]places.Text{"name": d.Name, "description": d.Description} {
		for _, language := range []string{"en", "fr", places.Undetermined} {
			if text[language] != "" {
				found[name] = language
			}
		}
	}
	return found
}

// language is that of a field of a text; empty for the field that its main one stands for.
func (m mainLanguages) language(name, suffix, language string) string {
	first := cmp.Or(m[name], places.Undetermined)
	switch {
	case suffix == "":
		return first
	case language == first:
		return ""
	}
	return language
}

// formFields are all names of the form of a place.
func formFields() []string {
	names := []string{"category", "category_text", "lat", "lon", "message", "contact_email"}
	names = append(names, lineFields...)
	for _, part := range addressFields {
		names = append(names, "address_"+part)
	}
	for _, one := range languageFields {
		names = append(names, "name"+one.suffix, "description"+one.suffix)
	}
	return names
}

// valuesOf takes what was sent, without the spaces around it.
func valuesOf(sent url.Values) map[string]string {
	values := make(map[string]string)
	for _, name := range formFields() {
		text := strings.ReplaceAll(sent.Get(name), "\r\n", "\n")
		if text = strings.TrimSpace(text); text != "" {
			values[name] = text
		}
	}
	extraSent(sent, values)
	return values
}

// valuesOfPlace fills the form with a revision of a place.
func valuesOfPlace(fields places.Fields) (map[string]string, mainLanguages, error) {
	values := make(map[string]string)
	document, err := fields.Document()
	if err != nil {
		return nil, nil, err
	}
	first := mainLanguagesOf(document)
	put := func(name, text string) {
		if text != "" {
			values[name] = text
		}
	}
	for _, one := range languageFields {
		put("name"+one.suffix, document.Name[first.language("name", one.suffix, one.language)])
		put("description"+one.suffix, document.Description[first.language("description", one.suffix, one.language)])
	}
	put("category", document.Category)
	put("lat", degrees(document.Position[1]))
	put("lon", degrees(document.Position[0]))
	if a := document.Address; a != nil {
		for i, part := range []string{a.Housenumber, a.Street, a.Postcode, a.City, a.Text} {
			put("address_"+addressFields[i], part)
		}
	}
	for i, text := range []string{
		document.OpeningHours, document.Phone, document.Website, document.Email, string(document.Wheelchair), document.Operator,
	} {
		put(lineFields[i], text)
	}
	extraOf(document, put)
	return values, first, nil
}

func degrees(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }

// choose takes what was typed into the search of categories for the choice: the
// name of a category in any language.
func (f *placeForm) choose(taxonomy *places.Taxonomy, wrong string) {
	typed := f.Values["category_text"]
	if typed == "" {
		return
	}
	for _, c := range taxonomy.Categories {
		if strings.EqualFold(typed, c.LabelFr) || strings.EqualFold(typed, c.LabelEn) {
			f.Values["category"] = c.ID
			delete(f.Values, "category_text")
			return
		}
	}
	f.Errors["category"] = wrong
}

// fieldNames say which field of the form a part of a contribution stands in,
// where the names differ.
var fieldNames = map[string]string{
	"name/und": "name", "name/fr": "name_fr", "name/en": "name_en",
	"description/und": "description", "description/fr": "description_fr", "description/en": "description_en",
	"address/housenumber": "address_housenumber", "address/street": "address_street", "address/postcode": "address_postcode",
	"address/city": "address_city", "address/text": "address_text", "address": "address_street",
	"alt": "photo_alt", "licence": "photo_licence",
}

// tell puts what is wrong beside the fields; what has no field stands above them.
func (f *placeForm) tell(said saidFault) {
	known := make(map[string]bool)
	for _, name := range append(formFields(), "position", "photo", "photo_alt", "photo_licence") {
		known[name] = true
	}
	if said.detail != "" || len(said.fields) == 0 {
		f.Problem = joinWords(" : ", said.heading, said.detail) // else the fields say it better
	}
	for pointer, text := range said.fields {
		name := pointer
		if form, other := fieldNames[pointer]; other {
			name = form
		}
		if key, extra := strings.CutPrefix(pointer, "extra/"); extra {
			name = extraName(f.Values["category"], key)
			_, known[name] = f.taxonomy.ExtraField(f.Values["category"], key)
		}
		if !known[name] {
			f.Problem = joinWords(" ", f.Problem, text)
		} else if f.Errors[name] == "" {
			f.Errors[name] = text
		}
	}
}

// wrong tells whether a field is. A position that is none is said of both its numbers.
func (f *placeForm) wrong(name string) bool {
	return f.Errors[name] != "" || f.Errors["position"] != "" && (name == "lat" || name == "lon")
}

// fieldOrder is how the form reads, up to what is seldom wrong.
var fieldOrder = []string{
	"lat", "lon", "category", "name", "opening_hours", "phone", "website", "email", "wheelchair", "description",
	"address_housenumber", "address_street", "address_postcode", "address_city", "address_text", "operator",
	"name_fr", "name_en", "description_fr", "description_en", "photo", "photo_alt", "photo_licence", "message", "contact_email",
}

// First is the first field that is wrong; empty when none is.
func (f *placeForm) First() string {
	for _, name := range fieldOrder {
		if f.wrong(name) {
			return name
		}
	}
	for _, field := range f.taxonomy.ExtraFields(f.Values["category"]) {
		if name := extraName(f.Values["category"], field.Key); f.wrong(name) {
			return name
		}
	}
	return ""
}

// fillForm adds what there is to choose from.
func (v *view) fillForm(f *placeForm, t *town) {
	f.Groups = v.categoryGroups(f.Values["category"])
	for _, one := range places.AllWheelchairs {
		f.Wheelchairs = append(f.Wheelchairs, option{string(one), v.T("wheelchair." + string(one)), f.Values["wheelchair"] == string(one)})
	}
	v.fillExtra(f)
	atlas := v.site.atlas(v, t)
	f.Atlas = &atlas
}

// categoryGroups are all categories by group, for a select.
func (v *view) categoryGroups(chosen string) []categoryGroup {
	var groups []categoryGroup
	for _, group := range v.site.Taxonomy.Groups {
		one := categoryGroup{Label: group.Label(v.Language)}
		for _, c := range v.site.Taxonomy.Categories {
			if c.Group == group.ID && (!c.Hidden || c.ID == chosen) {
				one.Categories = append(one.Categories, option{c.ID, c.Label(v.Language), c.ID == chosen})
			}
		}
		groups = append(groups, one)
	}
	return groups
}

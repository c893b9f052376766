package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// categoriesPage is every category as the town shows it.
type categoriesPage struct {
	Groups []categoriesGroup
	Done   string // of which something was just changed
}

type categoriesGroup struct {
	ID, Label string
	Href      string // where its colour is chosen
	Changed   bool   // it has another one than ships
	Rows      []categoryRow
}

// categoryRow is one category beside what ships.
type categoryRow struct {
	places.Category
	Label, Icon, Href string
	Changed           bool // the town says something else than what ships
	Count             int  // places
}

// administrator is who administers; a fault for everybody else.
func (s *site) administrator(r *http.Request) (accounts.Actor, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return actor, err
	}
	return actor, moderation.AllowedToAdminister(actor)
}

func (s *site) showCategories(r *http.Request, v *view) (answer, error) {
	if _, err := s.administrator(r); err != nil {
		return answer{}, err
	}
	// Read anew: the site's own is some seconds older than what was just changed.
	town, _, err := places.TownTaxonomy(r.Context(), s.Pool)
	if err != nil {
		return answer{}, err
	}
	page := categoriesPage{}
	if done, known := town.Category(v.request.Query().Get("done")); known {
		page.Done = done.Label(v.Language)
	}
	counts := s.Snapshot.View().Counts(places.Filter{}).Categories
	for _, group := range town.Groups {
		shipped, _ := places.ShippedTaxonomy().FindGroup(group.ID)
		one := categoriesGroup{ID: group.ID, Label: group.Label(v.Language), Href: v.Link(adminPath + "/categories/theme/" + group.ID), Changed: group.Colour != shipped.Colour}
		for _, c := range town.Categories {
			if c.Group == group.ID {
				one.Rows = append(one.Rows, v.categoryRow(c, counts[c.ID]))
			}
		}
		page.Groups = append(page.Groups, one)
	}
	return answer{template: "admin_categories", title: v.T("categories.title"), data: page, private: true}, nil
}

func (v *view) categoryRow(c places.Category, count int) categoryRow {
	shipped, _ := places.ShippedTaxonomy().Category(c.ID)
	return categoryRow{
		Category: c, Label: c.Label(v.Language), Icon: v.shippedPictogram(c.Pictogram), Href: v.Link(adminPath + "/categories/" + c.ID),
		Changed: c != shipped, Count: count,
	}
}

// shippedPictogram is the URL of a category's pictogram as it ships.
func (v *view) shippedPictogram(category string) string {
	return v.site.assets.URL(shippedSprite) + "#" + category
}

// categoryPage is the form of one category, with how it looks.
type categoryPage struct {
	categoryRow
	Shipped    places.Category
	Pictograms []pictogramChoice
	Look       look
	Fields     []fieldForm // that the town has defined, and an empty one
	Days       string      // of verifying, as typed
	DaysWrong  string      // what is wrong with them
	Done       string      // what was just done to a field
	Problem    string
}

type pictogramChoice struct {
	Value, Label, Icon string
	Selected           bool
}

// showCategory shows the form of a category; a POST changes what the town says of
// it, or takes all of that back.
func (s *site) showCategory(r *http.Request, v *view) (answer, error) {
	actor, err := s.administrator(r)
	if err != nil {
		return answer{}, err
	}
	id, status := mux.Vars(r)["category"], http.StatusOK
	shipped, known := places.ShippedTaxonomy().Category(id)
	if !known {
		return answer{}, fault.New(fault.NotFound, "there is no category %q", id)
	}
	town, _, err := places.TownTaxonomy(r.Context(), s.Pool)
	if err != nil {
		return answer{}, err
	}
	now, _ := town.Category(id)
	page := categoryPage{Shipped: shipped, Days: strconv.Itoa(now.VerifyDays)}
	if done := v.request.Query().Get("done"); aboutField(done) {
		page.Done = v.T("fields.done." + done)
	}
	act, wrong := "", map[string]string(nil)
	if r.Method == http.MethodPost {
		if err := readForm(r); err != nil {
			return answer{}, err
		}
		act = doOf(r)
		seen, failed := s.changeCategory(r, now, town)
		switch {
		case failed == nil && !previews(act):
			logAdministration(r, actor, 0)
			return answer{seeOther: v.afterCategory(id, act)}, nil
		case failed != nil && fault.KindOf(failed) != fault.Invalid:
			return answer{}, failed
		case failed != nil:
			said := v.faultOf(r, failed)
			page.Problem, status, wrong = said.text(), said.status, said.fields
		}
		if now = seen; !aboutField(act) && act != "previewfield" {
			page.Days, page.DaysWrong = r.PostFormValue("verify_days"), wrong["verify_days"]
		}
	}
	page.Fields = v.fieldForms(r, id, town, aboutField(act) || act == "previewfield")
	for i := range page.Fields {
		if page.Fields[i].Again {
			page.Fields[i].Errors = wrong
		}
	}
	group, _ := town.FindGroup(now.Group)
	page.Look = look{Label: now.Label(v.Language), Icon: v.shippedPictogram(now.Pictogram), Kind: now.Kind, Colour: group.Colour}
	for _, form := range page.Fields {
		if !form.Removed && form.Label(v.Language) != "" {
			page.Look.Fields = append(page.Look.Fields, v.extraInput(id, form.ExtraField, &placeForm{taxonomy: town}))
		}
	}
	page.categoryRow = v.categoryRow(now, s.Snapshot.View().Counts(places.Filter{Categories: []string{id}}).Total)
	for _, c := range places.ShippedTaxonomy().Categories {
		page.Pictograms = append(page.Pictograms, pictogramChoice{c.ID, c.Label(v.Language), v.shippedPictogram(c.ID), c.ID == now.Pictogram})
	}
	return answer{template: "admin_category", title: shipped.Label(v.Language), data: page, status: status, private: true}, nil
}

// aboutField tells what is done to a field of the category.
func aboutField(act string) bool { return act == "field" || act == "remove" }

// aboutLook tells what is done to how a category or a group looks; without a word it is saved.
func aboutLook(act string) bool { return act == "" || act == "reset" || act == "preview" }

// previews tells an act that changes nothing.
func previews(act string) bool { return act == "preview" || act == "previewfield" }

// afterCategory is where one is led when the category was changed.
func (v *view) afterCategory(id, act string) string {
	if aboutField(act) {
		return v.Link(adminPath+"/categories/"+id, "done", act)
	}
	return v.Link(adminPath+"/categories", "done", id)
}

// changeCategory does what a form of the page asks for, and tells how the category looks
// with it.
func (s *site) changeCategory(r *http.Request, now places.Category, town *places.Taxonomy) (places.Category, error) {
	if doOf(r) == "previewfield" {
		return now, nil
	}
	if aboutField(doOf(r)) {
		return now, s.changeField(r, now.ID, town)
	}
	override, err := overrideFrom(r, now.ID)
	if err == nil && !aboutLook(doOf(r)) {
		err = notUnderstood(r)
	}
	if err == nil && doOf(r) != "preview" {
		err = places.SetOverride(r.Context(), s.Pool, override, s.Clock())
	}
	return now.Seen(override), err
}

// overrideFrom reads the form; the button "as shipped" takes everything back.
func overrideFrom(r *http.Request, category string) (places.Override, error) {
	override := places.Override{Category: category}
	if doOf(r) == "reset" {
		return override, nil
	}
	override.LabelFr, override.LabelEn = strings.TrimSpace(r.PostFormValue("label_fr")), strings.TrimSpace(r.PostFormValue("label_en"))
	override.Pictogram, override.Hidden = r.PostFormValue("pictogram"), r.PostFormValue("hidden") != ""
	if given := strings.TrimSpace(r.PostFormValue("verify_days")); given != "" {
		days, err := strconv.Atoi(given)
		if err != nil {
			return override, fault.InvalidField("verify_days", "is no number")
		}
		override.VerifyDays = &days
	}
	return override, nil
}

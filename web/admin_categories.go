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
		one := categoriesGroup{ID: group.ID, Label: group.Label(v.Language)}
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
	page := categoryPage{Shipped: shipped}
	if r.Method == http.MethodPost {
		override, failed := overrideFrom(r, id)
		if failed == nil {
			failed = places.SetOverride(r.Context(), s.Pool, override, s.Clock())
		}
		if failed == nil {
			logAdministration(r, actor, 0)
			return answer{seeOther: v.Link(adminPath+"/categories", "done", id)}, nil
		}
		if fault.KindOf(failed) != fault.Invalid {
			return answer{}, failed
		}
		said := v.faultOf(r, failed)
		page.Problem, status = said.text(), said.status
		now.LabelFr, now.LabelEn, now.Hidden = override.LabelFr, override.LabelEn, override.Hidden
	}
	page.categoryRow = v.categoryRow(now, s.Snapshot.View().Counts(places.Filter{Categories: []string{id}}).Total)
	for _, c := range places.ShippedTaxonomy().Categories {
		page.Pictograms = append(page.Pictograms, pictogramChoice{c.ID, c.Label(v.Language), v.shippedPictogram(c.ID), c.ID == now.Pictogram})
	}
	return answer{template: "admin_category", title: shipped.Label(v.Language), data: page, status: status, private: true}, nil
}

// overrideFrom reads the form; the button "as shipped" takes everything back.
func overrideFrom(r *http.Request, category string) (places.Override, error) {
	override := places.Override{Category: category}
	if err := readForm(r); err != nil || r.PostFormValue("do") == "reset" {
		return override, err
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

package web

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/colours"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// look is how a category, or a group, shows with what a form says: a part of pages that
// src/look.ts keeps up with the form, and the button "preview" without it.
type look struct {
	Label, Icon string
	Kind        places.Kind
	Colour      places.GroupColour
	Fields      []extraInput // of the category
}

// colourChoice is a pair to choose, with the name that it has for who does not see it.
type colourChoice struct {
	places.GroupColour
	Name string
}

// groupPage is the form of a group's colour, with how it looks.
type groupPage struct {
	ID, Label string
	Look      look
	Choices   []colourChoice // that pass, to choose from
	Wanted    places.GroupColour
	Shipped   places.GroupColour
	Changed   bool
	Done      bool
	Problems  []string
}

// showGroup shows the form of a group's colour; a POST sees how it would look, chooses
// it, or takes the choice back.
func (s *site) showGroup(r *http.Request, v *view) (answer, error) {
	actor, err := s.administrator(r)
	if err != nil {
		return answer{}, err
	}
	town, _, err := places.TownTaxonomy(r.Context(), s.Pool)
	if err != nil {
		return answer{}, err
	}
	group, known := town.FindGroup(mux.Vars(r)["group"])
	if !known {
		return answer{}, fault.New(fault.NotFound, "there is no group %q", mux.Vars(r)["group"])
	}
	shipped, _ := places.ShippedTaxonomy().FindGroup(group.ID)
	page := groupPage{ID: group.ID, Label: group.Label(v.Language), Wanted: group.Colour, Shipped: shipped.Colour, Changed: group.Colour != shipped.Colour}
	page.Done = v.request.Query().Get("done") != ""
	status := http.StatusOK
	if r.Method == http.MethodPost {
		taken, failed := s.chooseColour(r, v, town, &page)
		if failed != nil {
			return answer{}, failed
		}
		if taken {
			logAdministration(r, actor, 0)
			return answer{seeOther: v.Link(adminPath+"/categories/theme/"+group.ID, "done", 1)}, nil
		}
		if len(page.Problems) > 0 {
			status = http.StatusBadRequest
		}
	}
	page.Look = look{Label: page.Label, Icon: v.shippedPictogram("group-" + group.ID), Kind: places.Service, Colour: page.Wanted}
	for i, one := range town.ProposeColours(group.ID) {
		page.Choices = append(page.Choices, colourChoice{GroupColour: one, Name: v.T("colour.choice", "n", i+1, "hue", v.T("colour.hue."+hueOf(one.Day)))})
	}
	return answer{template: "admin_group", title: page.Label, data: page, status: status, private: true}, nil
}

// chooseColour takes the colour that was sent, unless it was sent to be seen alone or
// something speaks against it: the page says what.
func (s *site) chooseColour(r *http.Request, v *view, town *places.Taxonomy, page *groupPage) (taken bool, err error) {
	if err := readForm(r); err != nil {
		return false, err
	}
	wanted := colourFrom(r, page.Shipped)
	problems, err := town.CheckColour(page.ID, wanted)
	if err == nil && !aboutLook(doOf(r)) {
		err = notUnderstood(r)
	}
	if err == nil && len(problems) == 0 && doOf(r) != "preview" {
		err = places.SetGroupColour(r.Context(), s.Pool, page.ID, wanted, s.Clock())
		taken = err == nil
	}
	if err != nil && fault.KindOf(err) == fault.Invalid {
		page.Problems = []string{v.faultOf(r, err).text()}
		return false, nil
	}
	page.Wanted = wanted
	for _, one := range problems {
		page.Problems = append(page.Problems, v.colourProblem(one))
	}
	return taken, err
}

// colourFrom reads the form: a colour that passes, one's own, or what ships.
func colourFrom(r *http.Request, shipped places.GroupColour) places.GroupColour {
	if doOf(r) == "reset" {
		return shipped
	}
	if day, night, chosen := strings.Cut(r.PostFormValue("pair"), " "); chosen {
		return places.GroupColour{Day: day, Night: night}
	}
	return places.GroupColour{Day: strings.ToLower(r.PostFormValue("day")), Night: strings.ToLower(r.PostFormValue("night"))}
}

// colourProblem says in one sentence why a colour cannot be taken, against what and by how much.
func (v *view) colourProblem(p places.ColourProblem) string {
	when := v.T("colour.day")
	if p.Night {
		when = v.T("colour.night")
	}
	got, least := formatNumber(v.Language, float64(int(p.Got*10))/10), formatNumber(v.Language, p.Least)
	if p.Eyes == "" {
		return v.T("colour.contrast", "when", when, "colour", p.Colour, "got", got, "least", least)
	}
	other, _ := v.site.Taxonomy.FindGroup(p.Group)
	return v.T("colour.alike", "when", when, "colour", p.Colour, "got", got, "least", least, "other", other.Label(v.Language), "eyes", v.T("colour.eyes."+string(p.Eyes)))
}

// hues are names of parts of the circle of hues, each with the degree at which it ends.
var hues = []struct {
	name string
	end  float64
}{{"red", 15}, {"orange", 42}, {"yellow", 68}, {"green", 160}, {"turquoise", 195}, {"blue", 250}, {"violet", 290}, {"pink", 345}, {"red", 360}}

// hueOf names the hue of a colour of the taxonomy, which has checked it.
func hueOf(colour string) string {
	parsed, _ := colours.Parse(colour)
	for _, hue := range hues {
		if parsed.Hue() < hue.end {
			return hue.name
		}
	}
	return hues[0].name
}

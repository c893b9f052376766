package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gorilla/mux"
	orbgeo "github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/geojson"

	"cartoquartiers/geo"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
	"cartoquartiers/places"
	"cartoquartiers/places/search"
)

// followPath is where people see what they follow. What ends letters by their link is below it.
const followPath = "/suivi"

func (s *site) followRoutes(router *mux.Router) {
	router.Path(followPath).Methods(readOrSend()...).Handler(s.page(s.showFollowing))
	router.Path(following.StopPath).Methods(readOrSend()...).Handler(s.page(s.stopLetters))
}

// followPage is what somebody follows, and what they are about to.
type followPage struct {
	Rows           []followRow
	Told           bool
	Paces          []option
	Offer          *followRow // that the address names
	Neighbourhoods []option
	Radii          []option
	Atlas          Atlas
	Area, Centre   string // as they were given, with a mistake
	Done           string
	Problem        string
}

// followRow is a part of the map.
type followRow struct {
	ID          int64
	Name, Kind  string
	URL, Feed   string // of its page, and of its Atom feed
	Field       string // of the form that follows it, with Value
	Value       string
	FeedIsABox  bool // around the area, not the area itself
	AlreadyHere bool
}

// radii are how far around a place one can follow, in metres.
var radii = []int{250, 500, 1000, 2000, 5000}

// showFollowing lists what one follows; a POST does one thing, which the field "do" names.
// A visitor is asked to sign in, and comes back.
func (s *site) showFollowing(r *http.Request, v *view) (answer, error) {
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	if actor.User == 0 {
		return answer{seeOther: v.Link("/connexion", "next", r.URL.RequestURI())}, nil
	}
	page, status := followPage{}, http.StatusOK
	if r.Method == http.MethodPost {
		failed := s.changeFollowing(r, v, actor, &page)
		if fault.KindOf(failed) == fault.Internal && failed != nil {
			return answer{}, failed
		}
		if failed != nil {
			said := v.faultOf(r, failed)
			page.Problem, status, page.Done = said.text(), said.status, ""
			page.Area, page.Centre = r.PostFormValue("area"), r.PostFormValue("centre")
		}
	}
	if err := v.fillFollowing(r.Context(), actor, &page); err != nil {
		return answer{}, err
	}
	return answer{template: "follow", title: v.T("follow.title"), data: page, status: status, private: true}, nil
}

func (s *site) changeFollowing(r *http.Request, v *view, actor accounts.Actor, page *followPage) error {
	if err := readForm(r); err != nil {
		return err
	}
	page.Done = v.T("admin.done")
	switch r.PostFormValue("do") {
	case "follow":
		wanted, err := s.followFrom(r)
		if err == nil {
			_, err = following.Add(r.Context(), s.Pool, actor, wanted, s.Clock())
		}
		return err
	case "unfollow":
		id, _ := strconv.ParseInt(r.PostFormValue("id"), 10, 64) // 0 is not there
		return following.Remove(r.Context(), s.Pool, actor, id)
	case "pace":
		return s.Letters.SetPace(r.Context(), actor, following.Pace(r.PostFormValue("pace")))
	}
	return notUnderstood(r)
}

// followFrom reads what a form asks to follow: the first of what it names.
func (s *site) followFrom(r *http.Request) (f following.Follow, err error) {
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(r.PostFormValue(name), 10, 64) // 0 is not there
		return n
	}
	f.Place, f.Organisation = places.ID(number("place")), number("organisation")
	if f.Place != 0 || f.Organisation != 0 {
		return f, nil
	}
	if f.Neighbourhood = r.PostFormValue("neighbourhood"); f.Neighbourhood != "" {
		return f, nil
	}
	if area := r.PostFormValue("area"); area != "" {
		polygon, err := moderation.ReadArea([]byte(area))
		if err != nil {
			return f, err
		}
		f.Area, err = geojson.NewGeometry(polygon).MarshalJSON()
		return f, err
	}
	f.Area, err = s.around(r)
	return f, err
}

// around makes the area around a place: one that is named, or a position.
func (s *site) around(r *http.Request) (json.RawMessage, error) {
	text, radius := r.PostFormValue("centre"), 0
	for _, one := range radii {
		if strconv.Itoa(one) == r.PostFormValue("radius") {
			radius = one
		}
	}
	if radius == 0 {
		return nil, fault.InvalidField("radius", "must be one of %v metres", radii)
	}
	q := question{Text: text}
	centre, ok := parsePoint(text)
	if centre[0], centre[1] = centre[1], centre[0]; !ok { // people write latitude first
		view := s.Snapshot.View()
		if query := search.NewQuery(text); query != nil {
			if found := view.Suggest(query, nil, 1); len(found) > 0 {
				centre, ok = found[0].Row.Point(), true
			}
		}
		if found, err := s.findText(r.Context(), view, q, 1); !ok && err == nil && len(found.rows) > 0 {
			centre, ok = found.rows[0].Point(), true
		}
	}
	if !ok {
		return nil, fault.InvalidField("centre", "nothing on the map is called that, or stands at that address")
	}
	return geojson.NewGeometry(geo.Circle(centre, float64(radius))).MarshalJSON()
}

func (v *view) fillFollowing(ctx context.Context, actor accounts.Actor, page *followPage) error {
	s := v.site
	t, err := s.town(ctx, s.Snapshot.View())
	if err != nil {
		return err
	}
	all, err := following.List(ctx, s.Pool, actor)
	if err != nil {
		return err
	}
	page.Told = all.Told
	for _, one := range all.Follows {
		page.Rows = append(page.Rows, v.followed(ctx, t, one))
	}
	for _, pace := range following.AllPaces {
		page.Paces = append(page.Paces, option{string(pace), v.T("follow.pace." + string(pace)), pace == all.Pace})
	}
	for _, radius := range radii {
		page.Radii = append(page.Radii, option{strconv.Itoa(radius), v.T("follow.metres", "count", v.Number(radius)), radius == 500})
	}
	page.Neighbourhoods, page.Atlas = v.neighbourhoodOptions(t), s.atlas(v, t)
	page.Offer = v.offered(ctx, t, all.Follows)
	return nil
}

// offered is what the address names, where it is on the map.
func (v *view) offered(ctx context.Context, t *town, all []following.Follow) *followRow {
	query := v.request.Query()
	place, _ := strconv.ParseInt(query.Get("place"), 10, 64) // 0 is not there
	organisation, _ := strconv.ParseInt(query.Get("organisation"), 10, 64)
	wanted := following.Follow{Place: places.ID(place), Neighbourhood: query.Get("neighbourhood"), Organisation: organisation}
	if wanted.Place == 0 && wanted.Neighbourhood == "" && wanted.Organisation == 0 {
		return nil
	}
	row := v.followed(ctx, t, wanted)
	row.AlreadyHere = slices.ContainsFunc(all, func(f following.Follow) bool {
		return f.Place == wanted.Place && f.Neighbourhood == wanted.Neighbourhood && f.Organisation == wanted.Organisation && f.Area == nil
	})
	if row.URL == "" {
		return nil
	}
	return &row
}

// followed says what a person follows; without a URL it is not on the map (any more).
func (v *view) followed(ctx context.Context, t *town, f following.Follow) followRow {
	row := followRow{ID: f.ID, Name: v.T("follow.gone")}
	in := places.Within{Place: f.Place, Neighbourhood: f.Neighbourhood, Organisation: f.Organisation}
	name, err := places.NameOf(ctx, v.site.Pool, in)
	there := err == nil
	if there {
		row.Name = name
	}
	feed := func(part string) string { return "/api/v1/feeds/" + part + "?lang=" + v.Language }
	switch {
	case f.Area != nil:
		return v.followedArea(row, f.Area)
	case f.Place != 0:
		row.Kind, row.Field, row.Value = v.T("follow.kind.place"), "place", strconv.FormatInt(int64(f.Place), 10)
		if p, missing := findPublished(v.site.Snapshot.View(), f.Place); missing == nil {
			row.Name = v.site.title(p, v.Language)
		}
		if there {
			row.URL, row.Feed = v.PlaceLink(f.Place), feed("places/"+row.Value)
		}
	case f.Organisation != 0:
		row.Kind, row.Field, row.Value = v.T("follow.kind.organisation"), "organisation", strconv.FormatInt(f.Organisation, 10)
		if there {
			row.URL, row.Feed = v.Link(organisationURL(f.Organisation)), feed("organisations/"+row.Value)
		}
	default:
		row.Kind, row.Field, row.Value = v.T("follow.kind.neighbourhood"), "neighbourhood", f.Neighbourhood
		if there {
			row.Name = neighbourhoodName(t, f.Neighbourhood, v.Language)
			row.URL, row.Feed = v.Link("/lieux", "neighbourhood", f.Neighbourhood), feed("neighbourhoods/"+url.PathEscape(f.Neighbourhood))
		}
	}
	return row
}

// followedArea says how large an area is, and links what lies in the box around it.
func (v *view) followedArea(row followRow, area json.RawMessage) followRow {
	row.Kind, row.Name, row.FeedIsABox = v.T("follow.kind.area"), v.T("follow.kind.area"), true
	shape, err := geojson.UnmarshalGeometry(area)
	if err != nil {
		return row
	}
	box := shape.Geometry().Bound()
	bbox := fmt.Sprintf("%.5f,%.5f,%.5f,%.5f", box.Left(), box.Bottom(), box.Right(), box.Top())
	row.Name = v.T("follow.area", "size", formatNumber(v.Language, float64(int(orbgeo.Area(shape.Geometry())/1e4+0.5))))
	row.URL, row.Feed = v.Link("/lieux", "bbox", bbox), "/api/v1/feeds/all?bbox="+bbox+"&lang="+v.Language
	return row
}

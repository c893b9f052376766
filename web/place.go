package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// placePage is what the place template shows: the card, and on the place's own
// page what stands below it.
type placePage struct {
	published
	Name, Category string
	CategoryID     string
	Icon, Look     string
	Description    string
	Badge          *badge
	Verifier       string // "by an agent"; empty where a source said so
	Hours          *timetable
	Closure        string // why and until when it is closed for now
	Quarter        string // name of the neighbourhood
	QuarterURL     string
	AddressText    string
	PhoneText      string
	WebsiteText    string
	WheelchairText string
	Extra          []extraFact
	OwnPage        bool
	Missing        string    // labels of the facts that nobody gave yet, joined
	Quick          quickPage // what one can say of it with one tap
	OSMURL         string
	Path           string // of the place\'s own page
	SourceLine     string // where the whole comes from, and its licence
	Directions     string
	Others         []string // labels of the secondary categories
	Origins        []origin
	History        []revisionText
	Pictures       []picture
	Nearby         []row
	Linked         linkedPlace
	FeatureURL     string
	RevisionsURL   string
}

func placePath(id places.ID) string { return "/lieux/" + strconv.FormatInt(int64(id), 10) }

func (s *site) showPlace(r *http.Request, v *view) (answer, error) {
	number, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil {
		return answer{}, fault.New(fault.NotFound, "place numbers are not that long")
	}
	id := places.ID(number)
	view := s.Snapshot.View()
	t, err := s.town(r.Context(), view)
	if err != nil {
		return answer{}, err
	}
	page, err := v.card(view, t, id)
	if fault.Is(err, fault.NotFound) {
		return v.offTheMap(r.Context(), id)
	}
	if err != nil {
		return answer{}, err
	}
	if v.request.Query().Get("fragment") == "card" {
		return answer{template: "place", data: page, fragment: true}, nil
	}
	if err := v.complete(r.Context(), view, t, page); err != nil {
		return answer{}, err
	}
	return answer{template: "place", title: page.Name, data: page}, nil
}

// card is a place as the snapshot knows it.
func (v *view) card(view *snapshot.View, t *town, id places.ID) (*placePage, error) {
	found, ok := view.Find(id)
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no place %d", id)
	}
	p, err := readPublished(found)
	if err != nil {
		return nil, err
	}
	page := &placePage{
		published: p, Extra: v.extraFacts(p), Name: v.site.title(p, v.Language), Category: v.site.categoryLabel(p.Category, v.Language),
		CategoryID: p.Category,
		Icon:       v.Pictogram(p.Category), Look: v.look(p), Description: p.Description,
		Badge: v.badgeOf(p), Hours: v.timetableOf(p), Closure: v.closureText(p.Closure),
		Quick:       v.quickForms(p),
		AddressText: addressLine(p.Address), PhoneText: phoneText(p.Phone), WebsiteText: websiteText(p.Website),
		Path: placePath(p.ID), SourceLine: v.sourceLine(t, p), OSMURL: osmURL(p.OSM), Directions: directionsURL(p),
		FeatureURL:   fmt.Sprintf("/ogc/collections/places/items/%d", p.ID),
		RevisionsURL: fmt.Sprintf("/api/v1/places/%d/revisions", p.ID),
	}
	if v.Language == "en" && p.DescriptionEn != "" {
		page.Description = p.DescriptionEn
	}
	if p.VerifiedBy != "" {
		page.Verifier = v.T("place.verified_by", "who", v.T("role."+p.VerifiedBy))
	}
	if p.Wheelchair != "" {
		page.WheelchairText = v.T("wheelchair." + string(p.Wheelchair))
	}
	if n, known := t.byCode[p.Neighbourhood]; known {
		page.Quarter, page.QuarterURL = n.in(v.Language), v.Link("/lieux", "neighbourhood", n.Code)
	}
	for _, other := range p.Categories {
		if other != p.Category {
			page.Others = append(page.Others, v.site.categoryLabel(other, v.Language))
		}
	}
	return page, nil
}

// nearbyCount is how many neighbours a place page shows.
const nearbyCount = 6

// complete adds what only the place's own page has.
func (v *view) complete(ctx context.Context, view *snapshot.View, t *town, page *placePage) error {
	page.OwnPage = true
	page.Missing = v.missing(page.published)
	page.Pictures = v.pictures(page.published)
	page.Linked = v.linked(page)
	at := orb.Point{page.Lon, page.Lat}
	near, err := findNearest(view, question{Near: &at}, nearbyCount+1)
	if err != nil {
		return err
	}
	rows, err := v.rows(t, near.rows, true)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ID != page.ID && len(page.Nearby) < nearbyCount {
			page.Nearby = append(page.Nearby, r)
		}
	}
	if page.Origins, err = v.origins(ctx, t, page.ID); err != nil {
		return err
	}
	page.History, err = v.history(ctx, t, page.ID)
	return err
}

// mergedInto redirects for ever from a place that turned out to be another one.
func (v *view) mergedInto(ctx context.Context, id places.ID) (answer, error) {
	target, err := places.MergedInto(ctx, v.site.Pool, id)
	if err != nil {
		return answer{}, err
	}
	return answer{redirect: v.placeURL(target)}, nil
}

// sourceLine is the attribution that goes with a place wherever it is shown.
func (v *view) sourceLine(t *town, p published) string {
	names := make([]string, len(p.Sources))
	for i, id := range p.Sources {
		names[i] = v.sourceName(t, id)
	}
	return v.T("place.source", "sources", strings.Join(names, ", "), "licence", v.licenceName(p.Licence))
}

func (v *view) closureText(c *places.Closure) string {
	if c == nil {
		return ""
	}
	text := c.Message.In(v.Language)
	if c.Until != "" {
		text = joinWords(" · ", text, v.T("closure.until", "date", v.dateText(c.Until)))
	}
	return text
}

// phoneText writes French numbers in pairs, as one reads them aloud; others as they are.
func phoneText(phone string) string {
	digits, french := strings.CutPrefix(phone, "+33")
	if !french || len(digits) != 9 {
		return phone
	}
	digits = "0" + digits
	pairs := make([]string, 0, 5)
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, "\u00a0")
}

// websiteText is a website without what nobody reads aloud.
func websiteText(website string) string {
	u, err := url.Parse(website)
	if err != nil || u.Host == "" {
		return website
	}
	return strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.Path, "/")
}

var osmObject = regexp.MustCompile(`^(node|way|relation)/[0-9]+$`)

func osmURL(object string) string {
	if !osmObject.MatchString(object) {
		return ""
	}
	return "https://www.openstreetmap.org/" + object
}

func directionsURL(p published) string {
	return fmt.Sprintf("https://www.openstreetmap.org/directions?to=%f%%2C%f", p.Lat, p.Lon)
}

// furnitureFrom is the zoom from which the map shows what has no telephone and no
// opening hours to ask for: benches, bins, post boxes.
const furnitureFrom = 16

// missing names the facts that one would look for in vain.
func (v *view) missing(p published) string {
	if category, _ := v.site.Taxonomy.Category(p.Category); category.MinZoom >= furnitureFrom {
		return ""
	}
	text := ""
	for _, fact := range []struct {
		name  string
		known bool
	}{
		{"opening_hours", p.OpeningHours != ""},
		{"wheelchair", p.Wheelchair != ""},
		{"address", p.Address != nil},
		{"phone", p.Phone != ""},
		{"website", p.Website != ""},
	} {
		if !fact.known {
			text = joinWords(", ", text, strings.ToLower(v.T("field."+fact.name)))
		}
	}
	return text
}

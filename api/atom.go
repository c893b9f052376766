package api

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/internal/httpkit"
	"cartoquartiers/places"
)

var asAtom = httpkit.Format{Name: "atom", MediaType: "application/atom+xml; charset=utf-8", Also: []string{"application/xml", "text/xml"}}

// atomLength is how many changes a feed tells.
const atomLength = 50

func (s *server) atomEndpoints() []endpoint {
	const tag = "Feeds"
	about := "Atom (RFC 4287), for feed readers: what changed on the map, the newest first. Only what everybody sees is in it."
	formats := []representation{{asAtom, nil}}
	return []endpoint{
		{
			path: "/api/v1/feeds/all", id: "getFeed", tag: tag, summary: "The last changes of the map, as a feed",
			about: about, query: []parameter{{"bbox", "Only within west,south,east,north, in degrees.", text(), nil}}, formats: formats,
			handle: s.feedOf(func(string) places.Within { return places.Within{} }),
		},
		{
			path: "/api/v1/feeds/places/{id}", id: "getPlaceFeed", tag: tag, summary: "The history of a place, as a feed",
			about: about, inPath: []parameter{{"id", "The id of the place", text(), nil}}, formats: formats,
			handle: s.feedOf(func(id string) places.Within { return places.Within{Place: places.ID(natural(id))} }),
		},
		{
			path: "/api/v1/feeds/neighbourhoods/{id}", id: "getNeighbourhoodFeed", tag: tag, summary: "The last changes in a neighbourhood, as a feed",
			about: about, inPath: []parameter{{"id", "The code of the neighbourhood", text(), nil}}, formats: formats,
			handle: s.feedOf(func(id string) places.Within { return places.Within{Neighbourhood: id} }),
		},
		{
			path: "/api/v1/feeds/organisations/{id}", id: "getOrganisationFeed", tag: tag, summary: "The last changes of an organisation's records, as a feed",
			about: about, inPath: []parameter{{"id", "The number of the organisation", text(), nil}}, formats: formats,
			handle: s.feedOf(func(id string) places.Within { return places.Within{Organisation: int64(natural(id))} }),
		},
	}
}

// boxName tells the feed of a box from that of all.
func boxName(r *request) string {
	if box := r.values.Get("bbox"); box != "" {
		return "/" + url.PathEscape(box)
	}
	return ""
}

// natural is the number that a text is, -1 for none: that is nothing's number.
func natural(text string) int {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 {
		return -1
	}
	return number
}

// atomFeed is RFC 4287, 4.1.1, in the order of its members there.
type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Updated  string      `xml:"updated"`
	Author   string      `xml:"author>name"`
	Links    []atomLink  `xml:"link"`
	Rights   string      `xml:"rights,omitempty"`
	Entries  []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID       string       `xml:"id"`
	Title    string       `xml:"title"`
	Updated  string       `xml:"updated"`
	Links    []atomLink   `xml:"link"`
	Category atomCategory `xml:"category"`
	Summary  string       `xml:"summary"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

func (s *server) feedOf(part func(id string) places.Within) func(http.ResponseWriter, *request) error {
	return s.creditedFirst(func(w http.ResponseWriter, r *request) error {
		in, name := part(mux.Vars(r.Request)["id"]), ""
		if in.Place != 0 || in.Neighbourhood != "" || in.Organisation != 0 {
			var err error
			if name, err = places.NameOf(r.Context(), s.Pool, in); err != nil {
				return err
			}
		}
		box, err := readBBox(r.values.Get("bbox"))
		if err != nil {
			return err
		}
		if box != nil {
			var parts orb.MultiPolygon
			for _, one := range box.Bounds() { // two where it crosses the antimeridian
				parts = append(parts, one.ToPolygon())
			}
			if in.Area, err = wkb.Marshal(parts); err != nil {
				return fmt.Errorf("write a feed: %w", err)
			}
		}
		updates, err := places.Updates(r.Context(), s.Pool, in, 0, atomLength)
		if err != nil {
			return err
		}
		feed := s.atom(r, name, updates)
		if in.Place != 0 {
			feed.Links = append(feed.Links, atomLink{"alternate", "text/html", fmt.Sprintf("%s/lieux/%d", r.base, in.Place)})
		} else {
			feed.Links = append(feed.Links, atomLink{"alternate", "text/html", r.base + "/lieux" + listQuery(in)})
		}
		body, err := xml.MarshalIndent(feed, "", " ")
		if err != nil {
			return fmt.Errorf("write a feed: %w", err)
		}
		writeBody(w, r, revalidated, append([]byte(xml.Header), append(body, '\n')...))
		return nil
	})
}

// listQuery narrows the page of places to a part of the map, where that page can.
func listQuery(in places.Within) string {
	if in.Neighbourhood == "" {
		return ""
	}
	return "?neighbourhood=" + url.QueryEscape(in.Neighbourhood)
}

// atom is a feed of updates; of the whole map without a name.
func (s *server) atom(r *request, name string, updates []places.Update) atomFeed {
	credit := s.credit(s.Snapshot.View())
	feed := atomFeed{
		Language: r.language, ID: r.tagURI(strings.TrimPrefix(r.URL.Path, "/api/v1/") + boxName(r)), Author: "CartoQuartiers", Rights: credit.attribution,
		Title:   r.say("Ce qui change sur la carte", "What changes on the map"),
		Updated: time.Unix(0, 0).UTC().Format(time.RFC3339), // while nothing has
		Links:   []atomLink{{"self", "application/atom+xml", r.with()}},
	}
	if name != "" {
		feed.Title = name + " · " + feed.Title
	}
	for _, spdx := range credit.licences {
		feed.Links = append(feed.Links, atomLink{Rel: "license", Href: licenceURL(spdx)}) // RFC 4946
	}
	newest := time.Time{}
	for _, update := range updates {
		feed.Entries = append(feed.Entries, s.atomEntry(r, update))
		if update.At.After(newest) {
			newest = update.At
			feed.Updated = newest.Format(time.RFC3339)
		}
	}
	return feed
}

// tagURI names something for ever (RFC 4151), whatever protocol leads to it.
func (r *request) tagURI(what string) string {
	host := r.Host
	if base, err := url.Parse(r.base); err == nil {
		host = base.Hostname()
	}
	return "tag:" + host + ",2026:" + what
}

func (s *server) atomEntry(r *request, u places.Update) atomEntry {
	category, _ := s.Taxonomy.Category(u.Category)
	label := category.Label(r.language)
	title := u.Name
	if title == "" {
		title = label
	}
	page := fmt.Sprintf("%s/lieux/%d", r.base, u.Place)
	return atomEntry{
		ID: r.tagURI(fmt.Sprintf("place/%d/%d", u.Place, u.Revision)), Title: title, Updated: u.At.Format(time.RFC3339),
		Links: []atomLink{
			{"alternate", "text/html", page},
			{"related", "application/geo+json", fmt.Sprintf("%s/ogc/collections/places/items/%d", r.base, u.Place)},
			{"license", "", licenceURL(u.Licence)},
		},
		Category: atomCategory{u.Category, label},
		Summary:  r.updateText(u),
	}
}

// updateText says in a line what changed.
func (r *request) updateText(u places.Update) string {
	if u.New {
		return r.say("Nouveau sur la carte", "New on the map")
	}
	var labels []string
	for _, path := range u.Changed {
		field, _, _ := strings.Cut(path, ".")
		if label := r.fieldLabel(field); len(labels) == 0 || labels[len(labels)-1] != label {
			labels = append(labels, label)
		}
	}
	if len(labels) == 0 {
		return r.say("Une nouvelle révision", "A new revision")
	}
	return r.say("A changé : ", "Changed: ") + strings.Join(labels, ", ")
}

// fieldLabel names a field of a document as the schema does.
func (r *request) fieldLabel(field string) string {
	switch field {
	case "position":
		return r.say("position", "position")
	case "photos":
		return r.say("photos", "photos")
	}
	for _, p := range placeProperties {
		if p.name == field {
			return strings.ToLower(p.Meaning(r.language))
		}
	}
	return field
}

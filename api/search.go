package api

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/places/search"
	"cartoquartiers/places/snapshot"
)

func (s *server) searchEndpoints() []endpoint {
	return []endpoint{{
		path: "/api/v1/search", id: "search", tag: "Places", summary: "Suggestions for what somebody is typing",
		about: "Groups, categories, neighbourhoods and places whose names answer: accents and case do not matter, words may be unfinished, a typo or two are forgiven. " +
			"Names that begin with what was typed come first, then nearer ones.",
		query: []parameter{
			{"q", "What was typed.", text(), "jardin"},
			{"near", "Longitude,latitude in degrees, to put nearer places first.", text(), "-1.55,47.22"},
			{"limit", "How many suggestions at most.", whole(1, 50, 10), 5},
		},
		formats: []representation{{asJSON, searchAnswer{}}}, handle: s.search,
	}}
}

type searchAnswer struct {
	Results []suggestion `json:"results"`
}

// suggestion is one thing that answers. Members that its type has no use for are absent.
type suggestion struct {
	Type          string      `json:"type" enum:"group,category,neighbourhood,place"`
	ID            string      `json:"id" doc:"Of the group, category or place; the code of a neighbourhood"`
	Name          string      `json:"name" doc:"In the caller's language"`
	Detail        string      `json:"detail,omitempty" doc:"What tells namesakes apart"`
	Category      string      `json:"category,omitempty"`
	Group         string      `json:"group,omitempty"`
	Kind          places.Kind `json:"kind,omitempty" enum:"service,initiative"`
	Neighbourhood string      `json:"neighbourhood,omitempty" doc:"Code"`
	Position      []float64   `json:"position,omitempty" doc:"Longitude, latitude"`
	BBox          []float64   `json:"bbox,omitempty" doc:"West, south, east, north"`
	Metres        *int        `json:"metres,omitempty" doc:"How far from near"`
	Places        *int        `json:"places,omitempty" doc:"How many open places it has"`

	rank search.Rank
}

// fewThings bounds how many suggestions are not places, so that these show too.
const fewThings = 4

func (s *server) search(w http.ResponseWriter, r *request) error {
	query := search.NewQuery(r.values.Get("q"))
	if query == nil {
		return fault.InvalidField("q", "%q has no letter and no digit", r.values.Get("q"))
	}
	near, err := r.near()
	if err != nil {
		return err
	}
	limit, err := r.limit(10, 50)
	if err != nil {
		return err
	}
	view := s.Snapshot.View()
	credit := s.credit(view)
	credit.head(w)
	neighbourhoods, err := places.NeighbourhoodNames(r.Context(), s.Pool)
	if err != nil {
		return err
	}
	results := s.suggestThings(r, query, credit.living, neighbourhoods)
	results = results[:min(len(results), limit, fewThings)]
	for _, found := range view.Suggest(query, near, limit-len(results)) {
		results = append(results, s.suggestPlace(r, found, neighbourhoods, near != nil))
	}
	return writeJSON(w, r, revalidated, searchAnswer{Results: results})
}

// suggestThings are the groups, categories and neighbourhoods that answer, the best first.
func (s *server) suggestThings(r *request, query *search.Query, counts snapshot.Counts, neighbourhoods []places.NeighbourhoodName) []suggestion {
	results := []suggestion{}
	offer := func(found suggestion, names ...string) {
		for _, name := range names {
			rank := query.Best(name)
			if rank != search.NoMatch && (found.rank == search.NoMatch || rank < found.rank) {
				found.rank = rank
			}
		}
		if found.rank != search.NoMatch {
			results = append(results, found)
		}
	}
	for _, c := range s.Taxonomy.Categories {
		count := counts.Categories[c.ID]
		offer(suggestion{Type: "category", ID: c.ID, Name: c.Label(r.language), Group: c.Group, Kind: c.Kind, Places: &count}, c.LabelFr, c.LabelEn)
	}
	for _, g := range s.Taxonomy.Groups {
		count := counts.Groups[g.ID]
		offer(suggestion{Type: "group", ID: g.ID, Name: g.Label(r.language), Group: g.ID, Places: &count}, g.LabelFr, g.LabelEn)
	}
	for _, n := range neighbourhoods {
		offer(suggestion{Type: "neighbourhood", ID: n.Code, Name: n.Name, BBox: n.BBox}, n.Name)
	}
	slices.SortStableFunc(results, func(a, b suggestion) int { return int(a.rank) - int(b.rank) })
	if len(results) > 0 && results[0].rank < search.Typos { // nobody mistyped
		results = slices.DeleteFunc(results, func(found suggestion) bool { return found.rank == search.Typos })
	}
	return results
}

func (s *server) suggestPlace(r *request, found snapshot.Suggestion, neighbourhoods []places.NeighbourhoodName, measured bool) suggestion {
	row := found.Row
	category, _ := s.Taxonomy.Category(row.Category())
	point := row.Point()
	result := suggestion{
		Type: "place", ID: strconv.FormatInt(int64(row.ID()), 10), Name: row.Name(),
		Category: row.Category(), Group: row.Group(), Kind: row.Kind(), Neighbourhood: row.Neighbourhood(),
		Position: []float64{point[0], point[1]},
	}
	details := []string{category.Label(r.language), streetOf(row.Feature())}
	for _, n := range neighbourhoods {
		if n.Code == result.Neighbourhood {
			details = append(details, n.Name)
		}
	}
	result.Detail = strings.Join(slices.DeleteFunc(details, func(d string) bool { return d == "" }), " · ")
	if measured {
		metres := int(math.Round(found.Metres))
		result.Metres = &metres
	}
	return result
}

// streetOf reads the street of a rendered feature, empty where there is none.
func streetOf(feature []byte) string {
	var f struct {
		Properties struct {
			Address struct{ Housenumber, Street string }
		}
	}
	if json.Unmarshal(feature, &f) != nil {
		return ""
	}
	address := f.Properties.Address
	return strings.TrimSpace(fmt.Sprintf("%s %s", address.Housenumber, address.Street))
}

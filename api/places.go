package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

func (s *server) placesEndpoints() []endpoint {
	return []endpoint{
		{
			path: "/api/v1/places/{id}/revisions", id: "getRevisions", tag: "Places", summary: "History of a place, the newest revision first",
			inPath: []parameter{{"id", "The id of the place", text(), nil}},
			query: []parameter{
				{"limit", "Revisions of a page.", whole(1, 200, 20), 10},
				{"before", "Only revisions with a smaller number; comes from the link `next`.", whole(1, 1<<31-1, 1), nil},
			},
			formats: []representation{{asJSON, revisionList{}}}, handle: s.revisions,
		},
		{
			path: "/api/v1/changes", id: "getChanges", tag: "Places", summary: "Feed of published changes, the oldest first",
			about: "Ask with `since` = the last `seq` that you have, again and again: no change is ever skipped, however many people write at once.",
			query: []parameter{
				{"since", "The last seq that the caller has; 0 for all.", &huma.Schema{Type: "integer", Minimum: new(float64)}, 0},
				{"limit", "Changes of a page.", whole(1, 10_000, 1000), 10},
			},
			formats: []representation{{asJSON, changeList{}}}, handle: s.changes,
		},
		{
			path: "/api/v1/counters", id: "getCounters", tag: "Places", summary: "How many places a filter finds, by what they are",
			query: append(slices.Clone(filterParameters), openParameter), formats: []representation{{asJSON, counters{}}}, handle: s.counters,
		},
		{
			path: "/api/v1/categories", id: "getCategories", tag: "Places", summary: "The groups and their categories, in their order",
			formats: []representation{{asJSON, taxonomy{}}}, handle: s.categoriesByGroup,
		},
	}
}

// revisionList is one page of the history of a place.
type revisionList struct {
	Place     places.ID         `json:"place"`
	Revisions []places.Revision `json:"revisions"`
	Links     []link            `json:"links"`
}

func (s *server) revisions(w http.ResponseWriter, r *request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	limit, err := r.limit(20, 200)
	if err != nil {
		return err
	}
	before, err := r.natural("before")
	if err != nil {
		return err
	}
	credit := s.credit(s.Snapshot.View())
	credit.head(w)
	found, err := places.Revisions(r.Context(), s.Pool, id, int(before), limit)
	if err != nil {
		return err
	}
	list := revisionList{Place: id, Revisions: found, Links: append(r.selfAndAlternates(asJSON), credit.links()...)}
	if last := len(found) - 1; last >= 0 && found[last].Number > 1 {
		list.Links = append(list.Links, link{Href: r.with("before", strconv.Itoa(found[last].Number)), Rel: "next", Type: asJSON.MediaType})
	}
	return writeJSON(w, r, revalidated, list)
}

// natural reads a whole number that is not negative; 0 where it is not given.
func (r *request) natural(name string) (int64, error) {
	given := r.values.Get(name)
	if given == "" {
		return 0, nil
	}
	number, err := strconv.ParseInt(given, 10, 64)
	if err != nil || number < 0 {
		return 0, fault.InvalidField(name, "%q is not a whole number from 0", given)
	}
	return number, nil
}

// changeList is one page of the feed.
type changeList struct {
	Changes []places.Change `json:"changes"`
	Next    int64           `json:"next" doc:"What to give as since in the next request"`
	More    bool            `json:"more" doc:"Whether there are more already"`
	Links   []link          `json:"links"`
}

func (s *server) changes(w http.ResponseWriter, r *request) error {
	since, err := r.natural("since")
	if err != nil {
		return err
	}
	limit, err := r.limit(1000, 10_000)
	if err != nil {
		return err
	}
	s.credited(w)
	found, err := places.Changes(r.Context(), s.Pool, since, limit+1)
	if err != nil {
		return err
	}
	list := changeList{Changes: found, Next: since, More: len(found) > limit}
	if list.More {
		list.Changes = found[:limit]
	}
	if last := len(list.Changes) - 1; last >= 0 {
		list.Next = list.Changes[last].Seq
	}
	next := link{Href: r.with("since", fmt.Sprint(list.Next)), Rel: "next", Type: asJSON.MediaType}
	list.Links = append(r.selfAndAlternates(asJSON), next)
	return writeJSON(w, r, revalidated, list)
}

// counters tell how many places there are of each value; values without any are left out.
type counters struct {
	Total          int                       `json:"total"`
	Categories     map[string]int            `json:"categories"`
	Groups         map[string]int            `json:"groups"`
	Kinds          map[places.Kind]int       `json:"kinds"`
	Neighbourhoods map[string]int            `json:"neighbourhoods" doc:"By code; the empty one is outside of all"`
	States         map[places.State]int      `json:"states"`
	Wheelchairs    map[places.Wheelchair]int `json:"wheelchairs" doc:"The empty one is unknown"`
	Sources        map[string]int            `json:"sources"`
}

func (s *server) counters(w http.ResponseWriter, r *request) error {
	filter, err := s.openFilter(r)
	if err != nil {
		return err
	}
	view := s.Snapshot.View()
	s.credited(w)
	tag, modified := s.tagOf(view.Seq(), r), view.UpdatedAt()
	if at := filter.OpenAt; !at.IsZero() { // every minute is another answer
		tag, modified = tag+"-"+strconv.FormatInt(at.Unix(), 36), at
	}
	if head(w, r, revalidated, tag, modified) {
		return nil
	}
	return writeJSON(w, r, revalidated, counters(view.Counts(filter)))
}

// taxonomy is what a place can be, for menus and legends.
type taxonomy struct {
	Groups []taxonomyGroup `json:"groups"`
}

type taxonomyGroup struct {
	ID         string             `json:"id"`
	Labels     labels             `json:"labels"`
	Categories []taxonomyCategory `json:"categories"`
}

type taxonomyCategory struct {
	ID      string      `json:"id"`
	Kind    places.Kind `json:"kind" enum:"service,initiative"`
	Labels  labels      `json:"labels"`
	Icon    string      `json:"icon" doc:"Pictogram of Maki or Temaki" example:"maki:post"`
	MinZoom int         `json:"minZoom" doc:"From which zoom it shows by default"`
}

type labels struct {
	French  string `json:"fr"`
	English string `json:"en"`
}

func (s *server) categoriesByGroup(w http.ResponseWriter, r *request) error {
	s.credited(w)
	var answer taxonomy
	for _, group := range s.Taxonomy.Groups {
		entry := taxonomyGroup{ID: group.ID, Labels: labels{group.LabelFr, group.LabelEn}}
		for _, c := range s.Taxonomy.Categories {
			if c.Group == group.ID {
				entry.Categories = append(entry.Categories, taxonomyCategory{c.ID, c.Kind, labels{c.LabelFr, c.LabelEn}, c.Icon, c.MinZoom})
			}
		}
		answer.Groups = append(answer.Groups, entry)
	}
	return writeJSON(w, r, rested, answer)
}

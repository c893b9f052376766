package api

import (
	"fmt"
	"net/http"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// smallListParameters are those of the collections that are not places: the ones
// that OGC API – Features asks of every collection (17-069r4, 7.15). datetime is
// taken and matches everything, since these items have no time of their own.
var smallListParameters = []parameter{
	filterParameters[0],
	{"datetime", "Matches everything: these items have no time of their own.", text(), nil},
	{"limit", "Items of a page.", whole(1, maximumLimit, defaultLimit), 10},
	{"cursor", "Where the page begins; comes from a link `next`.", text(), nil},
}

func (s *server) neighbourhoodCollection() collectionInfo {
	list := featureListSchema(neighbourhoodProperties)
	return collectionInfo{
		id:    "neighbourhoods",
		title: [2]string{"Quartiers", "Neighbourhoods"},
		about: [2]string{
			"Les quartiers de la ville, chacun avec son contour.",
			"The neighbourhoods of the town, each with its outline.",
		},
		properties: neighbourhoodProperties,
		formats: []representation{
			{asGeoJSON, list}, {asGeoJSONName, list}, {asHTML, nil}, {asGeoJSONLines, nil}, {asGeoJSONSeq, nil},
		},
		query: append([]parameter{
			{"parent", "Codes of the neighbourhoods that hold them, several by comma.", text(), nil},
		}, smallListParameters...),
		items: s.neighbourhoodItems,
		item:  s.neighbourhoodItem,
	}
}

func (s *server) neighbourhoodItems(w http.ResponseWriter, r *request) error {
	question := places.NeighbourhoodQuestion{Parents: r.list("parent"), After: r.values.Get("cursor")}
	var err error
	if question.BBox, err = readBBox(r.values.Get("bbox")); err != nil {
		return err
	}
	if _, _, err = readDatetime(r.values.Get("datetime")); err != nil {
		return err
	}
	limit, err := r.limit(defaultLimit, maximumLimit)
	if err != nil {
		return err
	}
	question.Limit = limit + 1
	found, err := places.FindNeighbourhoods(r.Context(), s.Pool, question)
	if err != nil {
		return err
	}
	page := itemsPage{view: s.Snapshot.View()}
	for i, neighbourhood := range found {
		page.matched = neighbourhood.Matched
		if i == limit {
			page.next = r.with("cursor", found[i-1].Code)
			break
		}
		page.features = append(page.features, neighbourhood.Feature)
	}
	page.credit = s.credit(page.view)
	page.credit.head(w)
	return s.writeItems(w, r, page)
}

func (s *server) neighbourhoodItem(w http.ResponseWriter, r *request) error {
	code := mux.Vars(r.Request)["id"]
	found, err := places.FindNeighbourhoods(r.Context(), s.Pool, places.NeighbourhoodQuestion{Code: code, Limit: 1})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.New(fault.NotFound, "there is no neighbourhood %q", code)
	}
	return s.writeItem(w, r, "neighbourhoods", found[0].Feature)
}

// writeItem answers a feature that was made for this request.
func (s *server) writeItem(w http.ResponseWriter, r *request, collection string, feature []byte) error {
	credit := s.credit(s.Snapshot.View())
	credit.head(w)
	if r.format.Name == asHTML.Name {
		return s.writeItemHTML(w, r, collection, feature)
	}
	body, err := withLinks(feature, r, credit.links())
	if err != nil {
		return fmt.Errorf("link an item of %s: %w", collection, err)
	}
	writeBody(w, r, revalidated, body)
	return nil
}

package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// placeItem answers one place. One that was merged into another leads there for ever.
func (s *server) placeItem(w http.ResponseWriter, r *request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	view := s.Snapshot.View()
	row, ok := view.Find(id)
	if !ok {
		return s.redirectMerged(w, r, id)
	}
	credit := s.credit(view)
	credit.head(w)
	if r.format.Name == asHTML.Name {
		return s.writeItemHTML(w, r, "places", row.Feature())
	}
	if head(w, r, revalidated, s.tagOf(row.Seq(), r), row.UpdatedAt()) {
		return nil
	}
	body, err := withLinks(row.Feature(), r, append(credit.links(),
		link{Href: fmt.Sprintf("%s/api/v1/places/%d/revisions", r.base, id), Rel: "version-history", Type: asJSON.MediaType},
	))
	if err != nil {
		return err
	}
	send(w, r, body)
	return nil
}

// placeID reads the id of the path; what is no number is no place.
func placeID(r *request) (places.ID, error) {
	given := mux.Vars(r.Request)["id"]
	id, err := strconv.ParseInt(given, 10, 64)
	if err != nil || id < 1 {
		return 0, fault.New(fault.NotFound, "there is no place %s", given)
	}
	return places.ID(id), nil
}

func (s *server) redirectMerged(w http.ResponseWriter, r *request, id places.ID) error {
	into, err := places.MergedInto(r.Context(), s.Pool, id)
	if err != nil {
		return err
	}
	w.Header().Set("Location", fmt.Sprintf("%s/ogc/collections/places/items/%d", r.base, into))
	w.Header().Set("Content-Type", asJSON.MediaType)
	w.Header().Set("Cache-Control", revalidated) // a merge can be undone
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusPermanentRedirect)
	_, err = fmt.Fprintf(w, "{\"id\":%d,\"merged_into\":%d}\n", id, into)
	return err
}

// withLinks puts links into a rendered feature, as its last member (17-069r4,
// /req/core/f-links), without decoding it.
func withLinks(feature []byte, r *request, more []link) ([]byte, error) {
	collection := r.base + r.URL.Path[:len(r.URL.Path)-len("/items/"+mux.Vars(r.Request)["id"])]
	links := append(r.selfAndAlternates(asGeoJSON, asHTML), link{Href: collection, Rel: "collection", Type: asJSON.MediaType})
	text, err := marshal(append(links, more...))
	if err != nil {
		return nil, fmt.Errorf("write links: %w", err)
	}
	body := make([]byte, 0, len(feature)+len(text)+16)
	body = append(body, feature[:len(feature)-1]...)
	body = append(append(body, `,"links":`...), text...)
	return append(body, "}\n"...), nil
}

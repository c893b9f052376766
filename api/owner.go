package api

import (
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func (s *server) ownerEndpoints() []endpoint {
	const tag = "Moderation"
	inPath := []parameter{{"id", "The number of the place", text(), nil}}
	return []endpoint{
		{
			path: "/api/v1/places/{id}/owner", id: "getOwner", tag: tag, summary: "Which organisation owns a place",
			about: "For whoever may moderate the place. The records of an organisation are public, at its page.", inPath: inPath,
			statuses: []int{http.StatusOK}, formats: []representation{{asJSON, ownerBody{}}}, handle: s.asActor(s.owner),
		},
		{
			method: http.MethodPut, path: "/api/v1/places/{id}/owner", id: "setOwner", tag: tag, summary: "Give a place to an organisation, or to nobody",
			about: "A place has one owner at most: its members' changes are live at once, and it is told of others'. 0 takes it from its owner.",
			takes: ownerBody{}, inPath: inPath, statuses: []int{http.StatusOK}, formats: []representation{{asJSON, ownerBody{}}}, handle: s.asActor(s.setOwner),
		},
	}
}

// ownerBody is who owns a place.
type ownerBody struct {
	Organisation int64 `json:"organisation" doc:"Its number; 0 for none"`
}

func placeNumber(r *request) (places.ID, error) {
	id, err := strconv.ParseInt(mux.Vars(r.Request)["id"], 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "there is no such place")
	}
	return places.ID(id), nil
}

func (s *server) owner(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := placeNumber(r)
	if err != nil {
		return err
	}
	owned, err := moderation.OwnerOf(r.Context(), s.Pool, actor, id)
	if err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, 0, ownerBody{owned.Organisation})
}

func (s *server) setOwner(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := placeNumber(r)
	if err != nil {
		return err
	}
	var given ownerBody
	if err := decode(r, &given); err != nil {
		return err
	}
	owned, err := moderation.SetOwner(r.Context(), s.Pool, actor, id, given.Organisation, s.Clock())
	if err != nil {
		return err
	}
	httpkit.Logger(r.Context()).InfoContext(r.Context(), "the owner of a place was set", "by", actor.User, "place", id, "organisation", owned.Organisation)
	return writeOwn(w, r, http.StatusOK, 0, ownerBody{owned.Organisation})
}

package api

import (
	"io"
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
)

func (s *server) followEndpoints() []endpoint {
	const tag = "Following"
	return []endpoint{
		{
			path: "/api/v1/follows", id: "getFollows", tag: tag, summary: "What one follows, and how often one is told",
			statuses: []int{http.StatusOK}, formats: []representation{{asJSON, following.Followed{}}}, handle: s.asActor(s.follows),
		},
		{
			method: http.MethodPost, path: "/api/v1/follows", id: "follow", tag: tag, summary: "Be told by mail what changes in a part of the map",
			about: "One of `place`, `neighbourhood`, `organisation` (its records) or `area`, a GeoJSON polygon. What changed is told with before and after, one letter for all that one follows. " +
				"For accounts with an e-mail address; up to 100.",
			takes: following.Follow{}, statuses: []int{http.StatusCreated}, formats: []representation{{asJSON, following.Follow{}}}, handle: s.asActor(s.follow),
		},
		{
			method: http.MethodDelete, path: "/api/v1/follows/{id}", id: "unfollow", tag: tag, summary: "Follow something no more",
			inPath:   []parameter{{"id", "Its number in the list", text(), nil}},
			statuses: []int{http.StatusNoContent}, formats: []representation{{asJSON, nil}}, handle: s.asActor(s.unfollow),
		},
		{
			method: http.MethodPut, path: "/api/v1/follows/pace", id: "setPace", tag: tag, summary: "Say how often one is told",
			about: "`hourly`, `daily` (at seven in the morning, unless said otherwise) or `weekly` (on Monday).",
			takes: paceBody{}, statuses: []int{http.StatusOK}, formats: []representation{{asJSON, following.Followed{}}}, handle: s.asActor(s.setPace),
		},
	}
}

// paceBody is how often one is told.
type paceBody struct {
	Pace following.Pace `json:"pace" enum:"hourly,daily,weekly"`
}

func (s *server) follows(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	all, err := following.List(r.Context(), s.Pool, actor)
	if err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, 0, all)
}

func (s *server) follow(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, moderation.MaxSubmission))
	if err != nil {
		return err
	}
	wanted, err := following.DecodeFollow(body)
	if err != nil {
		return err
	}
	added, err := following.Add(r.Context(), s.Pool, actor, wanted, s.Clock())
	if err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusCreated, 0, added)
}

func (s *server) unfollow(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := strconv.ParseInt(mux.Vars(r.Request)["id"], 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "you follow nothing with that number")
	}
	if err := following.Remove(r.Context(), s.Pool, actor, id); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) setPace(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	var given paceBody
	if err := decode(r, &given); err != nil {
		return err
	}
	if err := s.Letters.SetPace(r.Context(), actor, given.Pace); err != nil {
		return err
	}
	return s.follows(w, r, actor)
}

package web

import (
	"net/http"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// toTown sends a browser to the town's identity provider.
func (s *site) toTown(w http.ResponseWriter, r *http.Request, _ *view) (answer, error) {
	if s.Town == nil {
		return answer{}, fault.New(fault.NotFound, "this town has no identity provider")
	}
	if err := s.mayBegin(w, r); err != nil {
		return answer{}, err
	}
	address, secret, err := s.Town.Begin(r.Context(), r.URL.Query().Get("next"))
	if err != nil {
		return answer{}, err
	}
	s.Door.SetWay(w, secret)
	return answer{seeOther: address}, nil
}

// fromTown signs in who comes back from it.
func (s *site) fromTown(w http.ResponseWriter, r *http.Request, _ *view) (answer, error) {
	if s.Town == nil {
		return answer{}, fault.New(fault.NotFound, "this town has no identity provider")
	}
	user, next, err := s.Town.Finish(r.Context(), s.Door.Way(r), r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	s.Door.SetWay(w, "")
	if err := s.Door.SignIn(w, r, user, accounts.ByOIDC); err != nil {
		return answer{}, err
	}
	return answer{seeOther: next}, nil
}

package web

import (
	"net/http"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// who is who asks for a page: whose session the cookie is, else a visitor. What
// they may do is for package moderation to say.
func (s *site) who(r *http.Request) (accounts.Actor, error) { return s.Door.Who(r) }

// signedIn is who of pages that need an account. Faults: Unauthenticated for a visitor.
func (s *site) signedIn(r *http.Request) (accounts.Actor, error) {
	actor, err := s.who(r)
	if err == nil && actor.User == 0 {
		return actor, fault.New(fault.Unauthenticated, "this page needs an account")
	}
	return actor, err
}

// reader is who of pages that are for everybody, and say more to some. Whoever
// shows a token or a session that is worth nothing reads them like a visitor.
func (s *site) reader(r *http.Request) (accounts.Actor, error) {
	if s.Door.Nameless(r) && r.Method != http.MethodPost {
		return accounts.Actor{Role: accounts.Visitor}, nil
	}
	actor, err := s.who(r)
	if r.Method != http.MethodPost && (fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.Forbidden)) {
		return accounts.Actor{Role: accounts.Visitor}, nil
	}
	return actor, err
}

// fromElsewhere answers a form that a page of another site sent.
func (s *site) fromElsewhere(*http.Request, *view) (answer, error) {
	return answer{}, fault.New(fault.Forbidden, "this form was sent from a page of another site")
}

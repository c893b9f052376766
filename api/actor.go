package api

import (
	"net/http"
	"net/netip"
	"strings"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// actor finds who makes a request: whom the bearer token stands for
// (RFC 6750), else the visitor at the address that it came from. A wrong token is
// refused, never taken for a visitor.
func (s *server) actor(r *request) (accounts.Actor, error) {
	if given := r.Header.Get("Authorization"); given != "" {
		token, bearer := strings.CutPrefix(given, "Bearer ")
		if !bearer {
			return accounts.Actor{}, fault.New(fault.Unauthenticated, "the header Authorization must be: Bearer cq_…")
		}
		return accounts.ByToken(r.Context(), s.Pool, strings.TrimSpace(token), s.Clock())
	}
	key, err := s.visitorKeys.At(r.Context(), s.Pool, s.Clock())
	if err != nil {
		return accounts.Actor{}, err
	}
	return accounts.VisitorFrom(s.addressOf(r), key), nil
}

// addressOf is where a request came from: behind a proxy, the last address in
// X-Forwarded-For, which the proxy wrote itself; those before it are the
// caller's word. It is the zero address on a unix socket: all of them share one quota.
func (s *server) addressOf(r *request) netip.Addr {
	if s.BehindProxy {
		said := r.Header.Values("X-Forwarded-For")
		all := strings.Split(strings.Join(said, ","), ",")
		if address, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			return address
		}
	}
	address, _ := netip.ParseAddrPort(r.RemoteAddr)
	return address.Addr()
}

// signedIn is the actor of what needs a token. Whether it is the right one is
// for package moderation to say.
func (s *server) signedIn(r *request) (accounts.Actor, error) {
	actor, err := s.actor(r)
	if err == nil && actor.User == 0 {
		return actor, fault.New(fault.Unauthenticated, "a token is needed: Authorization: Bearer cq_…")
	}
	return actor, err
}

// author is who may have written a contribution: the visitor who holds a secret,
// else the actor of what needs a token.
func (s *server) author(r *request) (accounts.Actor, error) {
	secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if holder, ok := accounts.HolderOf(strings.TrimSpace(secret)); ok {
		return holder, nil
	}
	return s.signedIn(r)
}

// asAuthor gives a handler the actor of what is for the author of a contribution.
func (s *server) asAuthor(handle func(http.ResponseWriter, *request, accounts.Actor) error) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error {
		actor, err := s.author(r)
		if err != nil {
			return err
		}
		return handle(w, r, actor)
	}
}

// asActor gives a handler the actor of what needs a token.
func (s *server) asActor(handle func(http.ResponseWriter, *request, accounts.Actor) error) func(http.ResponseWriter, *request) error {
	return func(w http.ResponseWriter, r *request) error {
		actor, err := s.signedIn(r)
		if err != nil {
			return err
		}
		return handle(w, r, actor)
	}
}

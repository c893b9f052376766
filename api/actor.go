package api

import (
	"net/http"
	"strings"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// actor finds who makes a request, as the pages do.
func (s *server) actor(r *request) (accounts.Actor, error) { return s.Door.Who(r.Request) }

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

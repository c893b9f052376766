package web

import (
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/httprate"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// Who asks for links too often from one address waits; the links that were sent
// work all the same. A town hall and a library are one address each.
const (
	asksPerHour = 30
	askWindow   = time.Hour
	// beginsPerHour bounds what keeps a row for somebody who is not signed in: ways to
	// the town and challenges to a passkey.
	beginsPerHour = 120
)

// signInPage is what the template of the sign-in shows.
type signInPage struct {
	Email string
	Next  string // own path to go on to; empty without one
	Wrong string // what is wrong with the address
	Here  bool   // signed in already
	Sent  bool   // a link was asked for
	Town  bool   // the town has an identity provider
}

// showSignIn is the form that asks for a link.
func (s *site) showSignIn(r *http.Request, v *view) (answer, error) {
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	page := signInPage{Next: ownNext(r.URL.Query().Get("next")), Here: actor.User != 0, Town: s.Town != nil}
	return answer{template: "signin", title: v.T("signin.title"), data: page, private: true}, nil
}

// ownNext leaves out what is no path of ours, and the page that one gets to anyway.
func ownNext(given string) string {
	if own := accounts.OwnPath(given); own == given {
		return own
	}
	return ""
}

// askLink has a link sent. It says and does the same for every address, in the
// same time: who the address belongs to is looked at when the letter goes.
func (s *site) askLink(w http.ResponseWriter, r *http.Request, v *view) (answer, error) {
	page := signInPage{Email: r.PostFormValue("email"), Next: ownNext(r.PostFormValue("next")), Town: s.Town != nil}
	title := v.T("signin.title")
	full, err := s.tooOften(w, r, s.asks)
	if err != nil {
		return answer{}, err
	}
	if full {
		return answer{}, fault.New(fault.TooMany, "too many links were asked for from here; those that were sent work, ask for others in an hour")
	}
	var wrong *fault.Error
	switch err := s.Links.Ask(r.Context(), page.Email, v.Language, page.Next); {
	case errors.As(err, &wrong) && wrong.Kind == fault.Invalid:
		page.Wrong = v.T("signin.wrong")
		return answer{template: "signin", title: title, data: page, status: http.StatusBadRequest, private: true}, nil
	case err != nil:
		return answer{}, err
	}
	page.Sent = true
	return answer{template: "signin", title: v.T("signin.sent_title"), data: page, private: true}, nil
}

// linkPage is what a link opens.
type linkPage struct {
	Token string // empty when it is not valid any more
}

// showLink shows a button and nothing else happens: programs that look through
// mails follow links, and must not use them up.
func (s *site) showLink(r *http.Request, v *view) (answer, error) {
	token := r.URL.Query().Get("jeton")
	valid, err := s.Links.Open(r.Context(), token)
	if err != nil {
		return answer{}, err
	}
	if !valid {
		return answer{template: "signin_link", title: v.T("signin.over_title"), data: linkPage{}, status: http.StatusGone, private: true}, nil
	}
	return answer{template: "signin_link", title: v.T("signin.title"), data: linkPage{token}, private: true}, nil
}

// useLink signs in.
func (s *site) useLink(w http.ResponseWriter, r *http.Request, v *view) (answer, error) {
	user, next, err := s.Links.Use(r.Context(), r.PostFormValue("jeton"))
	if fault.Is(err, fault.NotFound) {
		return answer{template: "signin_link", title: v.T("signin.over_title"), data: linkPage{}, status: http.StatusGone, private: true}, nil
	}
	if err != nil {
		return answer{}, err
	}
	if err := s.Door.SignIn(w, r, user, accounts.ByLink); err != nil {
		return answer{}, err
	}
	return answer{seeOther: next}, nil
}

// signOut ends the session.
func (s *site) signOut(w http.ResponseWriter, r *http.Request, v *view) (answer, error) {
	if err := s.Door.SignOut(w, r); err != nil {
		return answer{}, err
	}
	return answer{seeOther: v.Link("/")}, nil
}

func newAskLimiter() *httprate.RateLimiter { return httprate.NewRateLimiter(asksPerHour, askWindow) }

func newBeginLimiter() *httprate.RateLimiter {
	return httprate.NewRateLimiter(beginsPerHour, askWindow)
}

// tooOften counts a request of somebody's address.
func (s *site) tooOften(w http.ResponseWriter, r *http.Request, limiter *httprate.RateLimiter) (bool, error) {
	visitor, err := s.Door.Visitor(r)
	if err != nil {
		return false, err
	}
	return limiter.OnLimit(w, r, hex.EncodeToString(visitor.PrefixHash)), nil
}

// mayBegin is asked before a row is kept for who signs in. Faults: TooMany.
func (s *site) mayBegin(w http.ResponseWriter, r *http.Request) error {
	full, err := s.tooOften(w, r, s.begins)
	if err == nil && full {
		err = fault.New(fault.TooMany, "too many sign-ins were begun from here; wait an hour, or ask for a link by e-mail")
	}
	return err
}

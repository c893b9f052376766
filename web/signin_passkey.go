package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// The ceremonies of passkeys: the module passkey.ts asks to begin, hands the options
// to the device, and its answer back. Pages work without it: there is the link.

// beginKey begins to sign in with a passkey.
func (s *site) beginKey(w http.ResponseWriter, r *http.Request) error {
	if err := s.mayBegin(w, r); err != nil {
		return err
	}
	ceremony, err := s.Passkeys.BeginSigning(r.Context())
	if err != nil {
		return err
	}
	return writeOwnJSON(w, ceremony)
}

// useKey signs in with the device's answer, and says where to go on.
func (s *site) useKey(w http.ResponseWriter, r *http.Request) error {
	user, err := s.Passkeys.FinishSigning(r.Context(), r.URL.Query().Get("ceremony"), r.Body)
	if err != nil {
		return err
	}
	if err := s.Door.SignIn(w, r, user, accounts.ByPasskey); err != nil {
		return err
	}
	return writeOwnJSON(w, map[string]string{"next": accounts.OwnPath(r.URL.Query().Get("next"))})
}

// beginAddingKey begins to add a passkey to an account.
func (s *site) beginAddingKey(w http.ResponseWriter, r *http.Request) error {
	actor, err := s.signedIn(r)
	if err != nil {
		return err
	}
	ceremony, err := s.Passkeys.BeginAdding(r.Context(), actor)
	if err != nil {
		return err
	}
	return writeOwnJSON(w, ceremony)
}

// addKey keeps a passkey. The session goes on as one by passkey, under a new
// token: whoever is here has just shown theirs.
func (s *site) addKey(w http.ResponseWriter, r *http.Request) error {
	actor, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.Passkeys.FinishAdding(r.Context(), actor, r.URL.Query().Get("ceremony"), r.Body); err != nil {
		return err
	}
	if err := s.Door.SignIn(w, r, actor.User, accounts.ByPasskey); err != nil {
		return err
	}
	return writeOwnJSON(w, map[string]string{"next": "/compte"})
}

// removeKey takes a passkey away; a form of the account page.
func (s *site) removeKey(r *http.Request, v *view) (answer, error) {
	return s.changed(r, v, func(actor accounts.Actor) error {
		id, err := strconv.ParseInt(r.PostFormValue("key"), 10, 64)
		if err != nil {
			return fault.InvalidField("key", "is no number")
		}
		return s.Passkeys.Remove(r.Context(), actor, id)
	})
}

// writeOwnJSON answers our own module.
func writeOwnJSON(w http.ResponseWriter, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write(text) // the caller hung up: nobody is left to tell
	return nil
}

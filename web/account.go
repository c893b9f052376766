package web

import (
	"net/http"
	"strconv"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/moderation"
)

// accountPage is what its owner sees of an account; nobody else does.
type accountPage struct {
	accounts.Account
	RoleName  string
	Acting    int64 // number of the organisation
	Lowered   bool  // moderates, but not by this session: a passkey is needed
	Sessions  []sessionRow
	Keys      []accounts.Passkey
	KeysShut  bool // changing them needs a session by passkey
	Languages []string
	Unsure    bool // erasing was asked for without saying yes
}

// sessionRow is one browser that is signed in.
type sessionRow struct {
	ID            int64
	Method        string
	Created, Seen time.Time
	This          bool
}

// showAccount is the page of whoever is signed in; a visitor is asked to.
func (s *site) showAccount(r *http.Request, v *view) (answer, error) {
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	if actor.User == 0 {
		return answer{seeOther: v.Link("/connexion", "next", "/compte")}, nil
	}
	page, err := s.accountOf(r, v, actor)
	if err != nil {
		return answer{}, err
	}
	return answer{template: "account", title: v.T("account.title"), data: page, private: true}, nil
}

func (s *site) accountOf(r *http.Request, v *view, actor accounts.Actor) (page accountPage, err error) {
	if page.Account, err = accounts.Find(r.Context(), s.Pool, actor.User); err != nil {
		return page, err
	}
	sessions, err := accounts.Sessions(r.Context(), s.Pool, actor.User)
	if err != nil {
		return page, err
	}
	for _, one := range sessions {
		page.Sessions = append(page.Sessions, sessionRow{
			one.ID, v.T("account.method." + string(one.Method)), one.Created, one.Seen, one.ID == actor.Session,
		})
	}
	if page.Keys, err = accounts.PasskeysOf(r.Context(), s.Pool, actor.User); err != nil {
		return page, err
	}
	page.KeysShut = len(page.Keys) > 0 && actor.Method == accounts.ByLink
	page.Acting = actor.Organisation
	page.RoleName, page.Lowered, page.Languages = v.T("role."+string(page.Role)), page.Role != actor.Role, mail.Languages
	return page, nil
}

// setLanguage says in which language letters come.
func (s *site) setLanguage(r *http.Request, v *view) (answer, error) {
	return s.changed(r, v, func(actor accounts.Actor) error {
		return accounts.SetLanguage(r.Context(), s.Pool, actor.User, r.PostFormValue("language"))
	})
}

// endSession revokes one session, or with all=1 every other one.
func (s *site) endSession(r *http.Request, v *view) (answer, error) {
	return s.changed(r, v, func(actor accounts.Actor) error {
		if r.PostFormValue("all") != "" {
			return accounts.RevokeSessions(r.Context(), s.Pool, actor.User, actor.Session)
		}
		id, err := strconv.ParseInt(r.PostFormValue("session"), 10, 64)
		if err != nil {
			return fault.InvalidField("session", "is no number")
		}
		return accounts.RevokeSession(r.Context(), s.Pool, actor.User, id)
	})
}

// changed does something for whoever is signed in, and goes back to their account.
func (s *site) changed(r *http.Request, v *view, change func(accounts.Actor) error) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	if err := change(actor); err != nil {
		return answer{}, err
	}
	return answer{seeOther: v.Link("/compte")}, nil
}

// exportAccount is everything that is kept of whoever is signed in, as a file.
func (s *site) exportAccount(w http.ResponseWriter, r *http.Request) error {
	actor, err := s.signedIn(r)
	if err != nil {
		return err
	}
	text, err := moderation.ExportPerson(r.Context(), s.Pool, actor.User)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Disposition", `attachment; filename="mes-donnees-cartoquartiers.json"`)
	header.Set("Cache-Control", "private, no-store")
	_, _ = w.Write(text) // the caller hung up: nobody is left to tell
	return nil
}

// eraseAccount ends an account for ever: a box to tick stands before it.
func (s *site) eraseAccount(w http.ResponseWriter, r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	if r.PostFormValue("sure") == "" {
		page, err := s.accountOf(r, v, actor)
		page.Unsure = true
		return answer{template: "account", title: v.T("account.title"), data: page, status: http.StatusBadRequest, private: true}, err
	}
	if err := s.Persons.Erase(r.Context(), actor.User, r.PostFormValue("content") != ""); err != nil {
		return answer{}, err
	}
	if err := s.Door.SignOut(w, r); err != nil {
		return answer{}, err
	}
	return answer{template: "account_erased", title: v.T("account.erased_title"), private: true}, nil
}

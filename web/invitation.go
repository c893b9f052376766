package web

import (
	"net/http"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// invitationPage is what an invitation opens.
type invitationPage struct {
	accounts.Invited
	Token    string // empty when it is over
	Declined bool
	Joined   bool
	Team     string // URL, once joined
	Problem  string
}

// showInvitation shows what it is to and two buttons; nothing else happens, for
// programs that look through mails follow links. A POST accepts or declines, and a mail
// program that ends letters by itself declines (RFC 8058).
func (s *site) showInvitation(r *http.Request, v *view) (answer, error) {
	page := invitationPage{Token: r.URL.Query().Get("jeton")}
	title := v.T("invitation.title")
	if r.Method == http.MethodPost {
		if err := readForm(r); err != nil {
			return answer{}, err
		}
		if r.PostFormValue("jeton") != "" {
			page.Token = r.PostFormValue("jeton")
		}
		return s.answerInvitation(r, v, page)
	}
	var err error
	page.Invited, err = s.Links.OpenInvitation(r.Context(), page.Token)
	if fault.Is(err, fault.NotFound) {
		return answer{template: "invitation", title: v.T("invitation.over_title"), data: invitationPage{}, status: http.StatusGone, private: true}, nil
	}
	return answer{template: "invitation", title: title, data: page, private: true}, err
}

func (s *site) answerInvitation(r *http.Request, v *view, page invitationPage) (answer, error) {
	result := answer{template: "invitation", title: v.T("invitation.title"), private: true}
	if r.PostFormValue("refuser") != "" || r.URL.Query().Get("refuser") != "" {
		err := s.Links.Decline(r.Context(), page.Token)
		result.data = invitationPage{Declined: true}
		if fault.Is(err, fault.NotFound) { // nothing is noted, so nothing is promised
			result.title, result.data, result.status, err = v.T("invitation.over_title"), invitationPage{}, http.StatusGone, nil
		}
		return result, err
	}
	joined, err := s.Links.Accept(r.Context(), page.Token)
	switch {
	case fault.Is(err, fault.NotFound):
		result.title, result.data, result.status = v.T("invitation.over_title"), invitationPage{}, http.StatusGone
	case fault.Is(err, fault.Conflict) || fault.Is(err, fault.Forbidden):
		said := v.faultOf(r, err)
		page.Invited, page.Problem, result.status = joined, said.text(), said.status
		result.data = page
	case err != nil:
		return answer{}, err
	default:
		result.data = invitationPage{Invited: joined, Joined: true, Team: v.Link("/connexion", "next", organisationURL(joined.Organisation.ID)+"/equipe")}
	}
	return result, nil
}

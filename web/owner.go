package web

import (
	"net/http"
	"strconv"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// ownerPage says, to those who may moderate a place, which organisation owns it.
type ownerPage struct {
	ID            places.ID
	Title         string
	Owned         moderation.Owned
	Organisations []option
	Done          bool
	Problem       string
}

// showOwner shows the owner of a place, and a POST gives it another, or none.
func (s *site) showOwner(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	page, status := ownerPage{}, http.StatusOK
	if page.ID, err = pathID(r); err != nil {
		return answer{}, err
	}
	if page.Owned, err = moderation.OwnerOf(r.Context(), s.Pool, actor, page.ID); err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodPost {
		owned, failed := s.setOwner(r, actor, page.ID)
		switch {
		case fault.Is(failed, fault.Invalid):
			said := v.faultOf(r, failed)
			page.Problem, status = said.text(), said.status
		case failed != nil:
			return answer{}, failed
		default:
			page.Owned, page.Done = owned, true
		}
	}
	all, err := accounts.Organisations(r.Context(), s.Pool)
	for _, one := range all {
		page.Organisations = append(page.Organisations, option{strconv.FormatInt(one.ID, 10), one.Name, one.ID == page.Owned.Organisation})
	}
	page.Title = v.T("own.place", "id", page.ID)
	if p, missing := findPublished(s.Snapshot.View(), page.ID); missing == nil {
		page.Title = s.title(p, v.Language)
	}
	return answer{template: "owner", title: v.T("owner.title", "name", page.Title), data: page, status: status, private: true}, err
}

// setOwner does what a form asks for: the place and the organisation by their numbers, 0 for nobody.
func (s *site) setOwner(r *http.Request, actor accounts.Actor, place places.ID) (moderation.Owned, error) {
	if err := readForm(r); err != nil {
		return moderation.Owned{}, err
	}
	organisation, err := strconv.ParseInt(r.PostFormValue("organisation"), 10, 64)
	if err != nil {
		return moderation.Owned{}, fault.InvalidField("organisation", "is no number")
	}
	owned, err := moderation.SetOwner(r.Context(), s.Pool, actor, place, organisation, s.Clock())
	if err == nil {
		httpkit.Logger(r.Context()).InfoContext(r.Context(), "the owner of a place was set", "by", actor.User, "place", place, "organisation", organisation)
	}
	return owned, err
}

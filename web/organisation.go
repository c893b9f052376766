package web

import (
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// organisationPath is the page of an organisation, that of its team below it.
const organisationPath = "/organisations/{id:[0-9]+}"

// organisationRoutes are the pages of organisations, and of who owns a place.
func (s *site) organisationRoutes(router *mux.Router) {
	router.Path(organisationPath).Methods(http.MethodGet, http.MethodHead).Handler(s.page(s.showOrganisation))
	router.Path(organisationPath + "/equipe").Methods(readOrSend()...).Handler(s.page(s.showTeam))
	router.Path(accounts.InvitationPath).Methods(readOrSend()...).Handler(s.page(s.showInvitation))
	router.Path("/lieux/{id:[0-9]+}/organisation").Methods(readOrSend()...).Handler(s.page(s.showOwner))
}

func organisationURL(id int64) string { return "/organisations/" + strconv.FormatInt(id, 10) }

// organisationPage is what an organisation has on the map.
type organisationPage struct {
	ID   int64
	Name string
	Team string // URL of its team's page, for its members
	Rows []row
	Next string
}

// organisationOf finds the organisation that the path names.
func (s *site) organisationOf(r *http.Request) (accounts.Organisation, error) {
	id, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil {
		return accounts.Organisation{}, fault.New(fault.NotFound, "organisations have no such numbers")
	}
	return accounts.FindOrganisation(r.Context(), s.Pool, id)
}

// showOrganisation lists the places that an organisation owns. Its members are nobody's business.
func (s *site) showOrganisation(r *http.Request, v *view) (answer, error) {
	found, err := s.organisationOf(r)
	if err != nil {
		return answer{}, err
	}
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	page := organisationPage{ID: found.ID, Name: found.Name}
	if moderation.AllowedToSeeTeam(actor, found.ID) == nil {
		page.Team = v.Link(organisationURL(found.ID) + "/equipe")
	}
	if err := v.listOwned(r, &page); err != nil {
		return answer{}, err
	}
	return answer{template: "organisation", title: page.Name, data: page, private: actor.User != 0}, nil
}

// listOwned fills a page with the records of an organisation.
func (v *view) listOwned(r *http.Request, page *organisationPage) error {
	s := v.site
	after, err := v.number("after", 0)
	if err != nil {
		return err
	}
	ids, err := places.Owned(r.Context(), s.Pool, page.ID, places.ID(after), pageSize+1)
	if err != nil {
		return err
	}
	if len(ids) > pageSize {
		ids = ids[:pageSize]
		page.Next = v.Link(v.Path, "after", ids[pageSize-1])
	}
	view := s.Snapshot.View()
	t, err := s.town(r.Context(), view)
	if err != nil {
		return err
	}
	var found []result
	for _, one := range ids {
		if row, ok := view.Find(one); ok {
			found = append(found, result{Row: row})
		}
	}
	page.Rows, err = v.rows(t, found, false)
	return err
}

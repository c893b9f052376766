package web

import (
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// organisationPage is what an organisation has on the map.
type organisationPage struct {
	Name string
	Rows []row
	Next string
}

// showOrganisation lists the places that an organisation owns. Its members are nobody's business.
func (s *site) showOrganisation(r *http.Request, v *view) (answer, error) {
	id, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil {
		return answer{}, fault.New(fault.NotFound, "organisations have no such numbers")
	}
	all, err := accounts.Organisations(r.Context(), s.Pool)
	if err != nil {
		return answer{}, err
	}
	page := organisationPage{}
	for _, one := range all {
		if one.ID == id {
			page.Name = one.Name
		}
	}
	if page.Name == "" {
		return answer{}, fault.New(fault.NotFound, "there is no organisation %d", id)
	}
	after, err := v.number("after", 0)
	if err != nil {
		return answer{}, err
	}
	ids, err := places.Owned(r.Context(), s.Pool, id, places.ID(after), pageSize+1)
	if err != nil {
		return answer{}, err
	}
	if len(ids) > pageSize {
		ids = ids[:pageSize]
		page.Next = v.Link(v.Path, "after", ids[pageSize-1])
	}
	view := s.Snapshot.View()
	t, err := s.town(r.Context(), view)
	if err != nil {
		return answer{}, err
	}
	var found []result
	for _, one := range ids {
		if row, ok := view.Find(one); ok {
			found = append(found, result{Row: row})
		}
	}
	page.Rows, err = v.rows(t, found, false)
	return answer{template: "organisation", title: page.Name, data: page}, err
}

package web

import (
	"net/http"

	"cartoquartiers/places"
)

// dataPage is what the open data template shows.
type dataPage struct {
	Base    string // scheme and host that the reader came by
	Sources []places.Source
}

// showData is the page for those who want the data: what it is, under which
// licence, and the addresses to paste.
func (s *site) showData(r *http.Request, v *view) (answer, error) {
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	data := dataPage{Base: v.Base()}
	for _, from := range t.credited {
		from.Name, from.Licence = v.sourceName(t, from.ID), v.licenceName(from.Licence)
		from.Attribution = v.textOr("attribution."+from.ID, from.Attribution)
		data.Sources = append(data.Sources, from)
	}
	return answer{template: "data", title: v.T("data.title"), data: data}, nil
}

func (s *site) showAbout(*http.Request, *view) (answer, error) {
	return answer{template: "about"}, nil
}

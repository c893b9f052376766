package web

import (
	"net/http"
)

// dataPage is what the open data template shows.
type dataPage struct {
	Base    string // scheme and host that the reader came by
	Sources []source
}

// showData is the page for those who want the data: what it is, under which
// licence, and the addresses to paste.
func (s *site) showData(r *http.Request, v *view) (answer, error) {
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	data := dataPage{Base: v.Base()}
	for _, id := range []string{"osm", "local"} {
		from := t.sources[id]
		from.Name, from.Licence = v.sourceName(t, id), v.licenceName(from.Licence)
		data.Sources = append(data.Sources, from)
	}
	return answer{template: "data", title: v.T("data.title"), data: data}, nil
}

func (s *site) showAbout(*http.Request, *view) (answer, error) {
	return answer{template: "about"}, nil
}

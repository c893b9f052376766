package web

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"

	"cartoquartiers/internal/httpkit"
)

// showEmbed is the map for a frame on somebody else's page: the same, without our
// bar. It is the one page that others may frame; it knows nobody, so there is nothing
// that a page around it could make a reader do.
func (s *site) showEmbed(w http.ResponseWriter, r *http.Request, v *view) (answer, error) {
	page, err := s.mapPage(r, v)
	if err != nil {
		return answer{}, err
	}
	page.Atlas.Embedded = true
	httpkit.AllowFraming(w.Header())
	return answer{template: "embed", title: v.T("embed.title"), data: page}, nil
}

// integratePage is the page that makes the snippet for a frame.
type integratePage struct {
	filterForm
	Heights []option
	Src     string // of the frame, from our root
	Height  int    // of the frame, in CSS pixels
	Snippet string
}

// embedHeights are the heights of a frame that one can choose from, in CSS pixels.
var embedHeights = []int{360, 480, 640}

func (s *site) showIntegrate(r *http.Request, v *view) (answer, error) {
	q, err := s.readQuestion(v.request.Query())
	if err != nil {
		return answer{}, err
	}
	view := s.Snapshot.View()
	t, err := s.town(r.Context(), view)
	if err != nil {
		return answer{}, err
	}
	page := integratePage{filterForm: v.filterForm(view, t, q), Src: v.vary("/embed", "near", "", "q", ""), Height: embedHeights[1]}
	page.Action, page.Submit = "/integrer", v.T("embed.update")
	if height, err := strconv.Atoi(v.request.Query().Get("height")); err == nil && slices.Contains(embedHeights, height) {
		page.Height = height
	}
	for _, height := range embedHeights {
		page.Heights = append(page.Heights, option{strconv.Itoa(height), v.T("embed.pixels", "count", height), height == page.Height})
	}
	page.Snippet = fmt.Sprintf(`<iframe src="%s" title="%s" width="100%%" height="%d" loading="lazy" style="border:0"></iframe>`,
		html.EscapeString(v.Base()+page.Src), html.EscapeString(v.T("embed.title")), page.Height)
	return answer{template: "integrate", title: v.T("embed.make"), data: page}, nil
}

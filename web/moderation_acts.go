package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cartoquartiers/internal/photos"
	"cartoquartiers/moderation"
)

// blurPhoto paints over a rectangle of the photo that a contribution proposes.
func (s *site) blurPhoto(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	id, err := contributionID(r)
	if err != nil {
		return answer{}, err
	}
	if err := readForm(r); err != nil {
		return answer{}, err
	}
	file, err := moderation.Open(r.Context(), s.Pool, actor, id)
	if err != nil {
		return answer{}, err
	}
	done, err := s.Road.BlurPhoto(r.Context(), s.Pool, actor, file.Proposal.Photo, rectanglesFrom(r), s.Clock())
	if err != nil {
		return answer{}, err
	}
	return answer{seeOther: v.Link("/moderation/"+strconv.FormatInt(id, 10), "flou", "1")}, s.Snapshot.WaitFor(r.Context(), done.Seq)
}

// rectanglesFrom reads one or several, in percent of the picture; what is no number is
// 0, which is refused with its reason. Blank ones count for nothing.
func rectanglesFrom(r *http.Request) (all []photos.Rectangle) {
	part := func(name string, i int) float64 {
		if i >= len(r.PostForm[name]) {
			return 0
		}
		percent, _ := strconv.ParseFloat(strings.Replace(r.PostForm[name][i], ",", ".", 1), 64)
		return percent / 100
	}
	blank := func(i int) bool {
		return !slices.ContainsFunc([]string{"x", "y", "width", "height"}, func(name string) bool {
			return i < len(r.PostForm[name]) && strings.TrimSpace(r.PostForm[name][i]) != ""
		})
	}
	for i := range min(len(r.PostForm["x"]), photos.MaxRectangles+2) { // one may be blank, one is too many
		if blank(i) {
			continue // the fields to fill, after another was kept
		}
		all = append(all, photos.Rectangle{X: part("x", i), Y: part("y", i), Width: part("width", i), Height: part("height", i)})
	}
	return all
}

// undonePage is what became of an order to undo.
type undonePage struct {
	ID       int64
	Done     moderation.Undo
	Items    []undoneRow
	ItemHref string
}

type undoneRow struct {
	Href, Text, Why string
}

// undoAuthor undoes everything by the author of a contribution, whom nobody names.
func (s *site) undoAuthor(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	id, err := contributionID(r)
	if err != nil {
		return answer{}, err
	}
	if err := readForm(r); err != nil {
		return answer{}, err
	}
	order := moderation.UndoOrder{Contribution: id, Reason: r.PostFormValue("reason"), Message: r.PostFormValue("message")}
	done, err := s.Road.UndoAuthor(r.Context(), s.Pool, actor, order, s.Clock())
	if err != nil {
		return answer{}, err
	}
	if err := s.Snapshot.WaitFor(r.Context(), done.Seq); err != nil {
		return answer{}, err
	}
	page := undonePage{ID: done.ID, Done: done, ItemHref: v.itemURL(id)}
	for _, one := range done.Items {
		page.Items = append(page.Items, undoneRow{v.itemURL(one.Contribution), v.T("undo." + one.Outcome), v.whyKept(one.Why)})
	}
	return answer{template: "undone", title: v.T("undo.title"), data: page, private: true}, nil
}

func (v *view) whyKept(code string) string {
	if code == "" {
		return ""
	}
	return v.textOr("why."+code, code)
}

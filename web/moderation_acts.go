package web

import (
	"net/http"
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
	part := func(name string) float64 {
		percent, _ := strconv.ParseFloat(strings.Replace(r.PostFormValue(name), ",", ".", 1), 64) // 0 is refused with its reason
		return percent / 100
	}
	rectangle := photos.Rectangle{X: part("x"), Y: part("y"), Width: part("width"), Height: part("height")}
	done, err := s.Road.BlurPhoto(r.Context(), s.Pool, actor, file.Proposal.Photo, []photos.Rectangle{rectangle}, s.Clock())
	if err != nil {
		return answer{}, err
	}
	return answer{seeOther: v.itemURL(id)}, s.Snapshot.WaitFor(r.Context(), done.Seq)
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

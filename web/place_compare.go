package web

import (
	"context"
	"net/http"
	"strconv"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// comparison is what differs between two revisions.
type comparison struct {
	From, To int
	Changes  []changeText
	Erased   bool
	Revert   *revertForm // for moderators
}

// compared is nil when nobody asked to compare two revisions.
func (v *view) compared(r *http.Request, page historyPage) (*comparison, error) {
	if r.Method == http.MethodPost && r.PostFormValue("revision") == "" {
		return nil, nil //nolint:nilnil // it is documented above
	}
	if r.Method == http.MethodPost {
		from, _ := strconv.Atoi(r.PostFormValue("revision"))
		return v.compareRevisions(r.Context(), page.ID, from, page.Live)
	}
	from, err := v.number("from", 0)
	if err != nil || from == 0 {
		return nil, err
	}
	to, err := v.number("to", page.Live)
	if err != nil {
		return nil, err
	}
	return v.compareRevisions(r.Context(), page.ID, from, to)
}

func (v *view) compareRevisions(ctx context.Context, id places.ID, from, to int) (*comparison, error) {
	found := comparison{From: from, To: to}
	before, err := v.revisionAt(ctx, id, from)
	if err != nil {
		return nil, err
	}
	after, err := v.revisionAt(ctx, id, to)
	if err != nil {
		return nil, err
	}
	if found.Erased = before.Erased || after.Erased; found.Erased {
		return &found, nil
	}
	changed, err := changedPaths(before.Document, after.Document)
	if err != nil {
		return nil, err
	}
	found.Changes, err = v.changes(before.Document, after.Document, changed)
	return &found, err
}

// revisionAt is one revision as the public may see it.
func (v *view) revisionAt(ctx context.Context, id places.ID, number int) (places.Revision, error) {
	found, err := places.Revisions(ctx, v.site.Pool, id, number+1, 1)
	if err != nil {
		return places.Revision{}, err
	}
	if number < 1 || len(found) == 0 || found[0].Number != number {
		return places.Revision{}, fault.New(fault.NotFound, "place %d has no revision %d", id, number)
	}
	return found[0], nil
}

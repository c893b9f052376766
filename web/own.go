package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// ownPath is where people see what became of what they proposed.
const ownPath = "/mes-contributions"

func (v *view) ownURL(id int64) string {
	return v.Link(ownPath + "/" + strconv.FormatInt(id, 10))
}

// ownList is the list of who is signed in, or the form that takes a visitor's code.
type ownList struct {
	SignedIn bool
	Desk     bool // may moderate
	Boss     bool // may administer
	Rows     []ownRow
	Next     string
	Wrong    bool // the code was none, or opens nothing
}

// ownRow is a contribution in the list.
type ownRow struct {
	Href, Action, Title string
	State, Tone         string
	Received            time.Time
}

// ownRows is how many contributions a page lists.
const ownRows = 30

// showOwn lists one's own contributions. A visitor shows the code of one in a POST,
// never in an address.
func (s *site) showOwn(r *http.Request, v *view) (answer, error) {
	if r.Method == http.MethodPost {
		return s.openByCode(r, v)
	}
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	page := ownList{SignedIn: actor.User != 0, Desk: actor.Role == accounts.Moderator || actor.Role == accounts.Admin}
	page.Boss = moderation.AllowedToAdminister(actor) == nil
	if page.SignedIn {
		if err := v.listOwn(r.Context(), actor, &page); err != nil {
			return answer{}, err
		}
	}
	return answer{template: "own_list", title: v.T("own.title"), data: page, private: page.SignedIn}, nil
}

func (v *view) listOwn(ctx context.Context, actor accounts.Actor, page *ownList) error {
	before, err := v.number("before", 0)
	if err != nil {
		return err
	}
	found, err := moderation.Own(ctx, v.site.Pool, actor, nil, int64(before), ownRows+1)
	if err != nil {
		return err
	}
	if len(found) > ownRows {
		found = found[:ownRows]
		page.Next = v.Link(ownPath, "before", found[ownRows-1].ID)
	}
	for _, c := range found {
		page.Rows = append(page.Rows, ownRow{
			Href: v.ownURL(c.ID), Action: v.actionText(c.Action), Title: v.aboutText(c),
			State: v.stateText(c.State), Tone: toneOf(string(c.State)), Received: c.Received,
		})
	}
	return nil
}

// aboutText names what a contribution is about: the place, or the name that it proposes.
func (v *view) aboutText(c moderation.Contribution) string {
	if c.Place != 0 {
		if p, err := findPublished(v.site.Snapshot.View(), c.Place); err == nil {
			return v.site.title(p, v.Language)
		}
	}
	for _, path := range []string{"name." + v.Language, "name.und", "name.fr", "name.en"} {
		if text := v.valueText(path, c.Proposal.Patch[path]); text != "" {
			return text
		}
	}
	if c.Category != "" {
		return v.site.categoryLabel(c.Category, v.Language)
	}
	return v.T("own.place", "id", c.Place)
}

// stateText says where a contribution stands.
func (v *view) stateText(state moderation.State) string { return v.T("contribution." + string(state)) }

// openByCode shows a visitor the contribution that their code opens.
func (s *site) openByCode(r *http.Request, v *view) (answer, error) {
	if err := readForm(r); err != nil {
		return answer{}, err
	}
	code := r.PostFormValue("code")
	holder, id, ok := readCode(code)
	if ok {
		found, err := s.own(r, v, holder, id)
		if !fault.Is(err, fault.NotFound) {
			return found, err
		}
	}
	return answer{template: "own_list", title: v.T("own.title"), data: ownList{Wrong: true}, status: http.StatusNotFound, private: true}, nil
}

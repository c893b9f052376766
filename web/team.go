package web

import (
	"net/http"
	"strconv"
	"strings"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// teamPage is what the members of an organisation see of it; nobody else does.
type teamPage struct {
	ID          int64
	Name        string
	Self        int64 // the reader's number
	Member      bool  // the reader is one, not an administrator who looks in
	May         bool  // invite and remove
	Members     []accounts.Membership
	Invitations []accounts.Invitation
	Records     []ownedRow
	Email       string // as it was given, with a mistake
	Called      string
	Done        string
	Problem     string
}

// ownedRow is a record with what others did to it.
type ownedRow struct {
	moderation.OwnedRecord
	Title   string
	Compare string // URL of what changed since the organisation looked
}

// ownedShown is how many records the page of a team lists: those that others changed first.
const ownedShown = 50

// showTeam is the page of an organisation's members; a POST does one thing, which the
// field "do" names.
func (s *site) showTeam(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	found, err := s.organisationOf(r)
	if err != nil {
		return answer{}, err
	}
	if err := moderation.AllowedToSeeTeam(actor, found.ID); err != nil {
		return answer{}, err
	}
	page, status := teamPage{ID: found.ID, Name: found.Name, Self: actor.User, Member: actor.Organisation == found.ID}, http.StatusOK
	if r.Method == http.MethodPost {
		failed := s.changeTeam(r, v, actor, &page)
		if failed == nil && r.PostFormValue("do") == "leave" {
			return answer{seeOther: v.Link("/compte")}, nil
		}
		if kind := fault.KindOf(failed); failed != nil && (kind == fault.Internal || kind == fault.Forbidden) {
			return answer{}, failed
		}
		if failed != nil {
			said := v.faultOf(r, failed)
			page.Problem, status, page.Done = said.text(), said.status, ""
			page.Email, page.Called = r.PostFormValue("email"), r.PostFormValue("name")
		}
	}
	if err := v.fillTeam(r, actor, &page); err != nil {
		return answer{}, err
	}
	return answer{template: "team", title: v.T("team.title", "name", page.Name), data: page, status: status, private: true}, nil
}

// changeTeam does the one thing that a form of the page asks for. What members may do
// comes first, what managing needs after it.
func (s *site) changeTeam(r *http.Request, v *view, actor accounts.Actor, page *teamPage) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, now := r.Context(), s.Clock()
	page.Done = v.T("team.done")
	id, _ := strconv.ParseInt(r.PostFormValue("id"), 10, 64) // 0 is not there
	switch r.PostFormValue("do") {
	case "clear":
		revision, _ := strconv.Atoi(r.PostFormValue("revision")) // 0 is refused
		return moderation.Clear(ctx, s.Pool, actor, places.ID(id), revision, now)
	case "leave":
		return accounts.RemoveMember(ctx, s.Pool, page.ID, actor.User, now)
	}
	if err := moderation.AllowedToManage(actor, page.ID); err != nil {
		return err
	}
	if err := s.manageTeam(r, v, actor, page, id); err != nil {
		return err
	}
	httpkit.Logger(ctx).InfoContext(ctx, "a team was changed", "by", actor.User, "organisation", page.ID, "act", doOf(r), "about", id)
	return nil
}

// manageTeam does what needs managing, to the member or the invitation id.
func (s *site) manageTeam(r *http.Request, v *view, actor accounts.Actor, page *teamPage, id int64) error {
	ctx, now := r.Context(), s.Clock()
	switch r.PostFormValue("do") {
	case "invite":
		page.Done = v.T("team.invited")
		return s.Links.Invite(ctx, accounts.NewInvitation{
			Organisation: page.ID, Email: r.PostFormValue("email"), Name: r.PostFormValue("name"),
			Manages: r.PostFormValue("manages") != "", Language: v.Language, By: actor.User,
		})
	case "withdraw":
		return accounts.WithdrawInvitation(ctx, s.Pool, page.ID, id, now)
	case "manage":
		return accounts.SetManager(ctx, s.Pool, page.ID, id, true, now)
	case "unmanage":
		return accounts.SetManager(ctx, s.Pool, page.ID, id, false, now)
	case "remove":
		return accounts.RemoveMember(ctx, s.Pool, page.ID, id, now)
	}
	return notUnderstood(r)
}

// doOf is what a form asks for, as the log may hold it.
func doOf(r *http.Request) string {
	act := r.PostFormValue("do")
	if len(act) > 20 || strings.ContainsFunc(act, func(c rune) bool { return c < 'a' || c > 'z' }) {
		return "?"
	}
	return act
}

func notUnderstood(r *http.Request) error {
	return fault.InvalidField("do", "%q is not understood", r.PostFormValue("do"))
}

func (v *view) fillTeam(r *http.Request, actor accounts.Actor, page *teamPage) (err error) {
	ctx, s := r.Context(), v.site
	page.May = moderation.AllowedToManage(actor, page.ID) == nil
	if page.Members, err = accounts.Members(ctx, s.Pool, page.ID); err != nil {
		return err
	}
	if page.May {
		if page.Invitations, err = accounts.Invitations(ctx, s.Pool, page.ID, s.Clock()); err != nil {
			return err
		}
	}
	records, err := moderation.Records(ctx, s.Pool, actor, page.ID, ownedShown)
	for _, one := range records {
		row := ownedRow{OwnedRecord: one, Title: one.Name}
		if p, err := findPublished(s.Snapshot.View(), one.Place); err == nil {
			row.Title = s.title(p, v.Language)
		}
		if one.Others > 0 && one.Cleared > 0 {
			row.Compare = v.Link(historyPath(one.Place), "from", one.Cleared)
		} else if one.Others > 0 {
			row.Compare = v.Link(historyPath(one.Place))
		}
		page.Records = append(page.Records, row)
	}
	return err
}

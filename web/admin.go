package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
)

// adminPath is where administrators look after people and rules.
const adminPath = "/admin"

func (s *site) adminRoutes(router *mux.Router) {
	router.Path(adminPath).Methods(readOrSend()...).Handler(s.page(s.showAdmin))
	router.Path(adminPath+"/categories").Methods(http.MethodGet, http.MethodHead).Handler(s.page(s.showCategories))
	router.Path(adminPath + "/categories/{category:[a-z0-9_]+}").Methods(readOrSend()...).Handler(s.page(s.showCategory))
	router.Path(adminPath + "/categories/theme/{group:[a-z]+}").Methods(readOrSend()...).Handler(s.page(s.showGroup))
	router.Path(adminPath+"/imports").Methods(http.MethodGet, http.MethodHead).Handler(s.page(s.showImports))
	router.Path(adminPath + "/comptes/{id:[0-9]+}").Methods(readOrSend()...).Handler(s.page(s.showUser))
}

// adminPage is everything that administrators look after.
type adminPage struct {
	Users          []accounts.User // that were searched for, else all but residents
	Searched       bool
	Organisations  []accounts.Team
	Tokens         []accounts.Token
	Zones          []zoneText
	Roles          []option
	Neighbourhoods []option
	Groups         []option
	Effects        []option
	Atlas          Atlas  // to draw a zone on
	Area           string // as it was given, with a mistake
	Token          string // that was just made: shown once
	Done           string
	Problem        string
}

type zoneText struct {
	ID                    int64
	Effect, Reason, Where string
	Until                 time.Time
}

// showAdmin lists users, organisations, tokens and zones; a POST does one thing
// to one of them, the field "do" says which. An e-mail is searched for by a POST, too, so
// that it stands in no address; no answer holds one.
func (s *site) showAdmin(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	if err := moderation.AllowedToAdminister(actor); err != nil {
		return answer{}, err
	}
	page, status := adminPage{}, http.StatusOK
	if r.Method == http.MethodPost {
		failed := s.administer(r, v, actor, &page)
		if kind := fault.KindOf(failed); failed != nil && kind == fault.Internal {
			return answer{}, failed
		}
		if failed != nil {
			said := v.faultOf(r, failed)
			page.Problem, status, page.Area = said.text(), said.status, r.PostFormValue("area")
		}
	}
	if err := v.fillAdmin(r, &page); err != nil {
		return answer{}, err
	}
	return answer{template: "admin", title: v.T("admin.title"), data: page, status: status, private: true}, nil
}

func (v *view) fillAdmin(r *http.Request, page *adminPage) (err error) {
	ctx, db, now := r.Context(), v.site.Pool, v.site.Clock()
	text := ""
	if page.Searched = r.PostFormValue("do") == "find"; page.Searched {
		text = r.PostFormValue("who")
	}
	if page.Users, err = accounts.SearchUsers(ctx, db, text); err != nil {
		return err
	}
	if page.Organisations, err = accounts.Teams(ctx, db); err != nil {
		return err
	}
	if page.Tokens, err = accounts.Tokens(ctx, db); err != nil {
		return err
	}
	t, err := v.site.town(ctx, v.site.Snapshot.View())
	if err != nil {
		return err
	}
	zones, err := moderation.Zones(ctx, db, now)
	for _, z := range zones {
		text := zoneText{ID: z.ID, Effect: v.T("zone." + z.Effect), Reason: z.Reason, Until: z.Until, Where: v.T("zone.elsewhere")}
		if z.Neighbourhood != "" {
			text.Where = neighbourhoodName(t, z.Neighbourhood, v.Language)
		}
		page.Zones = append(page.Zones, text)
	}
	page.Atlas = v.site.atlas(v, t)
	page.Roles, page.Neighbourhoods, page.Groups = v.roles(), v.neighbourhoodOptions(t), v.groupOptions()
	for _, effect := range moderation.ZoneEffects {
		page.Effects = append(page.Effects, option{Value: effect, Label: v.T("zone." + effect)})
	}
	return err
}

// roles, neighbourhoodOptions and groupOptions are what forms choose from.
func (v *view) roles() (all []option) {
	for _, role := range accounts.UserRoles {
		all = append(all, option{Value: string(role), Label: v.roleText(role)})
	}
	return all
}

func (v *view) neighbourhoodOptions(t *town) (all []option) {
	for _, n := range t.neighbourhoods {
		all = append(all, option{Value: n.Code, Label: n.in(v.Language)})
	}
	return all
}

func (v *view) groupOptions() (all []option) {
	for _, group := range v.site.Taxonomy.Groups {
		all = append(all, option{Value: group.ID, Label: group.Label(v.Language)})
	}
	return all
}

// administer does the one thing that a form of the page asks for.
func (s *site) administer(r *http.Request, v *view, actor accounts.Actor, page *adminPage) (err error) {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, now := r.Context(), s.Clock()
	id, _ := strconv.ParseInt(r.PostFormValue("id"), 10, 64) // 0 is not there
	page.Done = v.T("admin.done")
	switch r.PostFormValue("do") {
	case "find":
		page.Done = ""
	case "user":
		_, err = accounts.CreateUser(ctx, s.Pool, newUserFrom(r), now)
	case "block":
		if id == actor.User {
			return fault.New(fault.Forbidden, "nobody blocks themselves")
		}
		err = accounts.BlockUser(ctx, s.Pool, id, now)
	case "unblock":
		err = accounts.UnblockUser(ctx, s.Pool, id, now)
	case "organisation":
		_, err = accounts.CreateOrganisation(ctx, s.Pool, strings.TrimSpace(r.PostFormValue("name")), now)
	case "token":
		page.Token, err = s.tokenFor(r, id)
	case "revoke":
		err = accounts.RevokeToken(ctx, s.Pool, id, now)
	case "zone":
		_, err = moderation.CreateZone(ctx, s.Pool, s.zoneFrom(r), now)
	case "end":
		err = moderation.EndZone(ctx, s.Pool, id, now)
	default:
		err = notUnderstood(r)
	}
	if err != nil {
		page.Done = ""
		return err
	}
	logAdministration(r, actor, id)
	return nil
}

// logAdministration writes into the server's log who did what to which number. What was
// typed, as names and addresses, is not in it.
func logAdministration(r *http.Request, actor accounts.Actor, about int64) {
	httpkit.Logger(r.Context()).InfoContext(r.Context(), "administration", "by", actor.User, "act", doOf(r), "about", about)
}

func newUserFrom(r *http.Request) accounts.NewUser {
	organisation, _ := strconv.ParseInt(r.PostFormValue("organisation"), 10, 64) // 0 is none
	u := accounts.NewUser{
		Name: strings.TrimSpace(r.PostFormValue("name")), Email: strings.TrimSpace(r.PostFormValue("email")),
		Role: accounts.Role(r.PostFormValue("role")), Organisation: organisation,
	}
	scope := accounts.Scope{Neighbourhood: r.PostFormValue("neighbourhood"), Group: r.PostFormValue("group")}
	if scope != (accounts.Scope{}) {
		u.Scopes = append(u.Scopes, scope)
	}
	return u
}

// tokenFor makes a token for a user with what their role is for. It is shown once.
func (s *site) tokenFor(r *http.Request, user int64) (string, error) {
	role, err := accounts.RoleOf(r.Context(), s.Pool, user)
	if err != nil {
		return "", err
	}
	t := accounts.NewToken{User: user, Label: strings.TrimSpace(r.PostFormValue("label")), Grants: accounts.GrantsOf(role)}
	if days, err := strconv.Atoi(r.PostFormValue("days")); err == nil && days > 0 {
		t.Expires = s.Clock().AddDate(0, 0, days)
	}
	return accounts.CreateToken(r.Context(), s.Pool, t, s.Clock())
}

// zoneFrom reads a zone; its last day is whole.
func (s *site) zoneFrom(r *http.Request) moderation.Zone {
	z := moderation.Zone{
		Neighbourhood: r.PostFormValue("neighbourhood"), Effect: r.PostFormValue("effect"), Reason: r.PostFormValue("reason"),
	}
	if area := strings.TrimSpace(r.PostFormValue("area")); area != "" {
		z.Area = []byte(area)
	}
	if day, err := time.ParseInLocation(time.DateOnly, r.PostFormValue("until"), s.zone); err == nil {
		z.Until = day.AddDate(0, 0, 1)
	}
	return z
}

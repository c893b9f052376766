package web

import (
	"net/http"
	"slices"
	"strconv"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// userPage is one account as administrators see it: never its e-mail.
type userPage struct {
	accounts.User
	Roles, Neighbourhoods, Groups []option
	Organisations                 []option
	Mixed                         bool // its territory is none that the form can say
	Done                          bool
	Problem                       string
}

// showUser shows an account, and a POST changes it: its role and where it acts, whether
// it may act at all, its sessions, its passkeys.
func (s *site) showUser(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	if err := moderation.AllowedToAdminister(actor); err != nil {
		return answer{}, err
	}
	id, err := pathID(r)
	if err != nil {
		return answer{}, fault.New(fault.NotFound, "there is no such account")
	}
	page, status, user := userPage{}, http.StatusOK, int64(id)
	if r.Method == http.MethodPost {
		failed := s.administerUser(r, actor, user)
		if failed == nil {
			logAdministration(r, actor, user)
		}
		if kind := fault.KindOf(failed); failed != nil && (kind == fault.Internal || kind == fault.NotFound) {
			return answer{}, failed
		}
		if page.Done = failed == nil; failed != nil {
			said := v.faultOf(r, failed)
			page.Problem, status = said.text(), said.status
		}
	}
	if err := v.fillUser(r, user, &page); err != nil {
		return answer{}, err
	}
	return answer{template: "admin_user", title: v.T("admin.user", "name", page.Name), data: page, status: status, private: true}, nil
}

// administerUser does the one thing that a form of the page asks for.
func (s *site) administerUser(r *http.Request, actor accounts.Actor, user int64) error {
	if err := readForm(r); err != nil {
		return err
	}
	ctx, now := r.Context(), s.Clock()
	switch r.PostFormValue("do") {
	case "post":
		post, err := s.postFrom(r, user)
		if err != nil {
			return err
		}
		return accounts.SetPost(ctx, s.Pool, user, post, now)
	case "block":
		if user == actor.User {
			return fault.New(fault.Forbidden, "nobody blocks themselves")
		}
		return accounts.BlockUser(ctx, s.Pool, user, now)
	case "unblock":
		return accounts.UnblockUser(ctx, s.Pool, user, now)
	case "sessions":
		return accounts.RevokeSessions(ctx, s.Pool, user, 0)
	case "keys":
		return accounts.ForgetPasskeys(ctx, s.Pool, user)
	}
	return notUnderstood(r)
}

// postFrom reads a role and where it is for. A territory that the form cannot say stays
// as it is, unless another one is asked for: else saving a role would widen it.
func (s *site) postFrom(r *http.Request, user int64) (accounts.Post, error) {
	organisation, _ := strconv.ParseInt(r.PostFormValue("organisation"), 10, 64) // 0 is none
	p := accounts.Post{Role: accounts.Role(r.PostFormValue("role")), Organisation: organisation}
	p.Scopes = territoryOf(r.PostForm["neighbourhood"], r.PostForm["group"])
	if r.PostFormValue("territory") != "" || (p.Role != accounts.Agent && p.Role != accounts.Moderator) {
		return p, nil
	}
	before, err := accounts.PostOf(r.Context(), s.Pool, user)
	if err != nil {
		return p, err
	}
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return p, err
	}
	if s.mixed(t, before.Scopes) {
		p.Scopes = before.Scopes
	}
	return p, nil
}

// territoryOf is each neighbourhood with each group, and where one is not said, any.
func territoryOf(neighbourhoods, groups []string) (all []accounts.Scope) {
	if len(neighbourhoods)+len(groups) == 0 {
		return nil
	}
	for _, neighbourhood := range orAny(neighbourhoods) {
		for _, group := range orAny(groups) {
			all = append(all, accounts.Scope{Neighbourhood: neighbourhood, Group: group})
		}
	}
	return all
}

// mixed tells whether the boxes that the form ticks for a territory would say another one.
func (s *site) mixed(t *town, scopes []accounts.Scope) bool {
	var neighbourhoods, groups []string
	for _, one := range t.neighbourhoods {
		if slices.ContainsFunc(scopes, func(s accounts.Scope) bool { return s.Neighbourhood == one.Code }) {
			neighbourhoods = append(neighbourhoods, one.Code)
		}
	}
	for _, one := range s.Taxonomy.Groups {
		if slices.ContainsFunc(scopes, func(s accounts.Scope) bool { return s.Group == one.ID }) {
			groups = append(groups, one.ID)
		}
	}
	said := territoryOf(neighbourhoods, groups)
	return len(said) != len(scopes) || slices.ContainsFunc(said, func(one accounts.Scope) bool { return !slices.Contains(scopes, one) })
}

func orAny(values []string) []string {
	if len(values) == 0 {
		return []string{""}
	}
	return values
}

func (v *view) fillUser(r *http.Request, user int64, page *userPage) (err error) {
	ctx, db := r.Context(), v.site.Pool
	if page.User, err = accounts.FindUser(ctx, db, user); err != nil {
		return err
	}
	post, err := accounts.PostOf(ctx, db, user)
	if err != nil {
		return err
	}
	t, err := v.site.town(ctx, v.site.Snapshot.View())
	if err != nil {
		return err
	}
	page.Mixed = v.site.mixed(t, post.Scopes)
	page.Roles, page.Neighbourhoods, page.Groups = v.roles(), v.neighbourhoodOptions(t), v.groupOptions()
	all, err := accounts.Organisations(ctx, db)
	for _, one := range all {
		page.Organisations = append(page.Organisations, option{strconv.FormatInt(one.ID, 10), one.Name, one.ID == post.Organisation})
	}
	for i := range page.Roles {
		page.Roles[i].Selected = page.Roles[i].Value == string(post.Role)
	}
	for i, one := range page.Neighbourhoods {
		page.Neighbourhoods[i].Selected = slices.ContainsFunc(post.Scopes, func(s accounts.Scope) bool { return s.Neighbourhood == one.Value })
	}
	for i, one := range page.Groups {
		page.Groups[i].Selected = slices.ContainsFunc(post.Scopes, func(s accounts.Scope) bool { return s.Group == one.Value })
	}
	return err
}

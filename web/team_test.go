package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/mail"
	"cartoquartiers/moderation"
)

var invitationInMail = regexp.MustCompile(`https://carte\.example\.fr(/organisations/invitation\?jeton=([\w-]+)\S*)`)

// invited gives the token in the only letter that waits; "" where none does.
func (town *testTown) invited(t *testing.T) (token string, letter mail.Message) {
	t.Helper()
	for _, m := range town.deliver(t) {
		if found := invitationInMail.FindStringSubmatch(m.Text); found != nil {
			token, letter = found[2], m
		}
	}
	return token, letter
}

// team is a desk with an organisation and one who manages it.
type team struct {
	*desk
	id             int64
	path           string
	nadia          accounts.Actor
	manager, admin string // cookies
}

func newTeam(t *testing.T) *team {
	t.Helper()
	d := &team{desk: newDesk(t)}
	d.admin = d.cookieOf(t, d.person(t, "Bea", accounts.Admin))
	var err error
	if d.id, err = accounts.CreateOrganisation(t.Context(), d.db, "Les amis du phare", wednesday); err != nil {
		t.Fatal(err)
	}
	d.path = fmt.Sprintf("/organisations/%d/equipe", d.id)
	d.nadia = accounts.Actor{Role: accounts.Member, Organisation: d.id, Grants: accounts.GrantsOf(accounts.Member)}
	d.nadia.User, err = accounts.CreateUser(t.Context(), d.db, accounts.NewUser{Name: "Nadia", Role: accounts.Member, Organisation: d.id, Email: "nadia@example.org"}, wednesday)
	if err != nil {
		t.Fatal(err)
	}
	d.manager = d.cookieOf(t, d.nadia)
	d.does(t, d.admin, http.StatusOK, "do", "manage", "id", fmt.Sprint(d.nadia.User))
	return d
}

func (d *team) does(t *testing.T, cookie string, status int, fields ...string) string {
	t.Helper()
	got := d.send(t, d.path, fields, "Cookie", cookie)
	if got.Code != status || status == http.StatusOK && got.Header().Get("Cache-Control") != "private, no-store" {
		t.Fatalf("%v: %d %v\n%s", fields, got.Code, got.Header(), got.Body)
	}
	expect(t, fields[1], got.Body.String(), "not ⟦", "not @example.org")
	return got.Body.String()
}

// TestAnAssociationInvitesItsMembers is the whole way: the letter, the two buttons, the
// account that is made, the record that is changed at once, and the end of it.
func TestAnAssociationInvitesItsMembers(t *testing.T) {
	t.Parallel()
	d := newTeam(t)
	expect(t, "an administrator who looks in", d.page(t, d.path, "Cookie", d.admin), "Nadia", "gère l’équipe", "not Quitter")
	for _, wrong := range [][]string{{"email", "no address", "name", "Léo"}, {"email", "leo@example.org", "name", " "}} {
		if got := d.send(t, d.path, append(wrong, "do", "invite"), "Cookie", d.manager); got.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", wrong, got.Code)
		}
	}
	d.does(t, d.manager, http.StatusOK, "do", "invite", "email", "Leo@Example.org", "name", "Léo (trésorier)")
	token, letter := d.invited(t)
	if len(token) != 43 || letter.To != "leo@example.org" || letter.Subject != "Les amis du phare vous invite sur la carte des quartiers" || letter.Unsubscribe == "" {
		t.Fatalf("%q %+v", token, letter)
	}
	expect(t, "the team meanwhile", d.page(t, d.path, "Cookie", d.manager), "Léo (trésorier)", "invitation valable", "not leo@")
	address := accounts.InvitationPath + "?jeton=" + token
	for range 3 { // programs that look through mails
		expect(t, "the invitation", d.page(t, address), "Les amis du phare", "Accepter", "Décliner", "not Nadia", "not ⟦")
	}
	accepted := d.sendForm(accounts.InvitationPath, url.Values{"jeton": {token}})
	if accepted.Code != http.StatusOK || cookieOf(accepted) != "" {
		t.Fatalf("%d %v", accepted.Code, accepted.Header())
	}
	if again := d.sendForm(accounts.InvitationPath, url.Values{"jeton": {token}}); again.Code != http.StatusGone {
		t.Errorf("the same again: %d", again.Code)
	}
	if again := d.get(t, address); again.Code != http.StatusGone {
		t.Errorf("the same again: %d", again.Code)
	}
	leo := cookieOf(d.sendForm("/connexion/lien", url.Values{"jeton": {d.askFor(t, "leo@example.org")}}))
	page := d.page(t, d.path, "Cookie", leo)
	expect(t, "the team", page, "Léo (trésorier)", "Nadia", "not Inviter quelqu’un")
	d.does(t, leo, http.StatusForbidden, "do", "invite", "email", "x@example.org", "name", "X")
	d.does(t, leo, http.StatusForbidden, "do", "remove", "id", fmt.Sprint(d.nadia.User))
	d.does(t, leo, http.StatusSeeOther, "do", "leave")
	if got := d.get(t, d.path, "Cookie", leo); got.Code != http.StatusForbidden {
		t.Errorf("after leaving: %d", got.Code)
	}
	document, err := html.Parse(d.get(t, d.path, "Cookie", d.manager).Body)
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, document, true)
}

// TestInvitingTellsNothingOfAnAddress compares what a manager is answered about
// addresses that are known, unknown, and already members.
func TestInvitingTellsNothingOfAnAddress(t *testing.T) {
	t.Parallel()
	d := newTeam(t)
	if _, err := d.db.Exec(t.Context(), `update users set email = 'maud@example.org' where name = 'Maud'`); err != nil {
		t.Fatal(err)
	}
	said := make(map[string]string)
	for _, email := range []string{"maud@example.org", "nobody@example.org", "nadia@example.org"} {
		text := d.does(t, d.manager, http.StatusOK, "do", "invite", "email", email, "name", "Quelqu’un")
		_, said[email], _ = strings.Cut(text, "<main")
		said[email], _, _ = strings.Cut(said[email], `id="records"`)
		if token, _ := d.invited(t); token == "" {
			t.Errorf("%s got no letter", email)
		} else if email == "maud@example.org" { // who acts for the town
			got := d.sendForm(accounts.InvitationPath, url.Values{"jeton": {token}})
			expect(t, "a moderator who accepts", got.Body.String(), "pour la ville", "Accepter")
			if got.Code != http.StatusConflict {
				t.Errorf("a moderator who accepts: %d", got.Code)
			}
		}
	}
	if said["maud@example.org"] != said["nobody@example.org"] || said["nobody@example.org"] != said["nadia@example.org"] {
		t.Errorf("the answers differ: %q", said)
	}
}

func TestInvitationsEnd(t *testing.T) {
	t.Parallel()
	d := newTeam(t)
	invite := func(email string) string {
		d.does(t, d.manager, http.StatusOK, "do", "invite", "email", email, "name", "Ida")
		token, _ := d.invited(t)
		return token
	}
	first, second := invite("ida@example.org"), invite("ida@example.org")
	for name, c := range map[string]struct {
		token string
		end   func()
	}{
		"one that another replaced": {first, func() {}},
		"one that was withdrawn": {second, func() {
			d.does(t, d.manager, http.StatusOK, "do", "withdraw", "id", "2")
		}},
		"a week-old one": {invite("old@example.org"), func() {
			if _, err := d.db.Exec(t.Context(), `update invitations set expires_at = $1 where email = 'old@example.org'`, wednesday); err != nil {
				t.Fatal(err)
			}
		}},
		"one that never was": {"x", func() {}},
	} {
		c.end()
		if got := d.sendForm(accounts.InvitationPath, url.Values{"jeton": {c.token}}); got.Code != http.StatusGone {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
	// A mail program declines by itself; then the organisation writes no more.
	declined := d.send(t, accounts.InvitationPath+"?jeton="+invite("never@example.org")+"&refuser=1", []string{"List-Unsubscribe", "One-Click"})
	if declined.Code != http.StatusOK {
		t.Errorf("declining: %d", declined.Code)
	}
	if token := invite("never@example.org"); token != "" {
		t.Error("who declined is written to again")
	}
	// Who holds the letter of one that ended may decline, too; of what nobody knows nothing is noted.
	if late := d.sendForm(accounts.InvitationPath, url.Values{"jeton": {first}, "refuser": {"1"}}); late.Code != http.StatusOK || invite("ida@example.org") != "" {
		t.Errorf("declining one that ended: %d, and a letter goes", late.Code)
	}
	unknown := d.sendForm(accounts.InvitationPath, url.Values{"jeton": {"x"}, "refuser": {"1"}})
	if expect(t, "declining what is unknown", unknown.Body.String(), "Invitation plus valable", "not noté"); unknown.Code != http.StatusGone {
		t.Errorf("declining what is unknown: %d", unknown.Code)
	}
	d.does(t, d.manager, http.StatusNotFound, "do", "withdraw", "id", "99")
	for range maxFlood {
		invite("flood@example.org")
	}
	if token := invite("flood@example.org"); token != "" {
		t.Error("a mailbox is flooded")
	}
	if _, err := d.db.Exec(t.Context(), `insert into invitations (organisation_id, email, name, manages, language, created_at, expires_at) select $1, i || '@example.org', 'X', false, 'fr', $2, $2 from generate_series(1, 30) i`, d.id, wednesday); err != nil {
		t.Fatal(err)
	}
	if got := d.send(t, d.path, []string{"do", "invite", "email", "more@example.org", "name", "X"}, "Cookie", d.manager); got.Code != http.StatusTooManyRequests {
		t.Errorf("the thirty-first: %d", got.Code)
	}
	if err := accounts.Sweep(t.Context(), d.db, wednesday.AddDate(0, 0, 9)); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := d.db.QueryRow(t.Context(), `select count(*) from invitations`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d are left after nine days, %v", left, err)
	}
}

// maxFlood is how many invitations one mailbox gets in a day.
const maxFlood = 3

// TestAnOrganisationKeepsAManager tries every way to be left without one.
func TestAnOrganisationKeepsAManager(t *testing.T) {
	t.Parallel()
	d := newTeam(t)
	self := fmt.Sprint(d.nadia.User)
	for _, fields := range [][]string{{"do", "leave"}, {"do", "unmanage", "id", self}, {"do", "remove", "id", self}} {
		expect(t, fields[1], d.does(t, d.manager, http.StatusConflict, fields...), "abord la gestion à un autre membre")
	}
	d.does(t, d.admin, http.StatusConflict, "do", "remove", "id", self)
	second, err := accounts.CreateUser(t.Context(), d.db, accounts.NewUser{Name: "Léo", Role: accounts.Member, Organisation: d.id}, wednesday)
	if err != nil {
		t.Fatal(err)
	}
	d.does(t, d.manager, http.StatusOK, "do", "manage", "id", fmt.Sprint(second))
	// Both go at the same moment: one of them stays.
	results := make(chan error, 2)
	for _, user := range []int64{d.nadia.User, second} {
		go func() { results <- accounts.RemoveMember(t.Context(), d.db, d.id, user, wednesday) }()
	}
	if one, other := <-results, <-results; (one == nil) == (other == nil) {
		t.Errorf("%v and %v: both left, or none", one, other)
	}
	d.does(t, d.admin, http.StatusNotFound, "do", "manage", "id", "999")
}

// TestAnOwnerLooksAtWhatOthersChanged gives a place to an organisation by page, and
// follows what others, and its own, do with it.
func TestAnOwnerLooksAtWhatOthersChanged(t *testing.T) {
	t.Parallel()
	d := newTeam(t)
	owner := fmt.Sprintf("/lieux/%d/organisation", d.garden)
	if got := d.send(t, owner, []string{"organisation", fmt.Sprint(d.id)}, "Cookie", d.manager); got.Code != http.StatusForbidden {
		t.Errorf("a member takes a place: %d", got.Code)
	}
	if got := d.send(t, owner, []string{"organisation", "99"}, "Cookie", d.cookie); got.Code != http.StatusBadRequest {
		t.Errorf("an organisation that is none: %d", got.Code)
	}
	if got := d.send(t, "/lieux/999/organisation", []string{"organisation", "1"}, "Cookie", d.cookie); got.Code != http.StatusNotFound {
		t.Errorf("a place that is none: %d", got.Code)
	}
	given := d.send(t, owner, []string{"organisation", fmt.Sprint(d.id)}, "Cookie", d.cookie)
	expect(t, "given", given.Body.String(), "C’est fait", "selected>Les amis du phare", "not ⟦")
	expect(t, "the records", d.page(t, d.path, "Cookie", d.manager), "Jardin des Fonderies", "Relue jusqu’à la version 1")
	if own := d.edit(t, d.nadia, 1, `{"operator":"Nous"}`); own.State != moderation.Accepted {
		t.Errorf("a member's change is %s", own.State)
	}
	expect(t, "after their own change", d.page(t, d.path, "Cookie", d.manager), "Relue jusqu’à")
	d.edit(t, d.maud, 2, `{"phone":"02 40 00 00 01"}`)
	page := d.page(t, d.path, "Cookie", d.manager)
	expect(t, "after another's", page, "1 changement fait par d’autres", fmt.Sprintf("/lieux/%d/historique?from=1", d.garden), "J’ai relu")
	garden := fmt.Sprint(int64(d.garden))
	d.does(t, d.manager, http.StatusBadRequest, "do", "clear", "id", garden, "revision", "9")
	d.does(t, d.admin, http.StatusNotFound, "do", "clear", "id", garden, "revision", "3")
	expect(t, "cleared", d.does(t, d.manager, http.StatusOK, "do", "clear", "id", garden, "revision", "3"), "Relue jusqu’à la version 3")
	d.does(t, d.manager, http.StatusOK, "do", "clear", "id", garden, "revision", "1") // never backwards
	expect(t, "cleared", d.page(t, d.path, "Cookie", d.manager), "Relue jusqu’à la version 3")
	taken := d.send(t, owner, []string{"organisation", "0"}, "Cookie", d.cookie)
	expect(t, "taken", taken.Body.String(), "C’est fait")
	expect(t, "the records", d.page(t, d.path, "Cookie", d.manager), "not Jardin des Fonderies")
}

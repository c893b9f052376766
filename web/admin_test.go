package web

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cartoquartiers/internal/accounts"
)

func TestAdministratorsLookAfterPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	boss := d.person(t, "Bea", accounts.Admin)
	cookie := d.cookieOf(t, boss)
	for name, c := range map[string]struct {
		cookie string
		status int
	}{"visitor": {"", 401}, "moderator": {d.cookie, 403}} {
		if got := d.get(t, "/admin", "Cookie", c.cookie); got.Code != c.status || strings.Contains(got.Body.String(), "Maud") {
			t.Errorf("as a %s: %d", name, got.Code)
		}
		if got := d.send(t, "/admin", []string{"do", "organisation", "name", "X"}, "Cookie", c.cookie); got.Code != c.status {
			t.Errorf("a POST as a %s: %d", name, got.Code)
		}
	}
	steps := []struct {
		fields []string
		status int
		says   string
	}{
		{[]string{"do", "organisation", "name", "Les amis du phare"}, 200, "C’est fait"},
		{[]string{"do", "user", "name", "Ada", "role", "member", "organisation", "1", "email", "ada@example.org"}, 200, "Ada"},
		{[]string{"do", "user", "name", "Ada", "role", "resident"}, 409, "verdict--bad"},
		{[]string{"do", "user", "name", "Zoé", "role", "member"}, 400, "verdict--bad"},
		{[]string{"do", "user", "name", "Gus", "role", "agent", "neighbourhood", "centre", "group", "nature"}, 200, "centre/nature"},
		{[]string{"do", "block", "id", "1"}, 200, "bloqué"},
		{[]string{"do", "block", "id", "2"}, 403, "On ne se bloque pas soi-même"},
		{[]string{"do", "unblock", "id", "1"}, 200, "C’est fait"},
		{[]string{"do", "block", "id", "99"}, 404, "verdict--bad"},
		{[]string{"do", "token", "id", "1", "label", "bureau", "days", "30"}, 200, "cq_"},
		{[]string{"do", "revoke", "id", "1"}, 200, "révoqué"},
		{[]string{"do", "zone", "neighbourhood", "centre", "effect", "block_anonymous", "reason", "Vandalisme", "until", "2026-04-01"}, 200, "Vandalisme"},
		{[]string{"do", "zone", "neighbourhood", "centre", "effect", "burn", "reason", "", "until", "2020-01-01"}, 400, "verdict--bad"},
		{[]string{"do", "zone", "neighbourhood", "nowhere", "effect", "force_review", "reason", "x", "until", "2026-04-01"}, 400, "verdict--bad"},
		{[]string{"do", "end", "id", "99"}, 404, "verdict--bad"},
		{[]string{"do", "dance"}, 400, "verdict--bad"},
	}
	for _, step := range steps {
		got := d.send(t, "/admin", step.fields, "Cookie", cookie)
		if got.Code != step.status || got.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%v: %d %v", step.fields, got.Code, got.Header())
		}
		expect(t, step.fields[1], got.Body.String(), step.says, "not ⟦", "not ada@example.org")
	}
	blocked := d.send(t, "/contribuer/lieu", []string{"key", aKey, "name", "Compost", "category", "compost", "lat", "47.2150", "lon", "-1.5551"})
	if blocked.Code != http.StatusForbidden {
		t.Errorf("a visitor in the zone: %d", blocked.Code)
	}
	expect(t, "the visitor in the zone", blocked.Body.String(), "Vandalisme", `value="Compost"`)
	if ended := d.send(t, "/admin", []string{"do", "end", "id", "1"}, "Cookie", cookie); strings.Contains(ended.Body.String(), "Vandalisme") {
		t.Error("the zone is still there")
	}
	expect(t, "the way there", d.get(t, "/mes-contributions", "Cookie", cookie).Body.String(), `href="/admin"`, `href="/moderation"`)
	colin := d.cookieOf(t, d.person(t, "Colin", accounts.Moderator)) // blocking Maud ended her session
	expect(t, "a moderator's", d.page(t, "/mes-contributions", "Cookie", colin), `not href="/admin"`, `href="/moderation"`)
	document, err := html.Parse(d.get(t, "/admin", "Cookie", cookie).Body)
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, document, true)
}

func TestOrganisationShowsItsRecords(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	id, err := accounts.CreateOrganisation(t.Context(), town.db, "Les amis du jardin", wednesday)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := town.db.Exec(t.Context(), `update places set organisation_id = $1 where id = any($2)`, id, []int64{int64(town.garden), int64(town.library)}); err != nil {
		t.Fatal(err)
	}
	expect(t, "the organisation", town.page(t, "/organisations/1"), "Les amis du jardin", "Jardin des Fonderies", "Médiathèque")
	town.hide(t, town.library, "withheld", "spam")
	page := town.get(t, "/organisations/1?lang=en")
	expect(t, "with one hidden", page.Body.String(), "Jardin des Fonderies", "not Jacques Demy", "not ⟦")
	if page.Header().Get("Cache-Control") != "public, no-cache" {
		t.Errorf("headers %v", page.Header())
	}
	if got := town.get(t, "/organisations/2"); got.Code != http.StatusNotFound {
		t.Errorf("absent: %d", got.Code)
	}
}

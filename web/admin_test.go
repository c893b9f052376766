package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/places"
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
		{[]string{"do", "zone", "area", `{"type":"Polygon","coordinates":[[[-1.53,47.21],[-1.52,47.21],[-1.52,47.22],[-1.53,47.21]]]}`, "effect", "block_anonymous", "reason", "Travaux", "until", "2026-04-01"}, 200, "Une autre partie de la ville"},
		{[]string{"do", "zone", "area", `{"type":"Point","coordinates":[0,0]}`, "effect", "block_anonymous", "reason", "x", "until", "2026-04-01"}, 400, "oit être un polygone GeoJSON"},
		{[]string{"do", "find", "who", "ada@example.org"}, 200, "1 compte trouvé"},
		{[]string{"do", "find", "who", "ADA"}, 200, "1 compte trouvé"},
		{[]string{"do", "find", "who", "da@example.org"}, 200, "0 compte trouvé"},
		{[]string{"do", "find", "who", "example.org"}, 200, "0 compte trouvé"},
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

// TestAnAdministratorChangesAPost gives a role, a territory and an organisation, and
// cannot take the last of what must be there.
func TestAnAdministratorChangesAPost(t *testing.T) {
	t.Parallel()
	d := newTeam(t)
	bea, gus := d.user(t, "Bea"), d.person(t, "Gus", accounts.Resident)
	page := func(id int64) string { return fmt.Sprintf("/admin/comptes/%d", id) }
	post := func(id int64, status int, fields ...string) string {
		t.Helper()
		got := d.send(t, page(id), append(fields, "do", "post"), "Cookie", d.admin)
		if got.Code != status {
			t.Errorf("%v: %d, want %d", fields, got.Code, status)
		}
		return got.Body.String()
	}
	before := d.cookieOf(t, gus)
	if got := d.get(t, page(gus.User), "Cookie", before); got.Code != http.StatusForbidden {
		t.Errorf("as a resident: %d", got.Code)
	}
	expect(t, "as an agent", post(gus.User, 200, "role", "agent", "neighbourhood", "centre", "group", "nature", "group", "waste"), "centre/nature", "centre/waste", "not ⟦")
	if got := d.get(t, "/compte", "Cookie", before); got.Code != http.StatusSeeOther {
		t.Errorf("a session outlives the role: %d", got.Code)
	}
	if _, err := d.db.Exec(t.Context(), `update user_scopes set neighbourhood = null where user_id = $1 and group_id = 'nature'`, gus.User); err != nil {
		t.Fatal(err)
	}
	ticked := []string{"neighbourhood", "centre", "group", "nature", "group", "waste"}
	expect(t, "what is no product", post(gus.User, 200, append(ticked, "role", "moderator")...), "*/nature", "centre/waste", "Remplacer le territoire", "not centre/nature")
	expect(t, "changed", post(gus.User, 200, append(ticked, "role", "agent", "territory", "1")...), "centre/nature", "centre/waste", "not Remplacer le territoire", "not */nature")
	post(gus.User, 400, "role", "member")
	post(gus.User, 400, "role", "resident", "group", "nature")
	post(gus.User, 400, "role", "admin", "organisation", "1")
	post(gus.User, 409, "role", "moderator", "group", "no-group")
	expect(t, "the last administrator", post(bea, 409, "role", "resident"), "nommez-en")
	expect(t, "the last manager", post(d.nadia.User, 409, "role", "resident"), "confiez")
	post(gus.User, 200, "role", "admin")
	post(d.nadia.User, 200, "role", "member", "organisation", "1") // as before: she goes on managing
	expect(t, "the team", d.page(t, d.path, "Cookie", d.admin), "gère l’équipe")
	post(bea, 200, "role", "moderator")
	if got := d.get(t, "/admin", "Cookie", d.admin); got.Code != http.StatusUnauthorized {
		t.Errorf("who gave it up: %d", got.Code)
	}
	d.admin = d.cookieOf(t, gus)
	post(999, 404, "role", "resident")
	for do, status := range map[string]int{"block": 403, "sessions": 200, "dance": 400} {
		if got := d.send(t, page(gus.User), []string{"do", do}, "Cookie", d.admin); got.Code != status {
			t.Errorf("%s oneself: %d", do, got.Code)
		}
		d.admin = d.cookieOf(t, gus)
	}
	document, err := html.Parse(d.get(t, page(d.nadia.User), "Cookie", d.admin).Body)
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, document, true)
}

func (d *team) user(t *testing.T, name string) (id int64) {
	t.Helper()
	if err := d.db.QueryRow(t.Context(), `select id from users where name = $1`, name).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestOnlyActsAreLogged does and tries one thing on each page that writes such lines.
func TestOnlyActsAreLogged(t *testing.T) {
	t.Parallel()
	d := newTeam(t)
	account := fmt.Sprintf("/admin/comptes/%d", d.user(t, "Bea"))
	for _, c := range []struct {
		page   string
		fields url.Values
		lines  int
	}{
		{"/admin", url.Values{"do": {"organisation"}, "name": {"Les amis du jardin"}}, 1},
		{"/admin", url.Values{"do": {"block"}, "id": {"999"}}, 0},
		{"/admin", url.Values{"do": {"block"}, "id": {fmt.Sprint(d.user(t, "Bea"))}}, 0},
		{d.path, url.Values{"do": {"manage"}, "id": {fmt.Sprint(d.nadia.User)}}, 1},
		{d.path, url.Values{"do": {"unmanage"}, "id": {fmt.Sprint(d.nadia.User)}}, 0},
		{account, url.Values{"do": {"post"}, "role": {"resident"}}, 0},
		{account, url.Values{"do": {"sessions"}}, 1},
	} {
		var written bytes.Buffer
		request := httptest.NewRequest(http.MethodPost, c.page, strings.NewReader(c.fields.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Cookie", d.admin)
		d.ServeHTTP(httptest.NewRecorder(), request.WithContext(httpkit.WithLogger(t.Context(), slog.New(slog.NewTextHandler(&written, nil)))))
		if got := strings.Count(written.String(), " act="+c.fields.Get("do")+" "); got != c.lines {
			t.Errorf("%s %v: %d lines, want %d:\n%s", c.page, c.fields, got, c.lines, written.String())
		}
	}
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

func TestAdministratorsLookAfterCategories(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cookie := d.cookieOf(t, d.person(t, "Bea", accounts.Admin))
	expect(t, "the list", d.page(t, "/admin/categories", "Cookie", cookie), "Compost", "à vérifier tous les", "not badge--good", "not ⟦")
	address := "/admin/categories/compost"
	expect(t, "the form", d.page(t, address+"?lang=en", "Cookie", cookie), `name="pictogram" value="park"`, "Ships as:", "not ⟦")
	changed := d.send(t, address, []string{"label_fr", "Bac à compost", "label_en", "", "verify_days", "30", "pictogram", "park", "hidden", "1"}, "Cookie", cookie)
	if changed.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", changed.Code, changed.Body)
	}
	list := d.page(t, changed.Header().Get("Location"), "Cookie", cookie)
	expect(t, "the list", list, "« Bac à compost » est changée", "masquée", "à vérifier tous les 30 jours", "shipped.svg?v=")
	for field, value := range map[string]string{"verify_days": "soon", "pictogram": "x", "label_fr": strings.Repeat("x", 81)} {
		if got := d.send(t, address, []string{field, value}, "Cookie", cookie); got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), "verdict--bad") {
			t.Errorf("%s: %d", field, got.Code)
		}
	}
	town, _, err := places.TownTaxonomy(t.Context(), d.db)
	if err != nil {
		t.Fatal(err)
	}
	site := newTownOf(t, func(deps *Deps) { deps.Taxonomy = town })
	form := site.page(t, "/contribuer/lieu")
	expect(t, "the form of a place", form, `"pictogram":"park"`, `"min_zoom":24`, `not value="compost"`)
	sprite := site.page(t, "/static/icons/pictograms.svg")
	if between(sprite, `<symbol id="compost"`, "</symbol>") != between(sprite, `<symbol id="park"`, "</symbol>") {
		t.Error("the pictogram is the one that ships")
	}
	d.send(t, address, []string{"do", "reset"}, "Cookie", cookie)
	expect(t, "as shipped", d.page(t, "/admin/categories", "Cookie", cookie), "not badge--warn", "not Bac à compost")
	for _, path := range []string{"/admin/categories", address, "/admin/imports"} {
		if got := d.get(t, path, "Cookie", d.cookie); got.Code != http.StatusForbidden {
			t.Errorf("%s as a moderator: %d", path, got.Code)
		}
	}
	if got := d.get(t, "/admin/categories/nothing", "Cookie", cookie); got.Code != http.StatusNotFound {
		t.Errorf("absent: %d", got.Code)
	}
}

func TestImportsAreTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cookie := d.cookieOf(t, d.person(t, "Bea", accounts.Admin))
	expect(t, "none", d.page(t, "/admin/imports", "Cookie", cookie), "Aucun import encore", "not ⟦")
	_, err := d.db.Exec(t.Context(), `
		insert into imports (source, file_name, file_sha256, started_at, finished_at, report)
		select 'osm', 'ville-' || n || '.osm.pbf', sha256(''), $1, $1::timestamptz + interval '3 s', '{"seen": 1200, "published": 40, "conflicts": 2, "dropped": {"outside": 7}}'
		from generate_series(1, 22) as n`, wednesday)
	if err != nil {
		t.Fatal(err)
	}
	waiting := d.edit(t, visitor(), 1, `{"operator":"Les Fonderies"}`)
	if _, err := d.db.Exec(t.Context(), `update contributions set import_id = 22 where id = $1`, waiting.ID); err != nil {
		t.Fatal(err)
	}
	first := d.page(t, "/admin/imports", "Cookie", cookie)
	expect(t, "the newest", first, "Import 22", "ville-22.osm.pbf", "3 secondes", "1\u202f200", "1 question attend", "/moderation?import=22", "outside", "not Import 2 ", "not ⟦")
	expect(t, "older ones", d.page(t, html.UnescapeString(between(first, `rel="next" href="`, `"`)), "Cookie", cookie), "Import 2 ", "Import 1 ", "Rien n’attend de cet import")
	expect(t, "what it asks", d.page(t, "/moderation?import=22", "Cookie", d.cookie), "Ce que demande l’import 22", "Jardin des Fonderies")
	expect(t, "what another asks", d.page(t, "/moderation?import=3", "Cookie", d.cookie), "not Jardin des Fonderies")
	expect(t, "what imports ask", d.page(t, "/moderation?import=any", "Cookie", d.cookie), "Jardin des Fonderies")
	if got := d.get(t, "/moderation?import=x", "Cookie", d.cookie); got.Code != http.StatusBadRequest {
		t.Errorf("a wrong import: %d", got.Code)
	}
}

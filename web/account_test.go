package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
)

func TestWhatOneDoesWithOnesAccount(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	enter := func() string {
		return cookieOf(town.sendForm("/connexion/lien", url.Values{"jeton": {town.askFor(t, "rosa@example.org")}}))
	}
	phone, desk := enter(), enter()
	page := town.page(t, "/compte", "Cookie", desk)
	ids := regexp.MustCompile(`name="session" value="(\d+)"`).FindAllStringSubmatch(page, -1)
	if len(ids) != 2 {
		t.Fatalf("%d sessions listed", len(ids))
	}
	if response := town.sendForm("/compte/langue", url.Values{"language": {"en"}}, "Cookie", desk); response.Code != http.StatusSeeOther {
		t.Errorf("language: %d", response.Code)
	}
	if response := town.sendForm("/compte/langue", url.Values{"language": {"de"}}, "Cookie", desk); response.Code != http.StatusBadRequest {
		t.Errorf("a language that is none: %d", response.Code)
	}
	expect(t, "the account in English letters", town.page(t, "/compte", "Cookie", desk), `<option value="en" lang="en" selected>`)
	if response := town.sendForm("/compte/connexions", url.Values{"all": {"1"}}, "Cookie", desk); response.Code != http.StatusSeeOther {
		t.Errorf("ending the others: %d", response.Code)
	}
	if town.get(t, "/compte", "Cookie", phone).Code != http.StatusSeeOther || town.get(t, "/compte", "Cookie", desk).Code != http.StatusOK {
		t.Error("not the others ended")
	}
	other := town.signIn(t, "Maud", accounts.Resident, accounts.ByLink)
	mine := ids[0][1]
	if response := town.sendForm("/compte/connexions", url.Values{"session": {mine}}, "Cookie", other); response.Code != http.StatusNotFound {
		t.Errorf("somebody else's session: %d", response.Code)
	}
}

func TestOneTakesOutOnesDataAndGoes(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	cookie := cookieOf(town.sendForm("/connexion/lien", url.Values{"jeton": {town.askFor(t, "rosa@example.org")}}))
	var user int64
	if err := town.db.QueryRow(t.Context(), `select id from users where email = 'rosa@example.org'`).Scan(&user); err != nil {
		t.Fatal(err)
	}
	rosa := accounts.Actor{Role: accounts.Resident, User: user, Grants: accounts.GrantsOf(accounts.Resident)}
	sent := town.submit(t, rosa, fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":1,"patch":{"operator":"Les voisins"},"message":"Je les connais."}`, town.library))
	export := town.get(t, "/compte/donnees.json", "Cookie", cookie)
	var data struct {
		Account       map[string]any
		Sessions      []any
		Contributions []map[string]any
	}
	if err := json.Unmarshal(export.Body.Bytes(), &data); err != nil {
		t.Fatalf("%v: %s", err, export.Body)
	}
	if data.Account["email"] != "rosa@example.org" || len(data.Sessions) != 1 || len(data.Contributions) != 1 {
		t.Errorf("%s", export.Body)
	}
	expect(t, "the export", export.Body.String(), "Je les connais.", "Les voisins", "received_at")
	if got := export.Header().Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("it is shown: %q", got)
	}
	if unsure := town.sendForm("/compte/effacer", url.Values{}, "Cookie", cookie); unsure.Code != http.StatusBadRequest {
		t.Errorf("without the box: %d", unsure.Code)
	}
	erased := town.sendForm("/compte/effacer", url.Values{"sure": {"1"}, "content": {"1"}}, "Cookie", cookie)
	if erased.Code != http.StatusOK || town.get(t, "/compte", "Cookie", cookie).Code != http.StatusSeeOther {
		t.Fatalf("erasing: %d", erased.Code)
	}
	expect(t, "the goodbye", erased.Body.String(), "Votre compte est effacé")
	var left string
	err := town.db.QueryRow(t.Context(), `
		select concat(
			(select string_agg(u::text, ' ') from users u), (select string_agg(c::text, ' ') from contributions c where id = $1),
			(select string_agg(s::text, ' ') from sessions s), (select string_agg(d::text, ' ') from decisions d)
		)`, sent.ID).Scan(&left)
	if err != nil || strings.Contains(left, "rosa@") || strings.Contains(left, "voisins") || strings.Contains(left, "connais") {
		t.Errorf("left: %s, %v", left, err)
	}
}

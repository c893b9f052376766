package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cartoquartiers/internal/accounts"
)

// TestOneFollowsByPage follows each of the four things by forms alone, and ends it.
func TestOneFollowsByPage(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	place := fmt.Sprintf("/suivi?place=%d", town.library)
	expect(t, "the place", town.page(t, fmt.Sprintf("/lieux/%d", town.library)), fmt.Sprintf(`href="/suivi?place=%d"`, town.library))
	asked := town.get(t, place+"&lang=fr")
	if next := asked.Header().Get("Location"); asked.Code != http.StatusSeeOther || !strings.Contains(next, url.QueryEscape(place)) {
		t.Fatalf("a visitor is sent to %d %q", asked.Code, next)
	}
	cookie := cookieOf(town.sendForm("/connexion/lien", url.Values{"jeton": {town.askFor(t, "rosa@example.org")}}))
	organisation, err := accounts.CreateOrganisation(t.Context(), town.db, "Les amis du jardin", wednesday)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := town.db.Exec(t.Context(), `update places set organisation_id = $1 where id = $2`, organisation, int64(town.garden)); err != nil {
		t.Fatal(err)
	}
	expect(t, "the offer", town.page(t, place, "Cookie", cookie), "Médiathèque Jacques-Demy", `name="place"`, "Pas maintenant", "not ⟦")
	expect(t, "an offer of nothing", town.page(t, "/suivi?place=999", "Cookie", cookie), "not Pas maintenant")
	area := `{"type":"Polygon","coordinates":[[[-1.56,47.21],[-1.55,47.21],[-1.55,47.22],[-1.56,47.21]]]}`
	for _, step := range []struct {
		fields []string
		status int
		says   string
	}{
		{[]string{"place", fmt.Sprint(town.library)}, 200, fmt.Sprintf("/api/v1/feeds/places/%d?lang=fr", town.library)},
		{[]string{"organisation", fmt.Sprint(organisation)}, 200, "/api/v1/feeds/organisations/1?lang=fr"},
		{[]string{"neighbourhood", "centre"}, 200, "/api/v1/feeds/neighbourhoods/centre?lang=fr"},
		{[]string{"area", area}, 200, "Une zone de 42 hectares"},
		{[]string{"area", `{"type":"Feature","properties":{},"geometry":` + area + `}`}, 200, "Une zone de 42 hectares"},
		{[]string{"centre", "mediatheque", "radius", "500"}, 200, "Une zone de 78 hectares"},
		{[]string{"centre", "47.2184, -1.5536", "radius", "1000"}, 200, "Une zone de 312 hectares"},
		{[]string{"centre", "quai de la Fosse", "radius", "250"}, 200, "Une zone de 20 hectares"},
		{[]string{"place", "999"}, 404, "verdict--bad"},
		{[]string{"area", "here"}, 400, "oit être un polygone GeoJSON"},
		{[]string{"centre", "zzzzqqq", "radius", "500"}, 400, "ien sur la carte ne porte ce nom"},
		{[]string{"centre", "mediatheque", "radius", "1"}, 400, "verdict--bad"},
	} {
		got := town.sendForm(followPath, formOf(append(step.fields, "do", "follow")), "Cookie", cookie)
		if got.Code != step.status || got.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%v: %d", step.fields, got.Code)
		}
		expect(t, strings.Join(step.fields, " "), got.Body.String(), step.says, "not ⟦", "not rosa@")
	}
	page := town.page(t, followPath, "Cookie", cookie)
	if count := strings.Count(page, `value="unfollow"`); count != 7 { // the same area twice is once
		t.Errorf("%d are followed", count)
	}
	paced := town.sendForm(followPath, formOf([]string{"do", "pace", "pace", "weekly"}), "Cookie", cookie)
	expect(t, "weekly", paced.Body.String(), `<option value="weekly" selected>`)
	if got := town.sendForm(followPath, formOf([]string{"do", "pace", "pace", "yearly"}), "Cookie", cookie); got.Code != http.StatusBadRequest {
		t.Errorf("yearly: %d", got.Code)
	}
	ended := town.sendForm(followPath, formOf([]string{"do", "unfollow", "id", "1"}), "Cookie", cookie)
	expect(t, "ended", ended.Body.String(), "not /api/v1/feeds/places/")
	if got := town.sendForm(followPath, formOf([]string{"do", "unfollow", "id", "2"}), "Cookie", town.signIn(t, "Maud", accounts.Resident, accounts.ByLink)); got.Code != http.StatusNotFound {
		t.Errorf("somebody else's: %d", got.Code)
	}
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	checkDocument(t, document, true)
}

// formOf is a form of names and values.
func formOf(pairs []string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

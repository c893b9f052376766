package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation/publiclog/verify"
)

// TestErasedContentIsNowhere erases a revision, then the place, and looks for a
// name in every public face; both verifiers find the log sound and say what was erased.
func TestErasedContentIsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := startOther(t, w.log.open(w.pool))
	agent, maud := w.person("Ahmed", accounts.Agent), w.tokenOf(w.person("Maud", accounts.Moderator))
	place := w.submit(noon, agent, `{"action":"create","place":{"name":"Fabrique Zyxwvut","category":"repair","position":[1.5,1.5]}}`).Place
	w.submit(noon, agent, fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":1,"patch":{"name":"Fabrique partagée"}}`, place))
	erase := func(revisions string) {
		t.Helper()
		body := fmt.Sprintf(`{"action":"erase","place_id":%d,"base_revision":2,"revisions":[%s],"reason":"personal_data","message":"Un nom."}`, place, revisions)
		w.read(w.send("POST", "/api/v1/contributions", maud, body), http.StatusCreated, &anyContribution{})
	}
	if !strings.Contains(w.facesOf(t, int64(place), maud), "Zyxwvut") {
		t.Fatal("the name is nowhere to begin with: the test looks at too little")
	}

	erase("1")
	if all := w.facesOf(t, int64(place), maud); strings.Contains(all, "Zyxwvut") || !strings.Contains(all, "Fabrique partagée") {
		t.Errorf("after revision 1 was erased: %s", all)
	}
	var history struct {
		Revisions []struct {
			Number  int
			Erased  bool
			Changed []string
		}
	}
	w.into(&history, fmt.Sprintf("/api/v1/places/%d/revisions", place))
	if len(history.Revisions) != 2 || history.Revisions[0].Erased || !history.Revisions[1].Erased || len(history.Revisions[1].Changed) > 0 {
		t.Errorf("history %+v", history)
	}
	w.soundSays(other)

	erase("")
	if all := w.facesOf(t, int64(place), maud); strings.Contains(all, "Fabrique") {
		t.Errorf("after the place was erased: %s", all)
	}
	w.soundSays(other)
	if report := w.log.look(t, w.pool, func(*verify.Options) {}); report.Erased != 2 {
		t.Errorf("log verify counts %d erasures", report.Erased)
	}
}

// TestAnErasedRefusalIsNowhere erases what a visitor proposed and a moderator refused.
func TestAnErasedRefusalIsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := startOther(t, w.log.open(w.pool))
	maud := w.tokenOf(w.person("Maud", accounts.Moderator))
	var sent struct{ ID int64 }
	w.read(w.send("POST", "/api/v1/contributions", "", `{"action":"create","place":{"name":"Chez Zyxwvut","category":"repair","position":[1.5,1.5]}}`), http.StatusAccepted, &sent)
	path := fmt.Sprintf("/api/v1/moderation/contributions/%d", sent.ID)
	refusal := w.send("POST", path+"/decision", maud, `{"outcome":"refused","reason":"personal_data","message":"Zyxwvut est une personne."}`, "If-Match", `"1"`)
	w.read(refusal, http.StatusOK, &anyContribution{})
	if !strings.Contains(w.facesOf(t, 1, maud), "Zyxwvut") {
		t.Fatal("the name is nowhere to begin with: the test looks at too little")
	}
	erased := w.send("POST", path+"/erase", maud, `{"reason":"personal_data","message":"Un nom de personne."}`, "If-Match", `"2"`)
	w.read(erased, http.StatusOK, &anyContribution{})
	if all := w.facesOf(t, 1, maud); strings.Contains(all, "Zyxwvut") || !strings.Contains(all, "Un nom de personne.") {
		t.Errorf("after the refusal was erased: %s", all)
	}
	w.soundSays(other)
	if report := w.log.look(t, w.pool, func(*verify.Options) {}); report.Erased != 1 {
		t.Errorf("log verify counts %d erasures", report.Erased)
	}
}

// facesOf is all that anybody, and a moderator, is shown of one place and around it.
func (w *world) facesOf(t testing.TB, place int64, moderator string) string {
	t.Helper()
	var all strings.Builder
	for _, path := range []string{
		"/ogc/collections/places/items?f=json", "/ogc/collections/places/items?f=csv", "/ogc/collections/places/items?f=geojsonl",
		"/ogc/collections/places/items?f=html", "/ogc/collections/places/items?q=zyxwvut", "/ogc/collections/places/items?q=fabrique",
		"/tiles/places/13/4130/4061.mvt", "/tiles/places/10/516/507.mvt", "/api/v1/changes", "/api/v1/search?q=zyxwvut", "/api/v1/search?q=fabrique",
		"/api/v1/counters", "/log/revisions", "/log/checkpoint", "/api/v1/moderation/contributions?state=pending,accepted,refused,superseded",
		"/api/v1/moderation/duplicates",
		fmt.Sprintf("/api/v1/places/%d/revisions", place), fmt.Sprintf("/ogc/collections/places/items/%d", place),
		"/api/v1/moderation/contributions/1", "/api/v1/moderation/contributions/2", "/api/v1/contributions/1", "/api/v1/contributions/2",
	} {
		response := w.send("GET", path, moderator, "")
		if response.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(body)
	}
	return all.String()
}

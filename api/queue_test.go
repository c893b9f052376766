package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
)

// problem is what a refusal tells.
type problem struct {
	Detail string
	Errors []struct{ Pointer, Parameter, Detail string }
}

func TestQueueIsReadPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rosa, maud := w.person("Rosa", accounts.Resident), w.tokenOf(w.person("Maud", accounts.Moderator))
	var want []int64
	for i := range 7 { // two of them at the same moment: the id tells them apart
		text := fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"compost","position":[1.%[1]d,1.5]}}`, i)
		want = append(want, w.submit(noon.Add(time.Duration(i/2)*time.Hour-24*time.Hour), rosa, text).ID)
	}
	type page struct {
		Contributions []struct{ ID int64 }
		Links         []anyLink
	}
	ask := func(path string) (p page) {
		w.into(&p, path, "Authorization", "Bearer "+maud)
		return p
	}
	var got []int64
	for path := "/api/v1/moderation/contributions?limit=3&action=create,edit&neighbourhood=est&category=compost"; path != ""; {
		p := ask(path)
		for _, c := range p.Contributions {
			got = append(got, c.ID)
		}
		path = hrefOf(p.Links, "next")
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	for _, nothing := range []string{"action=edit", "neighbourhood=ouest", "category=library", "state=accepted", "min_risk=90", "advice=refuse", "received_before=2020-01-01T00:00:00Z"} {
		if p := ask("/api/v1/moderation/contributions?" + nothing); len(p.Contributions) != 0 {
			t.Errorf("%s finds %v", nothing, p.Contributions)
		}
	}
	for _, wrong := range []string{"action=paint", "state=lost", "min_risk=-1", "after=yesterday", "advice=accept", "received_before=yesterday"} {
		w.body(http.StatusBadRequest, "/api/v1/moderation/contributions?"+wrong, "Authorization", "Bearer "+maud)
	}
}

func TestRefusalsShowWhatIsNeededToGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent, maud := w.tokenOf(w.person("Ahmed", accounts.Agent)), w.tokenOf(w.person("Maud", accounts.Moderator))
	const key = "0b6f1c1e-8f6e-4f0e-9f57-0a9d1f7d1b11"
	var first, again, waiting anyContribution
	w.read(w.send("POST", "/api/v1/contributions", agent, proposal, "Idempotency-Key", key), http.StatusCreated, &first)
	w.read(w.send("POST", "/api/v1/contributions", agent, proposal, "Idempotency-Key", key), http.StatusCreated, &again)
	if first.ID != again.ID || first.Place == 0 || first.Revision != 1 {
		t.Errorf("first %+v, then %+v", first, again)
	}
	var refused problem
	w.read(w.send("POST", "/api/v1/contributions", "", proposal), http.StatusConflict, &refused)
	if want := fmt.Sprintf("%d Bibliothèque de l'Est", first.Place); len(refused.Errors) != 1 || refused.Errors[0].Pointer != "/distinct" || refused.Errors[0].Detail != want {
		t.Errorf("a look-alike: %+v", refused)
	}
	w.read(w.send("POST", "/api/v1/contributions", "", phoneEdit(first.Place, "02 40 00 00 01")), http.StatusAccepted, &waiting)
	w.read(w.send("POST", "/api/v1/contributions", agent, phoneEdit(first.Place, "02 40 00 00 02")), http.StatusCreated, &again)
	path := fmt.Sprintf("/api/v1/moderation/contributions/%d/decision", waiting.ID)
	w.read(w.send("POST", path, maud, `{"outcome":"accepted"}`, "If-Match", `"1"`), http.StatusConflict, &refused)
	if len(refused.Errors) != 1 || refused.Errors[0].Pointer != "/edits/phone" {
		t.Errorf("a conflict: %+v", refused)
	}
	w.read(w.send("POST", path, maud, `{"outcome":"accepted","edits":{"phone":"02 40 00 00 03"}}`, "If-Match", `"1"`), http.StatusOK, &again)
	if again.Revision != 3 {
		t.Errorf("settled: %+v", again)
	}
}

func phoneEdit(place int64, phone string) string {
	return fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":1,"patch":{"phone":%q}}`, place, phone)
}

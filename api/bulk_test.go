package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

type bulkAnswer struct {
	Results []struct {
		ID           int64
		Status       int
		Contribution *anyContribution
		Problem      *problem
	}
}

func (w *world) decideSeveral(token, verdict string, items ...moderation.Seen) *http.Response {
	w.t.Helper()
	list, err := json.Marshal(items)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send("POST", "/api/v1/moderation/decisions", token, fmt.Sprintf(`{"contributions":%s,%s}`, list, verdict))
}

// Each of several is decided by itself: 200 beside 403, 404, 409 and 412.
func TestSeveralAreDecidedEachByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rosa, maud := w.person("Rosa", accounts.Resident), w.person("Maud", accounts.Moderator, accounts.Scope{Neighbourhood: "est"})
	propose := func(i int, lon float64, by accounts.Actor) moderation.Seen {
		text := fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"compost","position":[%v,1.%d]}}`, i, lon, i)
		received := w.submit(noon.Add(-time.Hour), by, text)
		return moderation.Seen{ID: received.ID, Version: received.Version}
	}
	fine, decided, stale, elsewhere := propose(1, 1.5, rosa), propose(2, 1.5, rosa), propose(3, 1.5, rosa), propose(4, 0.5, rosa)
	if _, err := w.road.Decide(t.Context(), w.pool, maud, moderation.Verdict{ID: decided.ID, Version: 1, Outcome: moderation.Accepted}, noon); err != nil {
		t.Fatal(err)
	}
	stale.Version = 7
	response := w.decideSeveral(w.tokenOf(maud), `"outcome":"refused","reason":"spam","message":"De la publicité."`,
		fine, decided, stale, elsewhere, moderation.Seen{ID: 999, Version: 1}, fine)
	var answer bulkAnswer
	checkContract(w, operationOf(t, w.contract("/api/openapi-3.0.json"), "POST", "/api/v1/moderation/decisions"), response)
	w.read(w.decideSeveral(w.tokenOf(maud), `"outcome":"accepted"`, fine), http.StatusOK, &answer)
	if answer.Results[0].Status != http.StatusConflict || answer.Results[0].Problem == nil {
		t.Errorf("decided a moment ago: %+v", answer.Results)
	}
	other := propose(5, 1.6, rosa)
	w.read(w.decideSeveral(w.tokenOf(maud), `"outcome":"accepted"`, other, decided, stale, elsewhere, moderation.Seen{ID: 999, Version: 1}, other), http.StatusOK, &answer)
	var statuses []int
	for _, result := range answer.Results {
		statuses = append(statuses, result.Status)
	}
	if want := []int{200, 409, 412, 403, 404, 409}; !slices.Equal(statuses, want) {
		t.Errorf("statuses %v, want %v", statuses, want)
	}
	if first := answer.Results[0].Contribution; first == nil || first.State != "accepted" || first.Place == 0 {
		t.Errorf("accepted %+v", first)
	}
	w.body(http.StatusOK, fmt.Sprintf("/ogc/collections/places/items/%d", answer.Results[0].Contribution.Place)) // one reads one's own writes
}

func TestSeveralAreAtMostAHundred(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maud, rosa := w.tokenOf(w.person("Maud", accounts.Moderator)), w.tokenOf(w.person("Rosa", accounts.Resident))
	items := make([]moderation.Seen, moderation.MaxBulk+1)
	for i := range items {
		items[i] = moderation.Seen{ID: int64(i + 1), Version: 1}
	}
	var refused problem
	w.read(w.decideSeveral(maud, `"outcome":"accepted"`, items...), http.StatusBadRequest, &refused)
	if len(refused.Errors) != 1 || !strings.Contains(refused.Errors[0].Detail, "100") || refused.Errors[0].Pointer != "/contributions" {
		t.Errorf("%+v does not name the limit", refused)
	}
	for name, c := range map[string]struct {
		token, verdict string
		items          []moderation.Seen
		status         int
	}{
		"a hundred":                  {maud, `"outcome":"accepted"`, items[:100], http.StatusOK},
		"none":                       {maud, `"outcome":"accepted"`, nil, http.StatusBadRequest},
		"a question":                 {maud, `"outcome":"needs_info","message":"Où ?"`, items[:1], http.StatusBadRequest},
		"a refusal without a reason": {maud, `"outcome":"refused"`, items[:1], http.StatusBadRequest},
		"a resident":                 {rosa, `"outcome":"accepted"`, items[:1], http.StatusForbidden},
		"a visitor":                  {"", `"outcome":"accepted"`, items[:1], http.StatusUnauthorized},
	} {
		if response := w.decideSeveral(c.token, c.verdict, c.items...); response.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", name, response.StatusCode, c.status)
		}
	}
}

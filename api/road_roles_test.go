package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

// roadRow is what each route of the road answers to whom. The columns are:
// visitor, resident whose contribution it is, another resident, agent, moderator in
// scope, moderator out of scope. {id} waits; {asked} was answered by a question,
// {refused} by a refusal, {gone} never was.
type roadRow struct {
	method, path, body string
	statuses           [6]int
}

const decision = `{"outcome":"needs_info","message":"Où exactement ?"}`

var roadTable = []roadRow{
	{"POST", "/api/v1/contributions", `{"action":"create","place":{"name":"Lieu %d","category":"library","position":[1.%[1]d,1.2]}}`, [6]int{202, 202, 202, 201, 201, 202}},
	{"POST", "/api/v1/contributions", `{"action":"hide","place_id":%d,"base_revision":1,"face":"withheld","reason":"spam","message":"x"}`, [6]int{403, 403, 403, 403, 201, 202}},
	{"POST", "/api/v1/contributions", `{"action":"create"}`, [6]int{400, 400, 400, 400, 400, 400}},
	{"GET", "/api/v1/contributions/{id}", "", [6]int{401, 200, 404, 404, 200, 404}},
	{"GET", "/api/v1/contributions/{gone}", "", [6]int{401, 404, 404, 404, 404, 404}},
	{"POST", "/api/v1/contributions/{id}/withdraw", "", [6]int{401, 200, 404, 404, 404, 404}},
	{"POST", "/api/v1/contributions/{gone}/withdraw", "", [6]int{401, 404, 404, 404, 404, 404}},
	{"POST", "/api/v1/contributions/{asked}/answer", `{"message":"Au fond de la cour."}`, [6]int{401, 200, 404, 404, 404, 404}},
	{"POST", "/api/v1/contributions/{id}/answer", `{"message":"Personne n'a rien demandé."}`, [6]int{401, 409, 404, 404, 404, 404}},
	{"POST", "/api/v1/contributions/{refused}/appeal", `{"message":"Elle existe."}`, [6]int{401, 200, 404, 404, 404, 404}},
	{"POST", "/api/v1/contributions/{id}/appeal", `{"message":"Pas refusée."}`, [6]int{401, 409, 404, 404, 404, 404}},
	{"GET", "/api/v1/moderation/contributions", "", [6]int{401, 403, 403, 403, 200, 200}},
	{"POST", "/api/v1/moderation/next", "", [6]int{401, 403, 403, 403, 200, 404}},
	{"GET", "/api/v1/moderation/contributions/{id}", "", [6]int{401, 403, 403, 403, 200, 403}},
	{"GET", "/api/v1/moderation/contributions/{gone}", "", [6]int{401, 403, 403, 403, 404, 404}},
	{"POST", "/api/v1/moderation/contributions/{id}/decision", decision, [6]int{401, 403, 403, 403, 200, 403}},
	{"POST", "/api/v1/moderation/contributions/{refused}/decision", decision, [6]int{401, 403, 403, 403, 409, 403}},
	{"POST", "/api/v1/moderation/contributions/{gone}/decision", decision, [6]int{401, 403, 403, 403, 404, 404}},
	{"POST", "/api/v1/moderation/contributions/{id}/release", "", [6]int{401, 403, 403, 403, 204, 204}},
}

// TestRoadAnswersByRole asks each route as each role, on contributions of its
// own, and compares the answers with the contract too.
func TestRoadAnswersByRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range len(roadTable[0].statuses) {
		w.publish(noon, draft(fmt.Sprint("Médiathèque ", i), "library", 0.9, float64(i)/10))
	}
	rosa, maud := w.person("Rosa", accounts.Resident), w.person("Maud", accounts.Moderator)
	tokens := []string{
		"", w.tokenOf(rosa), w.tokenOf(w.person("René", accounts.Resident)), w.tokenOf(w.person("Ahmed", accounts.Agent)),
		w.tokenOf(maud), w.tokenOf(w.person("Colin", accounts.Moderator, accounts.Scope{Neighbourhood: "port"})),
	}
	document := w.contract("/api/openapi-3.0.json")
	for n, row := range roadTable {
		for column, token := range tokens {
			path := w.prepare(rosa, maud, n*len(tokens)+column, row.path)
			version := "1"
			if strings.Contains(row.path, "{refused}") || strings.Contains(row.path, "{asked}") {
				version = "2"
			}
			body := row.body
			if strings.Contains(body, "%d") {
				body = fmt.Sprintf(body, column+1)
			}
			response := w.send(row.method, path, token, body, "If-Match", `"`+version+`"`)
			if response.StatusCode != row.statuses[column] {
				t.Errorf("%s %s as %d: %d, want %d", row.method, row.path, column, response.StatusCode, row.statuses[column])
			}
			template := strings.NewReplacer("{gone}", "{id}", "{asked}", "{id}", "{refused}", "{id}").Replace(row.path)
			checkContract(w, operationOf(t, document, row.method, template), response)
		}
	}
}

// prepare makes the contributions of a resident that a path speaks of, decided as its name says.
func (w *world) prepare(rosa, maud accounts.Actor, n int, path string) string {
	w.t.Helper()
	verdicts := map[string]*moderation.Verdict{
		"{id}": nil, "{asked}": {Outcome: moderation.NeedsInfo, Message: "Où ?"},
		"{refused}": {Outcome: moderation.Refused, Reason: "wrong", Message: "Introuvable."},
	}
	for name, verdict := range verdicts {
		if !strings.Contains(path, name) {
			continue
		}
		text := fmt.Sprintf(`{"action":"create","place":{"name":"À %d","category":"compost","position":[%d.5,20.5]}}`, n, n%170)
		received := w.submit(noon.AddDate(0, 0, n-1000), rosa, text) // each a day apart: one author has a quota
		if verdict != nil {
			verdict.ID, verdict.Version = received.ID, received.Version
			if _, err := w.road.Decide(w.t.Context(), w.pool, maud, *verdict, noon); err != nil {
				w.t.Fatal(err)
			}
		}
		path = strings.ReplaceAll(path, name, fmt.Sprint(received.ID))
	}
	return strings.ReplaceAll(path, "{gone}", "999999")
}

// TestRoadTableIsComplete finds routes of the road that the table forgets.
func TestRoadTableIsComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	covered := make(map[string]bool)
	for _, row := range roadTable {
		template := strings.NewReplacer("{gone}", "{id}", "{asked}", "{id}", "{refused}", "{id}").Replace(row.path)
		covered[row.method+" "+template] = true
	}
	for path, item := range w.contract("/api/openapi-3.0.json").Paths.Map() {
		for method := range item.Operations() {
			isRoad := strings.Contains(path, "/contributions") || strings.Contains(path, "/moderation/") || method != http.MethodGet
			if isRoad && !covered[method+" "+path] {
				t.Errorf("%s %s is not in the table", method, path)
			}
		}
	}
}

// TestVisitorsAreCountedByTheAddressThatTheProxySaw sends what one visitor may
// in a day, under any number of addresses that they made up.
func TestVisitorsAreCountedByTheAddressThatTheProxySaw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func(i int, forwarded string) int {
		body := fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"compost","position":[%[1]d.5,20.5]}}`, i)
		return w.send("POST", "/api/v1/contributions", "", body, "X-Forwarded-For", forwarded).StatusCode
	}
	for i := range 5 {
		if status := send(i, fmt.Sprintf("198.51.100.%d, 192.0.2.1", i)); status != http.StatusAccepted {
			t.Fatalf("contribution %d: %d", i, status)
		}
	}
	if status := send(5, "198.51.100.9, 192.0.2.1"); status != http.StatusTooManyRequests {
		t.Errorf("a sixth: %d", status)
	}
	if status := send(6, "192.0.2.1, 192.0.2.2"); status != http.StatusAccepted {
		t.Errorf("somebody else: %d", status)
	}
}

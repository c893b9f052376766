package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// TestEveryFieldIsRefusedInTheReadersLanguage sends a creation with everything
// wrong and compares its two answers: no sentence of one is in the other.
func TestEveryFieldIsRefusedInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const wrong = `{"action":"create","email":"x","message":"a\u202eb","place":{"name":{"de":"Haus"},"category":"nope","position":[200,0],
		"website":"javascript:alert(1)","phone":"12","email":"x","opening_hours":"Mo-Fr \"open","wheelchair":"maybe",
		"starts_on":"soon","address":7,"description":7,"operator":7,"colour":"red","kind":null}}`
	answers := make(map[string]map[string]string)
	for _, language := range []string{"fr", "en"} {
		response := w.send(http.MethodPost, "/api/v1/contributions", "", wrong, "Accept-Language", language)
		var problem struct {
			Detail string
			Errors []struct{ Pointer, Detail string }
		}
		if err := json.NewDecoder(response.Body).Decode(&problem); err != nil || response.StatusCode != http.StatusBadRequest {
			t.Fatalf("%d, %v", response.StatusCode, err)
		}
		answers[language] = map[string]string{"": problem.Detail}
		for _, field := range problem.Errors {
			answers[language][field.Pointer] = field.Detail
		}
	}
	if len(answers["fr"]) < 16 || len(answers["fr"]) != len(answers["en"]) {
		t.Errorf("%d and %d messages", len(answers["fr"]), len(answers["en"]))
	}
	for pointer, french := range answers["fr"] {
		if french == answers["en"][pointer] {
			t.Errorf("%s: %q in both languages", pointer, french)
		}
	}
	if got := answers["fr"]["/place/opening_hours"]; got != "ces horaires sont illisibles (un guillemet n'est pas fermé) ; écrivez-les Mo-Fr 09:00-18:00" {
		t.Errorf("hours: %q", got)
	}
}

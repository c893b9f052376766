package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/moderation/publiclog/verify"
)

// anyContribution is what the story reads of contributions.
type anyContribution struct {
	ID        int64
	State     string
	Version   int
	Place     int64
	Revision  int
	Receipt   string
	Role      string
	Differing []struct{ Field string }
}

// read decodes an answer that must have this status, and gives its text too.
func (w *world) read(response *http.Response, status int, into any) string {
	w.t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if response.StatusCode != status {
		w.t.Fatalf("%s %s: %d, want %d: %s", response.Request.Method, response.Request.URL, response.StatusCode, status, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		w.t.Fatalf("%s: %v", body, err)
	}
	return string(body)
}

// TestTheStory follows a visitor's place from the proposal to the map and to
// the proof that nothing was dropped on the way.
func TestTheStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maud := w.tokenOf(w.person("Maud", accounts.Moderator))

	var proposed anyContribution
	answer := w.send("POST", "/api/v1/contributions", "", proposal, "Idempotency-Key", "0b6f1c1e-8f6e-4f0e-9f57-0a9d1f7d1b11")
	w.read(answer, http.StatusAccepted, &proposed)
	if want := fmt.Sprintf("%s/api/v1/contributions/%d", w.url, proposed.ID); answer.Header.Get("Location") != want || proposed.State != "pending" {
		t.Fatalf("%+v at %s, want %s", proposed, answer.Header.Get("Location"), want)
	}
	if strings.Contains(w.everything(0), "de l'Est") {
		t.Error("the map shows what only waits")
	}

	var claimed anyContribution
	text := w.read(w.send("POST", "/api/v1/moderation/next", maud, ""), http.StatusOK, &claimed)
	if claimed.ID != proposed.ID || claimed.Role != "visitor" || len(claimed.Differing) == 0 {
		t.Errorf("claimed %+v", claimed)
	}
	if strings.Contains(text, "canary-visitor") || strings.Contains(text, proposed.Receipt) {
		t.Errorf("a moderator is shown the author's e-mail or receipt: %s", text)
	}
	decided := w.decideIt(maud, proposed.ID)
	w.isOnTheMap(decided.Place)
	w.isInTheLog(proposed.Receipt)
}

// decideIt accepts under the version that was read, and finds out what is not decided.
func (w *world) decideIt(token string, id int64) (decided anyContribution) {
	w.t.Helper()
	path := fmt.Sprintf("/api/v1/moderation/contributions/%d", id)
	const accept = `{"outcome":"accepted","edits":{"opening_hours":"Mo-Fr 09:00-18:00"}}`
	var problem struct{ Type string }
	w.read(w.send("POST", path+"/decision", token, accept), http.StatusPreconditionRequired, &problem)
	w.read(w.send("POST", path+"/decision", token, accept, "If-Match", `"7"`), http.StatusPreconditionFailed, &problem)
	tag := w.send("GET", path, token, "").Header.Get("ETag")
	w.read(w.send("POST", path+"/decision", token, accept, "If-Match", tag), http.StatusOK, &decided)
	w.read(w.send("POST", path+"/decision", token, accept, "If-Match", tag), http.StatusConflict, &problem)
	if problem.Type != "/problems/conflict" || decided.State != "accepted" || decided.Version != 2 {
		w.t.Errorf("decided %+v, then %s", decided, problem.Type)
	}
	return decided
}

// everything is what the public faces show of all places, and of one's history.
func (w *world) everything(place int64) string {
	w.t.Helper()
	var all strings.Builder
	paths := []string{
		"/ogc/collections/places/items?f=json", "/ogc/collections/places/items?f=csv", "/ogc/collections/places/items?f=geojsonl",
		"/api/v1/changes", "/api/v1/search?q=biblio", "/api/v1/counters",
	}
	if place != 0 {
		paths = append(paths, fmt.Sprintf("/api/v1/places/%d/revisions", place), fmt.Sprintf("/ogc/collections/places/items/%d", place))
	}
	for _, path := range paths {
		all.WriteString(w.body(http.StatusOK, path))
	}
	return all.String()
}

// isOnTheMap reads the place at once in items, in a tile and in its history, and
// nothing of its author anywhere.
func (w *world) isOnTheMap(place int64) {
	w.t.Helper()
	var items list
	w.into(&items, "/ogc/collections/places/items?f=json")
	if len(items.Features) != 1 || items.Features[0].Properties["name"] != "Bibliothèque de l'Est" || items.Features[0].Properties["opening_hours"] != "Mo-Fr 09:00-18:00" {
		w.t.Errorf("items: %+v", items.Features)
	}
	// The tile of zoom 13 at 1.5° E, 1.5° N.
	if tile := w.body(http.StatusOK, "/tiles/places/13/4130/4061.mvt"); !strings.Contains(tile, "Bibliothèque de l'Est") {
		w.t.Error("the tile does not show the place")
	}
	var history struct {
		Revisions []struct {
			Number     int
			Provenance map[string]struct{ Role string }
		}
	}
	w.into(&history, fmt.Sprintf("/api/v1/places/%d/revisions", place))
	if len(history.Revisions) != 1 || history.Revisions[0].Provenance["name.und"].Role != "visitor" {
		w.t.Errorf("history: %+v", history)
	}
	for _, canary := range []string{"canary-visitor", "Camille", "Maud"} {
		if strings.Contains(w.everything(place), canary) {
			w.t.Errorf("the public sees %q", canary)
		}
	}
}

// isInTheLog checks, as a stranger would, that the signed tree holds what came in
// and what was decided, and that the receipt is kept.
func (w *world) isInTheLog(promise string) {
	w.t.Helper()
	log := w.log
	log.integrate(w.t)
	receipt, err := publiclog.OpenPromise(promise, log.signer.PublicKey())
	if err != nil || !receipt.At.Equal(noon) || !receipt.DecideBy.Equal(noon.AddDate(0, 0, 7)) {
		w.t.Fatalf("receipt %+v, %v", receipt, err)
	}
	report := log.look(w.t, w.pool, func(o *verify.Options) { o.Receipt = promise })
	if len(report.Problems) > 0 || report.Size != 2 || report.Places != 1 || !strings.Contains(report.Receipt, "is entry ") {
		w.t.Errorf("the log: %+v", report)
	}
}

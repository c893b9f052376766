package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
)

// soundSays integrates what waits and asks both verifiers, as a stranger would.
func (w *world) soundSays(other *other) {
	w.t.Helper()
	w.log.integrate(w.t)
	if report := w.log.look(w.t, w.pool); len(report.Problems) > 0 {
		w.t.Errorf("log verify: %v", report.Problems)
	}
	if problem := other.check(w.t); problem != "" {
		w.t.Errorf("verify.mjs: %s", problem)
	}
}

// TestAMergeAndItsUndoing follows two records of one place that turn out to be two places.
func TestAMergeAndItsUndoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := startOther(t, w.log.open(w.pool))
	agent := w.person("Ahmed", accounts.Agent)
	maud := w.person("Maud", accounts.Moderator)
	stays := w.submit(noon, agent, `{"action":"create","place":{"name":"Maison de quartier","category":"community_centre","position":[1.5,1.5]}}`).Place
	double := w.submit(noon, agent, `{"action":"create","place":{"name":"Ludothèque","category":"tool_library","position":[1.5,1.5]}}`).Place
	w.submit(noon, agent, fmt.Sprintf(`{"action":"confirm","place_id":%d,"base_revision":1}`, double))

	merge := fmt.Sprintf(`{"action":"merge","place_id":%d,"base_revision":2,"into":%d,"reason":"duplicate","message":"C'est la même maison."}`, double, stays)
	var merged anyContribution
	w.read(w.send("POST", "/api/v1/contributions", w.tokenOf(maud), merge), http.StatusCreated, &merged)
	address := fmt.Sprintf("/ogc/collections/places/items/%d", double)
	var moved struct {
		MergedInto int64 `json:"merged_into"`
	}
	answer := w.send("GET", address, "", "")
	w.read(answer, http.StatusPermanentRedirect, &moved)
	if moved.MergedInto != int64(stays) || !strings.HasSuffix(answer.Header.Get("Location"), fmt.Sprintf("/items/%d", stays)) {
		t.Errorf("%s leads to %s, %+v", address, answer.Header.Get("Location"), moved)
	}
	var survivor anyFeature
	w.into(&survivor, fmt.Sprintf("/ogc/collections/places/items/%d?f=json", stays))
	if survivor.Properties["verified_at"] != "2026-05-01T12:00:00Z" || survivor.Properties["revision"] != 2.0 {
		t.Errorf("the place that stays: %+v", survivor.Properties)
	}
	w.soundSays(other)

	undo := fmt.Sprintf(`{"action":"restore","place_id":%d,"base_revision":2,"reason":"wrong","message":"Ce sont deux lieux."}`, double)
	var undone anyContribution
	w.read(w.send("POST", "/api/v1/contributions", w.tokenOf(maud), undo), http.StatusCreated, &undone)
	var back anyFeature
	w.into(&back, address+"?f=json")
	if back.Properties["name"] != "Ludothèque" || undone.Revision != 3 {
		t.Errorf("back: %+v, %+v", back.Properties, undone)
	}
	var alone anyFeature
	w.into(&alone, fmt.Sprintf("/ogc/collections/places/items/%d?f=json", stays))
	if _, confirmed := alone.Properties["verified_at"]; confirmed || alone.Properties["revision"] != 3.0 {
		t.Errorf("the other one keeps what it got: %+v", alone.Properties)
	}
	var verdict string
	if err := w.pool.QueryRow(t.Context(), `select verdict from duplicate_pairs where a = $1 and b = $2`, stays, double).Scan(&verdict); err != nil || verdict != "distinct" {
		t.Errorf("the pair is %q, %v", verdict, err)
	}
	w.soundSays(other)
}

// TestWhatIsMergedIsNotMergedAgain refuses merges that lead nowhere.
func TestWhatIsMergedIsNotMergedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent, maud := w.person("Ahmed", accounts.Agent), w.tokenOf(w.person("Maud", accounts.Moderator))
	for i := range 3 {
		w.submit(noon, agent, fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"library","position":[1.%d,1.5]}}`, i, i))
	}
	merge := func(from, into int) int {
		body := fmt.Sprintf(`{"action":"merge","place_id":%d,"base_revision":1,"into":%d,"reason":"duplicate","message":"x"}`, from, into)
		return w.send("POST", "/api/v1/contributions", maud, body).StatusCode
	}
	for _, c := range []struct{ from, into, want int }{{1, 1, 400}, {1, 99, 409}, {1, 2, 201}, {1, 3, 409}, {3, 1, 409}} {
		if got := merge(c.from, c.into); got != c.want {
			t.Errorf("%d into %d: %d, want %d", c.from, c.into, got, c.want)
		}
	}
}

package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

// sendFrom is send from another network.
func (town *testTown) sendFrom(t *testing.T, network, address string, fields ...string) (status int, code string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	request := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.RemoteAddr = network + ":1"
	response := httptest.NewRecorder()
	town.ServeHTTP(response, request)
	return response.Code, between(response.Body.String(), `readonly value="`, `"`)
}

// A form that nobody else is shown has a key of its own: sent again from another network,
// or by two clicks, what was shown once is one contribution and one answer. Fetched anew
// it is another form.
func TestASmallFormAsShownOnceIsOneContribution(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	address := fmt.Sprintf("/lieux/%d/signaler", town.garden)
	hidden := regexp.MustCompile(`name="key" value="([0-9a-f-]{36})"`)
	seen, key := make(map[string]bool), ""
	for range 2 {
		page := town.get(t, address)
		if page.Header().Get("Cache-Control") != "private, no-store" || page.Header().Get("Etag") != "" {
			t.Errorf("it is kept: %v", page.Header())
		}
		for _, found := range hidden.FindAllStringSubmatch(page.Body.String(), -1) {
			key = found[1]
			seen[key] = true
		}
	}
	if forms := strings.Count(town.page(t, address), `action="`+address+`"`); forms != 6 || len(seen) != 2*forms {
		t.Errorf("%d keys in %d forms of two pages", len(seen), forms)
	}
	expect(t, "the page that caches keep", town.page(t, fmt.Sprintf("/lieux/%d", town.garden)), `action="`+address+`"`, `not name="key"`)
	confirm := []string{"key", key, "action", "confirm", "base_revision", "1"}
	before := town.contributions(t)
	_, first := town.sendFrom(t, "192.0.2.1", address, confirm...)
	status, second := town.sendFrom(t, "198.51.100.9", address, confirm...)
	if first == "" || second != first || status != http.StatusAccepted || town.contributions(t) != before+1 {
		t.Errorf("from two networks: %d, %q, %q, %d contributions more", status, first, second, town.contributions(t)-before)
	}
	town.sendFrom(t, "192.0.2.1", fmt.Sprintf("/mes-contributions/%s/retrait", strings.SplitN(first, ".", 2)[0]), "code", first)
	_, first = town.sendFrom(t, "192.0.2.1", address, confirm...)
	if _, second = town.sendFrom(t, "198.51.100.9", address, confirm...); first == "" || second != first || town.contributions(t) != before+2 {
		t.Errorf("said twice again after it was taken back: %q, %q, %d contributions more", first, second, town.contributions(t)-before)
	}
}

// keysOf are the keys in the small forms of one action.
func keysOf(page, action string) (keys []string) {
	for form := range strings.SplitSeq(page, "<form ") {
		if strings.Contains(form, `name="action" value="`+action+`"`) {
			keys = append(keys, between(form, `name="key" value="`, `"`))
		}
	}
	return keys
}

// A form that comes back with what is wrong is the same form: where the first answer did not
// tell whether it had arrived, sending it again does nothing twice.
func TestASmallFormShownAgainKeepsItsKey(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	address := fmt.Sprintf("/lieux/%d/signaler", town.garden)
	report := func(key, reason string) []string {
		return []string{"key", key, "action", "report", "base_revision", "1", "reason", reason, "message", "La grille est fermée."}
	}
	again := func(status int, wanted string, sent []string) {
		t.Helper()
		answer := town.send(t, address, sent)
		page := answer.Body.String()
		if keys := keysOf(page, "report"); answer.Code != status || !slices.Equal(keys, []string{wanted, wanted}) {
			t.Errorf("%d: %q come back with %q", answer.Code, sent[:2], keys)
		}
		if other := keysOf(page, "confirm"); len(other) != 1 || other[0] == wanted || other[0] == "" {
			t.Errorf("the key of another form: %q", other)
		}
	}
	again(http.StatusBadRequest, aKey, report(aKey, "boring"))
	again(http.StatusBadRequest, "", report("", "boring")) // as from a page that caches keep: keyOf
	if keys := keysOf(town.send(t, address, report("mine", "boring")).Body.String(), "report"); slices.Contains(keys, "mine") || slices.Contains(keys, "") {
		t.Errorf("what is no key comes back with %q", keys)
	}
	if _, err := town.db.Exec(t.Context(), `
		create function stopped() returns trigger language plpgsql as $$ begin raise sqlstate '57P01'; end $$;
		create trigger stopped before insert on contributions for each row execute function stopped()`); err != nil {
		t.Fatal(err)
	}
	again(http.StatusServiceUnavailable, aKey, report(aKey, "wrong"))
	if _, err := town.db.Exec(t.Context(), `drop trigger stopped on contributions`); err != nil {
		t.Fatal(err)
	}
	_, first := town.sendFrom(t, "192.0.2.1", address, report(aKey, "wrong")...)
	if _, second := town.sendFrom(t, "198.51.100.9", address, report(aKey, "wrong")...); first == "" || second != first || town.contributions(t) != 1 {
		t.Errorf("then %q, %q, %d contributions", first, second, town.contributions(t))
	}
}

// Who comes back to a form that was sent, and writes something else, is told so in words
// for people, and sends it with another key.
func TestASmallFormSentWithOtherWordsAsksOnce(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	address := fmt.Sprintf("/lieux/%d/signaler", town.garden)
	report := []string{"action", "report", "base_revision", "1", "reason", "wrong", "message", "La grille est fermée."}
	town.send(t, address, append(report, "key", aKey))
	report[7] = "Le banc est cassé."
	asked := town.send(t, address, append(report, "key", aKey))
	page := asked.Body.String()
	expect(t, "the form", page, "est déjà parti une fois", "Le banc est cassé.</textarea>", "not prenez-en une nouvelle", "not "+aKey)
	keys := keysOf(page, "report")
	if asked.Code != http.StatusUnprocessableEntity || len(keys) != 2 || town.contributions(t) != 1 {
		t.Fatalf("%d, keys %q, %d contributions", asked.Code, keys, town.contributions(t))
	}
	if sent := town.send(t, address, append(report, "key", keys[1])); sent.Code != http.StatusAccepted || town.contributions(t) != 2 {
		t.Errorf("sent again: %d, %d contributions", sent.Code, town.contributions(t))
	}
}

// Of two clicks the browser shows the answer to the second one, which is that of the first.
func TestTheSecondClickHasTheAnswerOfTheFirst(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rosa := d.person(t, "Rosa", accounts.Resident)
	said := moderation.Submission{Action: moderation.Confirm, PlaceID: d.garden, BaseRevision: 1}
	body, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	first, err := d.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.road.Submit(t.Context(), first, rosa, said, moderation.Envelope{Key: aKey, Body: body, Now: wednesday}); err != nil {
		t.Fatal(err)
	}
	answered := make(chan *httptest.ResponseRecorder, 1)
	cookie := d.cookieOf(t, rosa)
	go func() {
		answered <- d.send(t, fmt.Sprintf("/lieux/%d/signaler", d.garden), []string{"key", aKey, "action", "confirm", "base_revision", "1"}, "Cookie", cookie)
	}()
	for waiting := 0; waiting == 0 && len(answered) == 0; { // the second has found no earlier one, and is being stored
		if err := d.db.QueryRow(t.Context(), `
			select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := <-answered
	if expect(t, "the second", second.Body.String(), "c’est bien arrivé"); d.contributions(t) != 1 {
		t.Errorf("%d, %d contributions", second.Code, d.contributions(t))
	}
}

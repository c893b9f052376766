package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
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
// or by two clicks, it is one contribution and one answer.
func TestASmallFormSentTwiceIsOneContribution(t *testing.T) {
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

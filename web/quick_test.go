package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
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
func TestTwoClicksHaveOneAnswer(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	door, err := town.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := door.Exec(t.Context(), `lock table contributions in share row exclusive mode`); err != nil {
		t.Fatal(err)
	}
	var clicks sync.WaitGroup
	var codes [2]string
	for i := range codes {
		clicks.Go(func() {
			_, codes[i] = town.sendFrom(t, "192.0.2.1", fmt.Sprintf("/lieux/%d/signaler", town.garden), "action", "confirm", "base_revision", "1")
		})
	}
	late := time.Now().Add(10 * time.Second)                             // then they were not beside each other, and have one answer all the more
	for blocked := 0; blocked < len(codes) && time.Now().Before(late); { // both have looked for an earlier one
		if err := town.db.QueryRow(t.Context(), `
			select count(*) from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`).Scan(&blocked); err != nil {
			t.Fatal(err)
		}
	}
	if err := door.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	clicks.Wait()
	if codes[0] == "" || codes[1] != codes[0] || town.contributions(t) != 1 {
		t.Errorf("%q, %d contributions", codes, town.contributions(t))
	}
}

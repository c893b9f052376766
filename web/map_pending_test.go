package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"cartoquartiers/internal/accounts"
)

// TestOnesOwnProposalsAreOnTheMap shows what waits to who proposed it, and to nobody else.
func TestOnesOwnProposalsAreOnTheMap(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	author, other := town.person(t, "Author", accounts.Resident), town.person(t, "Other", accounts.Resident)
	town.submit(t, author, creation)
	own := town.page(t, "/", "Cookie", town.cookieOf(t, author))
	expect(t, "the author's map", own, `"pending":[{"id":1,`, `"href":"/mes-contributions/1"`)
	for who, headers := range map[string][]string{"a visitor": nil, "somebody else": {"Cookie", town.cookieOf(t, other)}} {
		expect(t, who, town.page(t, "/", headers...), `not "pending"`)
	}
	expect(t, "the frame", town.page(t, "/embed", "Cookie", town.cookieOf(t, author)), `not "pending"`)
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Cookie", town.cookieOf(t, author))
	response := httptest.NewRecorder()
	town.ServeHTTP(response, request)
	if got := response.Header().Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("caches may keep the author's map: %q", got)
	}
}

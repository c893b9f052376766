package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
)

// TestAVisitorHasNoCookie asks for every page.
func TestAVisitorHasNoCookie(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for _, row := range pageTable {
		address := strings.NewReplacer("SHOWN", "1", "HIDDEN", "2").Replace(row.address)
		if got := town.get(t, address).Header().Values("Set-Cookie"); len(got) != 0 {
			t.Errorf("%s sets %v", address, got)
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for site, want := range map[string]int{"cross-site": http.StatusForbidden, "same-site": http.StatusForbidden} {
		request := httptest.NewRequest(http.MethodPost, "/connexion", strings.NewReader("email=a%40example.org"))
		request.Header.Set("Sec-Fetch-Site", site)
		response := httptest.NewRecorder()
		town.ServeHTTP(response, request)
		if response.Code != want {
			t.Errorf("%s: %d", site, response.Code)
		}
		expect(t, site, response.Body.String(), "Action non permise")
	}
}

func TestWhoAsksForAPage(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	s := &site{Deps: Deps{Door: town.door}}
	request := httptest.NewRequest(http.MethodGet, "/compte", nil)
	if actor, err := s.who(request); err != nil || actor.Role != accounts.Visitor {
		t.Errorf("%+v, %v", actor, err)
	}
	if _, err := s.signedIn(request); err == nil {
		t.Error("a visitor is signed in")
	}
	request.Header.Set("Cookie", town.signIn(t, "Rosa", accounts.Resident, accounts.ByLink))
	if actor, err := s.signedIn(request); err != nil || actor.Role != accounts.Resident {
		t.Errorf("%+v, %v", actor, err)
	}
}

package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cartoquartiers/places"
)

var noon = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)

func TestMapPageStandsWithoutPlaces(t *testing.T) {
	handler := New(Deps{
		Taxonomy: places.ShippedTaxonomy(), Logger: slog.New(slog.DiscardHandler),
		Clock: func() time.Time { return noon },
	})
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/", nil))
	body := response.Body.String()
	if response.Code != http.StatusOK || !strings.Contains(body, `id="map"`) {
		t.Fatalf("status %d, body:\n%s", response.Code, body)
	}
	if strings.Contains(body, "⟦") {
		t.Errorf("a text is missing:\n%s", body)
	}
}

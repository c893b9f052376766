package httpkit

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"cartoquartiers/internal/fault"
)

var someFormats = []Format{
	{Name: "json", MediaType: "application/geo+json", Also: []string{"application/json"}},
	{Name: "html", MediaType: "text/html; charset=utf-8"},
	{Name: "csv", MediaType: "text/csv; charset=utf-8"},
}

func TestNegotiate(t *testing.T) {
	for _, c := range []struct{ query, accept, want string }{
		{"", "", "json"},
		{"", "*/*", "json"},
		{"", "text/html,application/xhtml+xml,*/*;q=0.8", "html"},
		{"", "application/json", "json"},
		{"", "text/*", "html"},
		{"", "text/*;q=0.9, text/csv", "csv"},
		{"", "text/html;q=0, text/*", "csv"},
		{"f=csv", "text/html", "csv"},
		{"f=html", "", "html"},
	} {
		request := httptest.NewRequest(http.MethodGet, "/?"+c.query, nil)
		request.Header.Set("Accept", c.accept)
		if got, err := Negotiate(request, someFormats); err != nil || got.Name != c.want {
			t.Errorf("%q %q: %v, %v; want %s", c.query, c.accept, got.Name, err, c.want)
		}
	}
}

func TestNegotiateRefuses(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Accept", "image/png")
	if _, err := Negotiate(request, someFormats); !fault.Is(err, fault.NotAcceptable) {
		t.Errorf("image/png: %v", err)
	}
	request = httptest.NewRequest(http.MethodGet, "/?f=xml", nil)
	if _, err := Negotiate(request, someFormats); !fault.Is(err, fault.Invalid) {
		t.Errorf("f=xml: %v", err)
	}
}

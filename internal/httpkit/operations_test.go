package httpkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"cartoquartiers/internal/fault"
)

// fixedClock stands still: what takes no time is logged as such.
func fixedClock() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// observed asks a handler behind Observe and Recover, and gives the last line of the log.
func observed(t *testing.T, metrics *Metrics, handler http.Handler, r *http.Request) (*http.Response, map[string]any) {
	t.Helper()
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	recorder := httptest.NewRecorder()
	Observe(logger, metrics, fixedClock)(Recover(metrics)(handler)).ServeHTTP(recorder, r)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	var last map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatalf("the log is not JSON: %v in %q", err, log.String())
	}
	return recorder.Result(), last
}

func TestObserveNamesTheRequest(t *testing.T) {
	metrics := NewMetrics()
	router := mux.NewRouter()
	router.Use(NameRoutes)
	router.HandleFunc("/lieux/{id}", func(w http.ResponseWriter, r *http.Request) {
		if RequestID(r.Context()) != "abc-1" {
			t.Errorf("inside, the id is %q", RequestID(r.Context()))
		}
		_, _ = io.WriteString(w, "bonjour")
	})
	request := httptest.NewRequest(http.MethodGet, "/lieux/7?q=intime", nil)
	request.Header.Set("X-Request-Id", "abc-1")
	response, line := observed(t, metrics, router, request)

	if got := response.Header.Get("X-Request-Id"); got != "abc-1" {
		t.Errorf("X-Request-Id is %q", got)
	}
	for key, want := range map[string]any{
		"level": "INFO", "request_id": "abc-1", "route": "/lieux/{id}", "path": "/lieux/7", "status": 200.0, "bytes": 7.0,
	} {
		if line[key] != want {
			t.Errorf("log %s = %v, want %v", key, line[key], want)
		}
	}
	if text, _ := json.Marshal(line); strings.Contains(string(text), "intime") || strings.Contains(string(text), "192.0.2") {
		t.Errorf("the log tells who asked what: %s", text)
	}
	if got := testutil.ToFloat64(metrics.requests.WithLabelValues("/lieux/{id}", "GET", "200")); got != 1 {
		t.Errorf("counted %v requests, want 1", got)
	}
}

func TestObserveDistrustsCallers(t *testing.T) {
	metrics := NewMetrics()
	request := httptest.NewRequest("BREW", "/coffee/42", nil)
	request.Header.Set("X-Request-Id", "a\" level=ERROR")
	response, line := observed(t, metrics, NotFound, request)
	if id := response.Header.Get("X-Request-Id"); id == "" || strings.ContainsAny(id, "\" ") {
		t.Errorf("X-Request-Id is %q", id)
	}
	if line["route"] != "other" || line["status"] != 404.0 {
		t.Errorf("logged %v", line)
	}
	if got := testutil.ToFloat64(metrics.requests.WithLabelValues("other", "other", "404")); got != 1 {
		t.Errorf("counted %v under other, want 1", got)
	}
}

func TestAccessLevel(t *testing.T) {
	for _, c := range []struct {
		path   string
		status int
		want   slog.Level
	}{
		{"/tiles/places/1/0/0.mvt", 200, slog.LevelDebug},
		{"/static/main.js", 304, slog.LevelDebug},
		{"/tiles/places/1/9/9.mvt", 404, slog.LevelInfo},
		{"/lieux", 200, slog.LevelInfo},
		{"/lieux", 503, slog.LevelInfo},
		{"/lieux", 500, slog.LevelError},
	} {
		if got := accessLevel(c.path, c.status); got != c.want {
			t.Errorf("%s %d: %v, want %v", c.path, c.status, got, c.want)
		}
	}
}

func TestRecover(t *testing.T) {
	metrics := NewMetrics()
	broken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") })
	response, line := observed(t, metrics, broken, httptest.NewRequest(http.MethodGet, "/", nil))
	if response.StatusCode != 500 || response.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("answered %d %s", response.StatusCode, response.Header.Get("Content-Type"))
	}
	if body, _ := io.ReadAll(response.Body); strings.Contains(string(body), "a bug") {
		t.Errorf("the caller reads our bug: %s", body)
	}
	if line["status"] != 500.0 || testutil.ToFloat64(metrics.panics) != 1 {
		t.Errorf("logged %v, counted %v", line, testutil.ToFloat64(metrics.panics))
	}
}

func TestRecoverCutsAnAnswerThatHadBegun(t *testing.T) {
	metrics := NewMetrics()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("half ", 10_000))
		panic("a bug")
	})
	server := httptest.NewServer(Observe(slog.New(slog.DiscardHandler), metrics, time.Now)(Recover(metrics)(handler)))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%d bytes read as a complete answer", len(body))
	}
}

func TestAtMost(t *testing.T) {
	metrics := NewMetrics()
	entered, leave := make(chan struct{}), make(chan struct{})
	handler := AtMost(1, metrics)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-leave
	}))
	done := make(chan struct{})
	go func() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		close(done)
	}()
	<-entered

	refused := httptest.NewRecorder()
	handler.ServeHTTP(refused, httptest.NewRequest(http.MethodGet, "/", nil))
	if refused.Code != 503 || refused.Header().Get("Retry-After") != "1" || testutil.ToFloat64(metrics.refused) != 1 {
		t.Errorf("the second got %d, Retry-After %q", refused.Code, refused.Header().Get("Retry-After"))
	}

	close(leave)
	<-done
	go func() { <-entered }()
	served := httptest.NewRecorder()
	handler.ServeHTTP(served, httptest.NewRequest(http.MethodGet, "/", nil))
	if served.Code != 200 {
		t.Errorf("after the first left: %d", served.Code)
	}
}

func TestWithinBoundsTheBody(t *testing.T) {
	limited := Within(func(*http.Request) Limit { return Limit{Work: time.Minute, Body: 4} }, time.Now)(
		Handler(func(_ http.ResponseWriter, r *http.Request) error {
			_, err := io.ReadAll(r.Body)
			return err
		}))
	for name, c := range map[string]struct {
		body   io.Reader
		status int
	}{
		"small enough":       {strings.NewReader("1234"), 200},
		"too large, stated":  {strings.NewReader("12345"), 413},
		"too large, chunked": {io.MultiReader(strings.NewReader("12345")), 413},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			limited.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/", c.body))
			if recorder.Code != c.status {
				t.Errorf("%d, want %d", recorder.Code, c.status)
			}
		})
	}
}

func TestWithinEndsWork(t *testing.T) {
	waits := Handler(func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return r.Context().Err()
	})
	server := httptest.NewServer(Within(func(*http.Request) Limit { return Limit{Work: time.Millisecond, Stall: time.Minute} }, time.Now)(waits))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 503 {
		t.Errorf("%d, want 503", response.StatusCode)
	}
}

// A caller who asks for a long answer and never reads it loses the connection,
// and the handler learns it from a failed write.
func TestWithinDropsACallerWhoStopsReading(t *testing.T) {
	failed := make(chan error, 1)
	endless := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 64<<10)
		for {
			if _, err := w.Write(piece); err != nil {
				failed <- err
				return
			}
		}
	})
	server := httptest.NewServer(Within(func(*http.Request) Limit { return Limit{Stall: 10 * time.Millisecond} }, time.Now)(endless))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	select {
	case <-failed:
	case <-time.After(10 * time.Second):
		t.Error("the handler still writes to nobody")
	}
}

func TestSecurityHeaders(t *testing.T) {
	recorder := httptest.NewRecorder()
	SecurityHeaders(NotFound).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/x", nil))
	policy := recorder.Header().Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy is %q", policy)
	}
	for _, name := range []string{"X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy"} {
		if recorder.Header().Get(name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestGate(t *testing.T) {
	gate := NewGate("migrating the database")
	ask := func(handler http.HandlerFunc) (int, string) {
		recorder := httptest.NewRecorder()
		handler(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
		return recorder.Code, strings.TrimSpace(recorder.Body.String())
	}
	expect := func(handler http.HandlerFunc, status int, contains string) {
		t.Helper()
		if code, body := ask(handler); code != status || !strings.Contains(body, contains) {
			t.Errorf("%d %s, want %d %s", code, body, status, contains)
		}
	}
	expect(Live, 200, `"live"`)
	expect(gate.Ready, 503, "migrating the database")
	expect(gate.ServeHTTP, 503, "/problems/unavailable")
	gate.Wait("loading the places")
	expect(gate.Ready, 503, "loading the places")

	var broken error
	gate.Open(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the map") }),
		func(context.Context) error { return broken })
	expect(gate.ServeHTTP, 200, "the map")
	expect(gate.Ready, 200, `"ready"`)
	broken = fault.New(fault.Unavailable, "the database does not answer")
	expect(gate.Ready, 503, "the database does not answer")
	broken = errors.New("password=secret")
	if code, body := ask(gate.Ready); code != 503 || strings.Contains(body, "secret") {
		t.Errorf("%d %s", code, body)
	}
	expect(Live, 200, `"live"`)
}

func TestMetricsHandler(t *testing.T) {
	metrics := NewMetrics()
	metrics.Gauge("cartoquartiers_test_size", "A size.", func() float64 { return 3 })
	metrics.Counter("cartoquartiers_test_total", "A count.", func() float64 { return 4 })
	recorder := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{"cartoquartiers_test_size 3", "cartoquartiers_test_total 4", "go_goroutines ", "process_open_fds "} {
		if !strings.Contains(recorder.Body.String(), "\n"+line) {
			t.Errorf("no line %q", line)
		}
	}
}

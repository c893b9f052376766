package httpkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cartoquartiers/internal/fault"
)

func ask(handler http.Handler, target string, headers ...string) *http.Response {
	request := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func failing(err error) http.Handler {
	return Handler(func(http.ResponseWriter, *http.Request) error { return err })
}

func problemOf(t *testing.T, response *http.Response) Details {
	t.Helper()
	var details Details
	if err := json.NewDecoder(response.Body).Decode(&details); err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type = %q", got)
	}
	if details.Status != response.StatusCode {
		t.Errorf("status %d in the body, %d outside", details.Status, response.StatusCode)
	}
	return details
}

func TestProblemNamesTheParameterInTheCallersLanguage(t *testing.T) {
	handler := failing(fmt.Errorf("items: %w", fault.InvalidField("category", "%q is not a category of this map", "x")))
	english := problemOf(t, ask(handler, "/", "Accept-Language", "en-GB,fr;q=0.5"))
	if english.Type != "/problems/invalid" || english.Status != 400 || english.Errors[0].Parameter != "category" ||
		english.Detail != `category: "x" is not a category of this map` {
		t.Errorf("English: %+v", english)
	}
	french := problemOf(t, ask(handler, "/"))
	if french.Title != "La demande n'est pas valable" || french.Errors[0].Detail != `"x" n'est pas une catégorie de cette carte` {
		t.Errorf("French: %+v", french)
	}
	pointer := problemOf(t, ask(failing(fault.InvalidField("/place/name", "missing")), "/?lang=en"))
	if pointer.Errors[0].Pointer != "/place/name" || pointer.Errors[0].Parameter != "" {
		t.Errorf("pointer: %+v", pointer)
	}
}

func TestProblemHidesAndLogsWhatIsInternal(t *testing.T) {
	var log bytes.Buffer
	request := httptest.NewRequest(http.MethodGet, "/x", nil)
	request = request.WithContext(WithLogger(request.Context(), slog.New(slog.NewTextHandler(&log, nil))))
	recorder := httptest.NewRecorder()
	failing(fmt.Errorf("load: %w", errors.New("secret host is down"))).ServeHTTP(recorder, request)
	if recorder.Code != 500 || strings.Contains(recorder.Body.String(), "secret") {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
	if !strings.Contains(log.String(), "load: secret host is down") {
		t.Errorf("the chain is not in the log: %s", &log)
	}
}

func TestEveryKindHasAFace(t *testing.T) {
	for _, kind := range fault.AllKinds {
		if face := kindFaces[kind]; face.status < 400 || face.english == "" || face.french == "" {
			t.Errorf("%v: %+v", kind, face)
		}
	}
}

func TestProblemKnowsTooLargeAndTooSlow(t *testing.T) {
	if got := ask(failing(&http.MaxBytesError{Limit: 5}), "/").StatusCode; got != 413 {
		t.Errorf("a body too large: %d", got)
	}
	if got := ask(NotFound, "/nowhere").StatusCode; got != 404 {
		t.Errorf("not found: %d", got)
	}
	if got := problemOf(t, ask(WrongMethod, "/?lang=en")); got.Status != 405 || got.Title != "This method is not allowed here" {
		t.Errorf("wrong method: %+v", got)
	}
}

func TestLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"": "fr", "de": "fr", "en": "en", "EN-us": "en", "en;q=0.3, fr;q=0.4": "fr", "fr;q=0.3,en": "en", "en;q=0": "fr", "en;q=x": "fr",
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Accept-Language", header)
		if got := Language(request); got != want {
			t.Errorf("Language(%q) = %q, want %q", header, got, want)
		}
	}
}

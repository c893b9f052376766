package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
)

func TestEveryTypeOfProblemHasAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	index := w.body(http.StatusOK, "/problems?f=json")
	for _, kind := range fault.AllKinds {
		recorder := httptest.NewRecorder()
		httpkit.Problem(recorder, httptest.NewRequest(http.MethodGet, "/", nil), fault.New(kind, "said"))
		var answered, described struct {
			Type, Title, Help string
			Status            int
		}
		w.read(recorder.Result(), recorder.Code, &answered)
		w.into(&described, answered.Type+"?f=json&lang=fr")
		if described.Title != answered.Title || described.Status != answered.Status || len(described.Help) < 40 {
			t.Errorf("%s is described as %+v, answered as %+v", answered.Type, described, answered)
		}
		if !strings.Contains(index, `"`+answered.Type+`"`) {
			t.Errorf("%s is not in the list", answered.Type)
		}
		french, english := w.body(http.StatusOK, answered.Type), w.body(http.StatusOK, answered.Type+"?lang=en")
		if !strings.Contains(french, "<html") || french == english {
			t.Errorf("%s: one page for two languages: %s", answered.Type, french)
		}
	}
	w.body(http.StatusOK, "/problems/method")
	w.body(http.StatusNotFound, "/problems/nothing")
}

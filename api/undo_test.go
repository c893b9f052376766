package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

// undoFirst orders to undo the author of a contribution: undo 1.
func (w *world) undoFirst(by accounts.Actor, contribution int64) {
	w.t.Helper()
	order := moderation.UndoOrder{Contribution: contribution, Reason: "spam", Message: "De la publicité."}
	if undo, err := w.road.UndoAuthor(w.t.Context(), w.pool, by, order, noon); err != nil || undo.ID != 1 {
		w.t.Fatalf("%+v, %v", undo, err)
	}
}

// A long spree is undone in parts: 202 with its address first, 200 once it is done.
func TestUndoingALongSpreeGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent, maud := w.person("Ahmed", accounts.Agent), w.person("Maud", accounts.Moderator)
	var last moderation.Received
	for i := range 60 {
		text := fmt.Sprintf(`{"action":"create","place":{"name":"Casino %d","category":"compost","position":[%v,1.5]}}`, i, float64(i)/100)
		last = w.submit(noon.Add(-time.Hour), agent, text)
	}
	path := fmt.Sprintf("/api/v1/moderation/contributions/%d/undo-author", last.ID)
	var undo struct {
		Finished     bool
		Hidden, Kept int
		Items        []struct{ Contribution, Place int64 }
	}
	response := w.send("POST", path, w.tokenOf(maud), `{"reason":"spam","message":"De la publicité."}`)
	w.read(response, http.StatusAccepted, &undo)
	if undo.Finished || undo.Hidden != 50 || undo.Items[0].Contribution != last.ID {
		t.Errorf("after the first part: %d hidden", undo.Hidden)
	}
	if err := w.road.ContinueUndos(t.Context(), w.pool, noon); err != nil {
		t.Fatal(err)
	}
	where := strings.TrimPrefix(response.Header.Get("Location"), w.url)
	text := w.read(w.send("GET", where, w.tokenOf(maud), ""), http.StatusOK, &undo)
	if !undo.Finished || undo.Hidden != 60 || undo.Kept != 0 || strings.Contains(text, "Ahmed") {
		t.Errorf("in the end: %s", text)
	}
	w.body(http.StatusNotFound, fmt.Sprintf("/ogc/collections/places/items/%d", last.Place))
}

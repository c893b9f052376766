package moderation_test

import (
	"encoding/json"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// A town asks of composts how many bins they have, whether they are locked and who keeps
// them; it asked for their colour once.
func compostTown() *places.Taxonomy {
	return taxonomy.With(places.Town{Extra: map[string][]places.ExtraField{"compost": {
		{Key: "bins", Kind: places.ExtraNumber, LabelFr: "Bacs"},
		{Key: "locked", Kind: places.ExtraYesNo, LabelFr: "Fermé à clé"},
		{Key: "keeper", Kind: places.ExtraChoiceOf, LabelFr: "Tenu par", Choices: []places.ExtraChoice{{Fr: "Habitants"}, {Fr: "Ville"}}},
		{Key: "note", Kind: places.ExtraText, LabelFr: "Note"},
		{Key: "colour", Kind: places.ExtraText, LabelFr: "Couleur", Removed: true},
	}}})
}

func TestFieldsOfACategoryTakeTheOneRoad(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	own := *road
	own.Taxonomy = compostTown()
	send := func(text string) (moderation.Received, error) {
		submission, err := moderation.DecodeSubmission(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return own.Submit(t.Context(), w.Pool, w.agent, submission, moderation.Envelope{Body: []byte(text), Now: noon})
	}
	create := func(category, extra string) string {
		return `{"action":"create","place":{"name":"Composteur","category":"` + category + `","position":[-1.55,47.21],"extra":` + extra + `}}`
	}
	for text, pointer := range map[string]string{
		create("compost", `{"bins":"12"}`):         "/place/extra/bins",
		create("compost", `{"keeper":"Personne"}`): "/place/extra/keeper",
		create("compost", `{"colour":"vert"}`):     "/place/extra/colour",
		create("compost", `{"unknown":1}`):         "/place/extra/unknown",
		create("compost", `{"note":"a\u202eb"}`):   "/place/extra/note",
		create("compost", `{"note":"a\nb"}`):       "/place/extra/note",
		create("compost", `{"bins":1e999}`):        "/place/extra/bins",
		create("compost", `[1]`):                   "/place/extra",
		create("library", `{"bins":12}`):           "/place/extra/bins",
	} {
		if _, err := send(text); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), pointer) {
			t.Errorf("%s: %v, want %s", text, err, pointer)
		}
	}
	// A number that no double tells from nought is nought, and no page of digits.
	received, err := send(create("compost", `{"bins":1e-20000,"locked":false,"keeper":"Ville"}`))
	if err != nil {
		t.Fatal(err)
	}
	// Two people change two fields of the same category from the same base: both stand.
	for _, patch := range []string{`{"extra":{"bins":14.0e0}}`, `{"extra":{"keeper":"Habitants","locked":null}}`} {
		if _, err := send(edit(received.Place, 1, patch)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := send(edit(received.Place, 1, `{"extra":{"locked":"no"}}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a value that does not fit: %v", err)
	}
	if _, err := send(edit(received.Place, 1, `{"extra":null}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("all at once: %v", err)
	}
	text, err := json.Marshal(w.live(t, received.Place).Document.Extra)
	if err != nil || string(text) != `{"bins":14,"keeper":"Habitants"}` {
		t.Errorf("%s, %v", text, err)
	}
	// Another category has no such field: what stands is kept, nothing new is taken.
	if _, err := send(edit(received.Place, 3, `{"category":"library","extra":{"bins":15}}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a field of the former category: %v", err)
	}
	if _, err := send(edit(received.Place, 3, `{"category":"library"}`)); err != nil {
		t.Fatal(err)
	}
	if kept := w.live(t, received.Place).Document.Extra["bins"]; string(kept) != "14" {
		t.Errorf("after another category: %s", kept)
	}
}

// What a moderator writes over what was sent is held against the category likewise,
// on a new place too.
func TestAcceptedEditsFitTheFieldsOfTheCategory(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	own := *road
	own.Taxonomy = compostTown()
	place := json.RawMessage(`{"name":"Composteur","category":"compost","position":[-1.55,47.21],"extra":{"bins":12}}`)
	received, err := own.Submit(t.Context(), w.Pool, w.visitor, moderation.Submission{Action: moderation.Create, Place: place}, moderation.Envelope{Body: place, Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	accept := func(edits string) (moderation.Decision, error) {
		return own.Decide(t.Context(), w, w.moderator, moderation.Verdict{
			ID: received.ID, Version: received.Version, Outcome: moderation.Accepted, Edits: json.RawMessage(edits),
		}, noon)
	}
	for edits, pointer := range map[string]string{
		`{"extra":{"bins":{"a":[1,"x"]}}}`: "/edits/extra/bins",
		`{"extra":{"keeper":7}}`:           "/edits/extra/keeper",
	} {
		if _, err := accept(edits); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), pointer) {
			t.Errorf("%s: %v", edits, err)
		}
	}
	decision, err := accept(`{"extra":{"bins":null,"keeper":"Ville"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if extra := w.live(t, decision.Place).Document.Extra; len(extra) != 1 || string(extra["keeper"]) != `"Ville"` {
		t.Errorf("accepted with edits: %s", extra)
	}
}

// A moderator settles a conflict on a field that the town asks for no more by one of the
// two values, and by no third one.
func TestAConflictOnARemovedFieldIsSettled(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	own := *road
	asking := func(removed bool) {
		own.Taxonomy = taxonomy.With(places.Town{Extra: map[string][]places.ExtraField{"compost": {
			{Key: "colour", Kind: places.ExtraText, LabelFr: "Couleur", Removed: removed},
		}}})
	}
	asking(false)
	send := func(who accounts.Actor, text string) moderation.Received {
		submission, err := moderation.DecodeSubmission(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		received, err := own.Submit(t.Context(), w.Pool, who, submission, moderation.Envelope{Body: []byte(text), Now: noon})
		if err != nil {
			t.Fatal(err)
		}
		return received
	}
	place := send(w.agent, `{"action":"create","place":{"name":"Bac","category":"compost","position":[-1.55,47.21],"extra":{"colour":"vert"}}}`).Place
	waiting := send(w.visitor, edit(place, 1, `{"extra":{"colour":"bleu"}}`))
	send(w.agent, edit(place, 1, `{"extra":{"colour":"noir"}}`))
	asking(true)
	settle := func(colour string) error {
		_, err := own.Decide(t.Context(), w, w.moderator, moderation.Verdict{
			ID: waiting.ID, Version: waiting.Version, Outcome: moderation.Accepted, Edits: json.RawMessage(`{"extra":{"colour":"` + colour + `"}}`),
		}, noon)
		return err
	}
	if err := settle("rouge"); !fault.Is(err, fault.Invalid) {
		t.Errorf("by a third value: %v", err)
	}
	if err := settle("bleu"); err != nil {
		t.Fatal(err)
	}
	if colour := w.live(t, place).Document.Extra["colour"]; string(colour) != `"bleu"` {
		t.Errorf("settled: %s", colour)
	}
}

package moderation_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// What waits is answered from what was written, without reading it again.
func TestSubmit_answers_what_it_has_stored(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	for _, text := range []string{
		`{"action":"create","place":{"name":"Ruche","category":"association","position":[-1.5612345,47.2254321]}}`,
		edit(place, 1, `{"description":"Fermée le lundi.","phone":null}`),
		fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"gone","message":"Elle a déménagé."}`, place),
	} {
		received := w.mustSubmit(t, w.resident, text)
		stored, _, err := moderation.FindOwn(t.Context(), w, w.resident, received.ID)
		if err != nil {
			t.Fatal(err)
		}
		if received.Item != stored.Item || received.State != stored.State || received.Version != stored.Version ||
			received.Place != stored.Place || !received.Deadline.Equal(stored.Deadline) || received.Receipt != stored.Receipt {
			t.Errorf("%s: answered %+v, stored %+v", text, received, stored)
		}
	}
}

func TestSubmit_stores_no_contribution_without_its_leaf(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	if _, err := w.Exec(t.Context(), `alter table log_pending add constraint full_disk check (leaf < 0)`); err != nil {
		t.Fatal(err)
	}
	if received, err := w.submit(t, w.visitor, library); err == nil {
		t.Errorf("received %+v", received)
	}
	var n int
	if err := w.QueryRow(t.Context(), `select count(*) from contributions`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d contributions, %v", n, err)
	}
}

// The same key and body at the same moment: one is stored; the others are told
// to ask again, or get its answer.
func TestSubmit_takes_a_key_once(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	const senders = 20
	answers, errs := make([]moderation.Received, senders), make([]error, senders)
	envelope := moderation.Envelope{Key: "7f0c1f6a-2c55-4b33-9a52-1f0f8f7f3c11", Body: []byte(library), Now: noon}
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			answers[i], errs[i] = road.Submit(t.Context(), w, w.visitor, submission(t, library), envelope)
		})
	}
	group.Wait()
	first, err := road.Submit(t.Context(), w, w.visitor, submission(t, library), envelope)
	if err != nil || !first.Repeated {
		t.Fatalf("%+v, %v", first, err)
	}
	for i, answer := range answers {
		if fault.Is(errs[i], fault.Conflict) {
			continue
		}
		if errs[i] != nil || answer.ID != first.ID || answer.Receipt != first.Receipt {
			t.Errorf("%+v, %v; want %d", answer, errs[i], first.ID)
		}
	}
	var n int
	if err := w.QueryRow(t.Context(), `select count(*) from contributions`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d contributions, %v", n, err)
	}
}

func TestSubmit_counts_whoever_has_no_address_together(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key, err := accounts.VisitorKey(t.Context(), w, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		nobody := accounts.VisitorFrom(netip.Addr{}, key)
		_, err := w.submit(t, nobody, fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"association","position":[-1.55,47.%d]}}`, i, 21+i))
		if full := i == 5; full != fault.Is(err, fault.TooMany) {
			t.Errorf("contribution %d: %v", i+1, err)
		}
	}
}

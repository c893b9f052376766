package moderation_test

import (
	"fmt"
	"testing"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// eraseOne asks a moderator to erase a contribution as it stands.
func (w town) eraseOne(t testing.TB, id int64) (moderation.Contribution, error) {
	t.Helper()
	var version int
	if err := w.QueryRow(t.Context(), `select version from contributions where id = $1`, id).Scan(&version); err != nil {
		t.Fatal(err)
	}
	order := moderation.EraseOrder{ID: id, Version: version, Reason: "personal_data", Message: "Un numéro privé."}
	return moderation.EraseContribution(t.Context(), w, w.moderator, order, noon)
}

// neverPlaces says the secret in contributions that become no revision: one that
// waits, one refused with words and appealed, one withdrawn, a report that was accepted.
func (w town) neverPlaces(t testing.TB) (ids []int64) {
	t.Helper()
	const created = `{"action":"create","email":"` + secret + `@example.org","message":"` + secret + `","place":{"name":"Atelier ` + secret + `","category":"repair","position":[-1.55,47.21]}}`
	place := w.mustSubmit(t, w.agent, library).Place
	waiting := w.mustSubmit(t, w.visitor, created)
	refused := w.mustSubmit(t, w.resident, edit(place, 1, `{"description":"`+secret+`"}`))
	if _, err := w.decide(t, w.moderator, refused, moderation.Verdict{Outcome: moderation.Refused, Reason: "wrong", Message: secret}); err != nil {
		t.Fatal(err)
	}
	if _, err := road.Appeal(t.Context(), w, w.resident, refused.ID, secret, noon); err != nil {
		t.Fatal(err)
	}
	withdrawn := w.mustSubmit(t, w.resident, edit(place, 1, `{"operator":"`+secret+`"}`))
	if _, err := moderation.Withdraw(t.Context(), w, w.resident, withdrawn.ID, noon); err != nil {
		t.Fatal(err)
	}
	report := w.mustSubmit(t, w.resident, fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"wrong","message":"%s"}`, place, secret))
	if _, err := w.decide(t, w.moderator, report, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	return []int64{waiting.ID, refused.ID, withdrawn.ID, report.ID}
}

func TestErasingWhatNeverBecameAPlace(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	ids := w.neverPlaces(t)
	if before := w.holds(t, secret); len(before) < 4 {
		t.Errorf("the secret was in %v only: the test looks at too little", before)
	}
	want := []moderation.State{moderation.Superseded, moderation.Superseded, moderation.Withdrawn, moderation.Accepted}
	for i, id := range ids {
		erased, err := w.eraseOne(t, id)
		if err != nil || erased.State != want[i] || erased.Erased.IsZero() {
			t.Errorf("%d: %s, erased %v, %v", i, erased.State, erased.Erased, err)
		}
		again, err := w.eraseOne(t, id)
		if err != nil || again.Version != erased.Version {
			t.Errorf("%d again: version %d then %d, %v", i, erased.Version, again.Version, err)
		}
		if _, err := moderation.Open(t.Context(), w, w.moderator, id); err != nil {
			t.Errorf("%d cannot be read any more: %v", i, err)
		}
	}
	if left := w.holds(t, secret); len(left) > 0 {
		t.Errorf("the secret is still in %v", left)
	}
	var leaves, messages int
	err := w.QueryRow(t.Context(), `
		select
			(select count(*) from log_leaves where convert_from(entry, 'UTF8') like '%"event":"erased"%'),
			(select count(*) from contribution_messages where message = 'Un numéro privé.')`).Scan(&leaves, &messages)
	if err != nil || leaves != len(ids) || messages != len(ids) {
		t.Errorf("%d leaves and %d messages of %d, %v", leaves, messages, len(ids), err)
	}
}

func TestWhatCannotBeErasedAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	published := w.mustSubmit(t, w.agent, library)
	if _, err := w.eraseOne(t, published.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("one that became a revision: %v", err)
	}
	if _, err := w.Exec(t.Context(), `select erase_contribution($1, now())`, published.ID); err == nil {
		t.Error("the procedure erases one that became a revision")
	}
	waiting := w.mustSubmit(t, w.visitor, edit(published.Place, 1, `{"operator":"Ville"}`))
	order := moderation.EraseOrder{ID: waiting.ID, Version: waiting.Version + 1, Reason: "personal_data", Message: "x"}
	if _, err := moderation.EraseContribution(t.Context(), w, w.moderator, order, noon); !fault.Is(err, fault.Stale) {
		t.Errorf("another version: %v", err)
	}
	order.Version = waiting.Version
	if _, err := moderation.EraseContribution(t.Context(), w, w.resident, order, noon); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a resident: %v", err)
	}
	order.Message = ""
	if _, err := moderation.EraseContribution(t.Context(), w, w.moderator, order, noon); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a word to the author: %v", err)
	}
}

package moderation_test

import (
	"fmt"
	"sync"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func reportOf(place places.ID, reason string) string {
	return fmt.Sprintf(`{"action":"report","place_id":%d,"reason":%q,"message":"Vu hier."}`, place, reason)
}

func (w town) queue(t *testing.T, actor accounts.Actor, f moderation.QueueFilter) []moderation.Contribution {
	t.Helper()
	found, err := moderation.Queue(t.Context(), w, actor, f, moderation.QueueCursor{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Three reports of one place are one item; deciding it answers all three, each
// with a leaf, but leaves a moderator's own to a colleague.
func TestReportsOfAPlaceAreOneCase(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	other := w.mustSubmit(t, w.agent, `{"action":"create","place":{"name":"Annexe","category":"library","position":[-1.6,47.3]}}`).Place
	first := w.mustSubmit(t, w.resident, reportOf(place, "gone"))
	w.mustSubmit(t, w.visitor, reportOf(place, "gone"))
	w.mustSubmit(t, w.agent, reportOf(place, "wrong"))
	own := w.mustSubmit(t, w.moderator, reportOf(place, "gone"))
	w.mustSubmit(t, w.visitor, reportOf(other, "spam"))

	list := w.queue(t, w.colleague, moderation.QueueFilter{})
	if len(list) != 2 || list[0].ID != first.ID || list[0].Reports.Count != 4 || list[0].Reports.Reasons["gone"] != 3 || list[1].Reports.Count != 1 {
		t.Fatalf("queue %+v", list)
	}
	if mine := w.queue(t, w.moderator, moderation.QueueFilter{}); len(mine) != 3 {
		t.Errorf("with one's own beside: %d", len(mine))
	}
	file, err := moderation.Open(t.Context(), w, w.moderator, first.ID)
	if err != nil || len(file.Reported) != 4 || file.Reported[2].Reason != "wrong" {
		t.Fatalf("file %+v, %v", file.Reported, err)
	}
	stale := first // as before the others came in
	if _, err := w.decide(t, w.moderator, stale, moderation.Verdict{Outcome: moderation.Accepted}); !fault.Is(err, fault.Stale) {
		t.Errorf("a case that has grown: %v", err)
	}
	first.Version = file.Version
	if _, err := w.decide(t, w.moderator, first, moderation.Verdict{Outcome: moderation.Refused, Reason: "wrong", Message: "Elle est ouverte."}); err != nil {
		t.Fatal(err)
	}
	var refused, leaves int
	err = w.QueryRow(t.Context(), `
		select count(distinct c.id), count(distinct l.id)
		from contributions c
		join decisions d on d.contribution_id = c.id and d.message = 'Elle est ouverte.'
		join log_leaves l on convert_from(l.entry, 'utf8') like '%"event":"decided","item":"' || c.item || '"%'
		where c.state = 'refused' and c.place_id = $1`, place).Scan(&refused, &leaves)
	if err != nil || refused != 3 || leaves != 3 {
		t.Errorf("%d reports answered, %d leaves, %v; want 3 of each", refused, leaves, err)
	}
	left := w.queue(t, w.colleague, moderation.QueueFilter{})
	if len(left) != 2 || left[0].ID != own.ID || left[0].Reports.Count != 1 {
		t.Errorf("left for a colleague: %+v", left)
	}
}

// Whoever takes the next one gets a case once, however many reported.
func TestACaseIsClaimedOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	w.mustSubmit(t, w.resident, reportOf(place, "gone"))
	w.mustSubmit(t, w.visitor, reportOf(place, "gone"))
	if _, err := moderation.Claim(t.Context(), w, w.moderator, noon); err != nil {
		t.Fatal(err)
	}
	if second, err := moderation.Claim(t.Context(), w, w.colleague, noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("the second report by itself: %+v, %v", second, err)
	}
}

// Moderators who begin at different reports of a case at the same moment: one
// decides all of them, nobody waits for ever.
func TestACaseIsDecidedOnceFromAnyEnd(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	var reports []moderation.Received
	for i := range 5 {
		visitor := w.visitor
		visitor.PrefixHash = fmt.Append(nil, "visitor ", i)
		reports = append(reports, w.mustSubmit(t, visitor, reportOf(place, "gone")))
	}
	reports[0].Version = len(reports) // each of the others made it a new version
	var group sync.WaitGroup
	answers := make([]error, 20)
	for i := range answers {
		group.Go(func() {
			_, answers[i] = w.decide(t, []accounts.Actor{w.moderator, w.colleague}[i%2], reports[i%len(reports)], moderation.Verdict{Outcome: moderation.Accepted})
		})
	}
	group.Wait()
	done := 0
	for _, err := range answers {
		switch {
		case err == nil:
			done++
		case !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Stale):
			t.Errorf("got %v", err)
		}
	}
	var decisions int
	if err := w.QueryRow(t.Context(), `select count(*) from decisions d join contributions c on c.id = d.contribution_id where c.action = 'report'`).Scan(&decisions); err != nil || done != 1 || decisions != 5 {
		t.Errorf("%d decided, %d decisions, %v; want 1 and 5", done, decisions, err)
	}
}

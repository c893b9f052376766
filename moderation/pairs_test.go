package moderation_test

import (
	"fmt"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// creation is a library with a name, some metres east of the first one.
func creation(name string, metres int, distinct string) string {
	return fmt.Sprintf(`{"action":"create","place":{"name":%q,"category":"library","position":[%.6f,47.21]},"distinct":[%s]}`,
		name, -1.55+float64(metres)/75_500, distinct)
}

func (w town) verdict(t testing.TB, a, b places.ID) (verdict string) {
	t.Helper()
	err := w.QueryRow(t.Context(), `select coalesce((select verdict from duplicate_pairs where a = $1 and b = $2), 'none')`, a, b).Scan(&verdict)
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}

func (w town) pairs(t testing.TB, actor accounts.Actor) []moderation.Pair {
	t.Helper()
	found, err := moderation.OpenPairs(t.Context(), w, actor, moderation.PairCursor{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAWarningBecomesAPairWhenThePlaceIsPublished(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first := w.mustSubmit(t, w.agent, creation("Médiathèque Jacques-Demy", 0, ""))
	if len(first.Lookalikes) > 0 {
		t.Errorf("warned of %+v", first.Lookalikes)
	}
	received := w.mustSubmit(t, w.visitor, creation("Médiathèque Jacques des enfants", 40, ""))
	if received.State != moderation.Pending || len(received.Lookalikes) != 1 || received.Lookalikes[0].Place != first.Place {
		t.Fatalf("received %+v", received)
	}
	if found := w.pairs(t, w.moderator); len(found) > 0 {
		t.Errorf("a pair before there are two places: %+v", found)
	}
	decision, err := w.decide(t, w.moderator, received, moderation.Verdict{Outcome: moderation.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	found := w.pairs(t, w.moderator)
	if len(found) != 1 || found[0].A != first.Place || found[0].B != decision.Place || found[0].Score < moderation.WarnFrom || found[0].Metres < 35 || found[0].Metres > 45 {
		t.Fatalf("pairs %+v", found)
	}
	next, err := moderation.OpenPairs(t.Context(), w, w.moderator, moderation.PairCursor{Score: found[0].Score, A: found[0].A, B: found[0].B}, 10)
	if err != nil || len(next) > 0 {
		t.Errorf("the next page: %+v, %v", next, err)
	}
}

// Two who propose the same place at the same time are warned of nothing: the
// pair is seen when the second one is published.
func TestTwoProposalsOfOnePlaceAreAPair(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	one, two := w.mustSubmit(t, w.visitor, library), w.mustSubmit(t, w.resident, library)
	var ids []places.ID
	for _, received := range []moderation.Received{one, two} {
		decision, err := w.decide(t, w.moderator, received, moderation.Verdict{Outcome: moderation.Accepted})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, decision.Place)
	}
	if got := w.verdict(t, ids[0], ids[1]); got != "open" {
		t.Errorf("the pair is %s", got)
	}
}

func TestDistinctIsRememberedForEver(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first := w.mustSubmit(t, w.agent, library).Place
	second := w.mustSubmit(t, w.agent, creation("Bibliothèque", 10, fmt.Sprint(first))).Place
	if got := w.verdict(t, first, second); got != "distinct" || len(w.pairs(t, w.moderator)) > 0 {
		t.Errorf("the pair is %s, open are %+v", got, w.pairs(t, w.moderator))
	}
	// A third one knows the first only: with the second it is asked.
	if _, err := w.submit(t, w.agent, creation("Bibliothèque", 20, fmt.Sprint(first))); !fault.Is(err, fault.Conflict) {
		t.Errorf("a third: %v", err)
	}
	for _, verdict := range []moderation.PairVerdict{{Verdict: "distinct"}, {Verdict: "merge", Into: first, Message: "x"}} {
		verdict.A, verdict.B = first, second
		if _, err := road.SettlePair(t.Context(), w, w.moderator, verdict, noon); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s of what is distinct: %v", verdict.Verdict, err)
		}
	}
}

func TestModeratorsSettlePairs(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	elsewhere := w.colleague
	elsewhere.Scopes = []accounts.Scope{{Group: "health"}}
	first := w.mustSubmit(t, w.agent, creation("Médiathèque Jacques-Demy", 0, "")).Place
	second := w.mustSubmit(t, w.agent, creation("Médiathèque Jacques des enfants", 40, "")).Place
	settle := func(actor accounts.Actor, v moderation.PairVerdict) (moderation.Settled, error) {
		v.A, v.B = first, second
		return road.SettlePair(t.Context(), w, actor, v, noon.Add(time.Hour))
	}
	for name, c := range map[string]struct {
		actor accounts.Actor
		v     moderation.PairVerdict
		kind  fault.Kind
	}{
		"a resident":           {w.resident, moderation.PairVerdict{Verdict: "distinct"}, fault.Forbidden},
		"another group":        {elsewhere, moderation.PairVerdict{Verdict: "distinct"}, fault.Forbidden},
		"no verdict":           {w.moderator, moderation.PairVerdict{}, fault.Invalid},
		"into a third":         {w.moderator, moderation.PairVerdict{Verdict: "merge", Into: 99, Message: "x"}, fault.Invalid},
		"a merge without text": {w.moderator, moderation.PairVerdict{Verdict: "merge", Into: first}, fault.Invalid},
	} {
		if _, err := settle(c.actor, c.v); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found := w.pairs(t, elsewhere); len(found) > 0 {
		t.Errorf("a moderator of health sees %+v", found)
	}
	merged, err := settle(w.moderator, moderation.PairVerdict{Verdict: "merge", Into: first, Message: "C'est la même."})
	if err != nil || merged.Verdict != "merged" || merged.Merge.State != moderation.Accepted || w.verdict(t, first, second) != "merged" {
		t.Fatalf("merged %+v, %v", merged, err)
	}
	if into, err := places.MergedInto(t.Context(), w, second); err != nil || into != first {
		t.Errorf("redirects to %d, %v", into, err)
	}
	w.mustSubmit(t, w.moderator, fmt.Sprintf(`{"action":"restore","place_id":%d,"base_revision":1,"reason":"wrong","message":"Ce sont deux lieux."}`, second))
	if got := w.verdict(t, first, second); got != "distinct" {
		t.Errorf("after the merge was undone: %s", got)
	}
}

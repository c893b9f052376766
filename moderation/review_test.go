package moderation_test

import (
	"fmt"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

func TestSamplesAreAShareAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	sampled := 0
	for i := range 10_000 {
		item := fmt.Sprintf("%08x-0000-4000-8000-000000000000", i)
		first := moderation.DefaultPolicy.Sampled("agent_territory", item)
		if first != moderation.DefaultPolicy.Sampled("agent_territory", item) {
			t.Fatalf("%s once and not again", item)
		}
		if first {
			sampled++
		}
		if moderation.DefaultPolicy.Sampled("moderator", item) || moderation.DefaultPolicy.Sampled("", item) {
			t.Fatalf("%s of a rule that is not sampled", item)
		}
	}
	if sampled < 400 || sampled > 600 {
		t.Errorf("%d of 10,000, want about 5 %%", sampled)
	}
}

// everyone is the shipped road that samples all that agents do.
func everyone() *moderation.Road {
	whole := *road
	whole.Policy.Rules = append([]moderation.Rule(nil), road.Policy.Rules...)
	for i := range whole.Policy.Rules {
		if whole.Policy.Rules[i].SamplePercent > 0 {
			whole.Policy.Rules[i].SamplePercent = 100
		}
	}
	return &whole
}

func TestWhatIsSampledIsReviewedWhileItIsLive(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	whole := everyone()
	send := func(actor accounts.Actor, text string) moderation.Received {
		t.Helper()
		received, err := whole.Submit(t.Context(), w, actor, submission(t, text), moderation.Envelope{Body: []byte(text), Now: noon})
		if err != nil {
			t.Fatal(err)
		}
		return received
	}
	made := send(w.agent, library)
	changed := send(w.agent, edit(made.Place, 1, `{"phone":"02 40 00 00 09"}`))
	send(w.moderator, edit(made.Place, 2, `{"website":"https://biblio.example"}`))
	send(w.visitor, edit(made.Place, 1, `{"operator":"Ville"}`))

	waiting := func(actor accounts.Actor) (ids []int64) {
		t.Helper()
		found, err := moderation.Reviews(t.Context(), w, actor, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range found {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if got := fmt.Sprint(waiting(w.moderator)); got != fmt.Sprint([]int64{made.ID, changed.ID}) || w.live(t, made.Place).Document.Phone != "+33240000009" {
		t.Fatalf("to be reviewed: %s, live %+v", got, w.live(t, made.Place).Document)
	}
	elsewhere := w.colleague
	elsewhere.Scopes = []accounts.Scope{{Group: "health"}}
	review := func(actor accounts.Actor, id int64, v moderation.ReviewVerdict) (moderation.UndoItem, error) {
		v.ID = id
		item, _, err := whole.Review(t.Context(), w, actor, v, noon.Add(time.Hour))
		return item, err
	}
	wrong := moderation.ReviewVerdict{Verdict: "revert", Reason: "wrong", Message: "Ce numéro est faux."}
	for name, c := range map[string]struct {
		actor accounts.Actor
		id    int64
		v     moderation.ReviewVerdict
		kind  fault.Kind
	}{
		"an agent":            {w.agent, changed.ID, wrong, fault.Forbidden},
		"another group":       {elsewhere, changed.ID, wrong, fault.Forbidden},
		"without a reason":    {w.moderator, changed.ID, moderation.ReviewVerdict{Verdict: "revert"}, fault.Invalid},
		"no verdict":          {w.moderator, changed.ID, moderation.ReviewVerdict{}, fault.Invalid},
		"what is not sampled": {w.moderator, 99, wrong, fault.NotFound},
	} {
		if _, err := review(c.actor, c.id, c.v); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := review(w.moderator, made.ID, moderation.ReviewVerdict{Verdict: "ok"}); err != nil {
		t.Error(err)
	}
	item, err := review(w.moderator, changed.ID, wrong)
	live := w.live(t, made.Place)
	if err != nil || item.Outcome != "reverted" || live.Document.Phone != "+33240419000" || live.Document.Website != "https://biblio.example" {
		t.Errorf("reverted %+v, %v; live %+v", item, err, live.Document)
	}
	if _, err := review(w.moderator, changed.ID, wrong); !fault.Is(err, fault.NotFound) || len(waiting(w.moderator)) > 0 {
		t.Errorf("twice: %v, waiting %v", err, waiting(w.moderator))
	}
}

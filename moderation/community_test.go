package moderation_test

import (
	"fmt"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

func TestVotesSettle(t *testing.T) {
	t.Parallel()
	const late, early = 48 * time.Hour, 48*time.Hour - time.Second
	for _, c := range []struct {
		yes, no int
		age     time.Duration
		state   moderation.State
		advice  moderation.Advice
	}{
		{3, 0, late, moderation.Accepted, ""},
		{3, 1, late, moderation.Accepted, ""},
		{9, 1, late, moderation.Accepted, ""},
		{3, 2, late, moderation.Pending, ""},
		{2, 0, late, moderation.Pending, ""},
		{3, 0, early, moderation.Pending, ""},
		{0, 3, late, moderation.Pending, moderation.AdviseRefusal},
		{1, 3, late, moderation.Pending, moderation.AdviseRefusal},
		{2, 3, late, moderation.Pending, ""},
		{0, 3, early, moderation.Pending, ""},
		{3, 3, early, moderation.Escalated, ""},
		{4, 3, late, moderation.Escalated, ""},
		{0, 0, late, moderation.Pending, ""},
	} {
		state, advice := moderation.DefaultCommunity.Settle(moderation.Votes{For: c.yes, Against: c.no}, c.age)
		if state != c.state || advice != c.advice {
			t.Errorf("%d for, %d against after %s: %s %q", c.yes, c.no, c.age, state, advice)
		}
	}
}

// TestATownSettlesByItsOwnNumbers: one vote at once, none against.
func TestATownSettlesByItsOwnNumbers(t *testing.T) {
	t.Parallel()
	quick := moderation.Community{Quorum: 1}
	for votes, want := range map[moderation.Votes]moderation.State{
		{For: 1}: moderation.Accepted, {}: moderation.Pending, {For: 1, Against: 1}: moderation.Escalated, {For: 5, Against: 1}: moderation.Escalated,
	} {
		if state, _ := quick.Settle(votes, 0); state != want {
			t.Errorf("%+v: %s, want %s", votes, state, want)
		}
	}
}

// asking is a road that asks for votes.
func asking() *moderation.Road {
	r := moderation.DefaultRoad(taxonomy)
	r.Community = &moderation.DefaultCommunity
	return r
}

// residents are people who vote.
func (w town) residents(t *testing.T, count int) []accounts.Actor {
	t.Helper()
	people := make([]accounts.Actor, count)
	for i := range people {
		people[i] = accounts.Actor{Role: accounts.Resident, Grants: accounts.GrantsOf(accounts.Resident)}
		id, err := accounts.CreateUser(t.Context(), w, accounts.NewUser{Name: fmt.Sprint("Voisine ", i), Role: accounts.Resident}, noon)
		if err != nil {
			t.Fatal(err)
		}
		people[i].User = id
	}
	return people
}

func vote(t *testing.T, w town, people []accounts.Actor, id int64, confirms bool) {
	t.Helper()
	for _, person := range people {
		if err := asking().Vote(t.Context(), w, person, id, confirms, noon); err != nil {
			t.Fatal(err)
		}
	}
}

func TestResidentsAcceptWhatTheyConfirm(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	people := w.residents(t, 4)
	received := w.mustSubmit(t, w.visitor, library)
	vote(t, w, people[:3], received.ID, true)
	vote(t, w, people[3:], received.ID, true)
	vote(t, w, people[3:], received.ID, false) // changed their mind: one vote, the last
	for _, c := range []struct {
		road *moderation.Road
		at   time.Time
		want int
	}{{asking(), noon.Add(47 * time.Hour), 0}, {road, noon.Add(49 * time.Hour), 0}, {asking(), noon.Add(49 * time.Hour), 1}, {asking(), noon.Add(50 * time.Hour), 0}} {
		accepted, escalated, advised, err := c.road.SettleVotes(t.Context(), w, c.at)
		if err != nil || accepted != c.want || escalated+advised != 0 {
			t.Errorf("at %s: %d accepted, %d, %d, %v", c.at, accepted, escalated, advised, err)
		}
	}
	decided, said, err := moderation.FindOwn(t.Context(), w, w.moderator, received.ID)
	if err != nil || decided.State != moderation.Accepted || decided.Rule != "community" || decided.Revision != 1 || said[0].Rule != "community" {
		t.Errorf("%+v, %+v, %v", decided, said, err)
	}
	var leaves int
	if err := w.QueryRow(t.Context(), `select count(*) from log_leaves where convert_from(entry, 'utf8') like '%"rule":"community"%'`).Scan(&leaves); err != nil || leaves != 1 {
		t.Errorf("%d leaves, %v", leaves, err)
	}
}

func TestResidentsOnlyAdviseARefusal(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	people := w.residents(t, 6)
	later := noon.Add(49 * time.Hour)
	received := w.mustSubmit(t, w.visitor, library)
	vote(t, w, people[:3], received.ID, false)
	if _, _, advised, err := asking().SettleVotes(t.Context(), w, later); err != nil || advised != 1 {
		t.Fatalf("%d advised, %v", advised, err)
	}
	file, err := moderation.Open(t.Context(), w, w.moderator, received.ID)
	if err != nil || file.State != moderation.Pending || file.Advice != moderation.AdviseRefusal || file.Votes.Against != 3 || file.Version != received.Version+1 {
		t.Fatalf("%+v, %v", file, err)
	}
	vote(t, w, people[3:5], received.ID, true) // two for: it is not clear any more
	if _, _, advised, err := asking().SettleVotes(t.Context(), w, later); err != nil || advised != 1 {
		t.Errorf("%d changed, %v", advised, err)
	}
	vote(t, w, people[5:], received.ID, true)
	if _, escalated, _, err := asking().SettleVotes(t.Context(), w, later); err != nil || escalated != 1 {
		t.Errorf("%d escalated, %v", escalated, err)
	}
	file, err = moderation.Open(t.Context(), w, w.moderator, received.ID)
	if err != nil || file.State != moderation.Escalated || file.Advice != "" {
		t.Errorf("%+v, %v", file.Contribution, err)
	}
}

// What residents confirm and cannot be merged any more is for a person; what a
// moderator holds is left to them; blocked people do not count.
func TestVotesAreLeftToAPerson(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	people := w.residents(t, 3)
	later := noon.Add(49 * time.Hour)
	place := w.mustSubmit(t, w.agent, library).Place
	clash := w.mustSubmit(t, w.visitor, edit(place, 1, `{"phone":"02 40 00 00 01"}`))
	vote(t, w, people, clash.ID, true)
	if _, err := w.Exec(t.Context(), `update users set blocked_at = $2 where id = $1`, people[0].User, noon); err != nil {
		t.Fatal(err)
	}
	if accepted, _, _, err := asking().SettleVotes(t.Context(), w, later); err != nil || accepted != 0 {
		t.Errorf("%d accepted with the vote of a blocked person, %v", accepted, err)
	}
	if _, err := w.Exec(t.Context(), `update users set blocked_at = null`); err != nil {
		t.Fatal(err)
	}
	if _, err := moderation.Claim(t.Context(), w, w.moderator, later); err != nil {
		t.Fatal(err)
	}
	if accepted, escalated, _, err := asking().SettleVotes(t.Context(), w, later); err != nil || accepted+escalated != 0 {
		t.Errorf("%d and %d of what a moderator holds, %v", accepted, escalated, err)
	}
	w.mustSubmit(t, w.agent, edit(place, 1, `{"phone":"02 40 00 00 02"}`))
	accepted, escalated, _, err := asking().SettleVotes(t.Context(), w, later.Add(time.Hour))
	if err != nil || accepted != 0 || escalated != 1 {
		t.Errorf("in conflict: %d accepted, %d escalated, %v", accepted, escalated, err)
	}
}

func TestWhoMayVoteOnWhat(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	people := w.residents(t, 2)
	mine := w.mustSubmit(t, w.resident, library)
	report := w.mustSubmit(t, w.visitor, fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"wrong","message":"canary"}`, w.mustSubmit(t, w.agent, `{"action":"create","place":{"name":"Annexe","category":"library","position":[-1.6,47.3]}}`).Place))
	hidden := w.mustSubmit(t, w.agent, `{"action":"create","place":{"name":"Cachée","category":"library","position":[-1.7,47.4]}}`).Place
	about := w.mustSubmit(t, w.visitor, edit(hidden, 1, `{"phone":"02 40 00 00 01"}`))
	w.mustSubmit(t, w.moderator, fmt.Sprintf(`{"action":"hide","place_id":%d,"base_revision":1,"face":"withheld","reason":"spam","message":"x"}`, hidden))
	for name, c := range map[string]struct {
		road  *moderation.Road
		actor accounts.Actor
		id    int64
		kind  fault.Kind
	}{
		"in a town that does not ask": {road, people[0], mine.ID, fault.Forbidden},
		"a visitor":                   {asking(), w.visitor, mine.ID, fault.Forbidden},
		"an agent":                    {asking(), w.agent, mine.ID, fault.Forbidden},
		"a moderator":                 {asking(), w.moderator, mine.ID, fault.Forbidden},
		"one's own":                   {asking(), w.resident, mine.ID, fault.Forbidden},
		"a report":                    {asking(), people[0], report.ID, fault.NotFound},
		"of a hidden place":           {asking(), people[0], about.ID, fault.NotFound},
		"what never was":              {asking(), people[0], 999, fault.NotFound},
	} {
		if err := c.road.Vote(t.Context(), w, c.actor, c.id, true, noon); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	listed, err := asking().Proposals(t.Context(), w, people[0], "", 0, 10)
	if err != nil || len(listed) != 1 || listed[0].ID != mine.ID || string(listed[0].Changes["name.und"]) != `"Bibliothèque"` {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if own, err := asking().Proposals(t.Context(), w, w.resident, "", 0, 10); err != nil || len(own) != 0 {
		t.Errorf("one's own are listed: %+v, %v", own, err)
	}
	if _, err := w.decide(t, w.moderator, mine, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	if err := asking().Vote(t.Context(), w, people[0], mine.ID, true, noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("once it is decided: %v", err)
	}
}

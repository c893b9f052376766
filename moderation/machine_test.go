package moderation_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// TestRoadAgainstAModel does random things on the road and on a model of it
// (model_test.go), and compares states, versions, revisions, values and the number of
// leaves and decisions after each. CARTOQUARTIERS_SOAK=1 goes on for minutes;
// -rapid.steps makes the sequences longer.
func TestRoadAgainstAModel(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	if err := places.StoreTaxonomy(t.Context(), db, taxonomy); err != nil {
		t.Fatal(err)
	}
	budget, failing, sequences, steps := 5*time.Second, false, 0, 0
	if os.Getenv("CARTOQUARTIERS_SOAK") == "1" {
		budget = 3 * time.Minute
	}
	begun := time.Now()
	seen := make(map[string]int)
	for sequences == 0 || time.Since(begun) < budget && !t.Failed() {
		rapid.Check(t, func(rt *rapid.T) {
			if time.Since(begun) > budget && !failing {
				return // what is being made smaller is never cut short
			}
			tx, err := db.Begin(t.Context())
			if err != nil {
				rt.Fatal(err)
			}
			defer func() { failing = failing || rt.Failed(); _ = tx.Rollback(t.Context()) }()
			m := newMachine(rt, tx)
			m.seen = seen
			for range 3 { // rapid's own sequences are short
				rt.Repeat(m.actions())
			}
			sequences, steps = sequences+1, steps+m.steps
		})
	}
	t.Logf("%d steps in %d sequences, with %v", steps, sequences, seen)
	if !t.Failed() && steps < 200 {
		t.Errorf("%d steps are not a test", steps)
	}
}

// machine is the road and its model, side by side, in a transaction that is rolled back.
type machine struct {
	model
	tx    pgx.Tx
	road  *moderation.Road
	count int // of creations
	steps int
}

func newMachine(rt *rapid.T, tx pgx.Tx) *machine {
	m := &machine{tx: tx, road: moderation.DefaultRoad(taxonomy), model: model{now: noon}}
	m.road.Policy.Rules = []moderation.Rule{
		{Name: "report", Actions: []moderation.Action{moderation.Report}, Ruling: moderation.QueueIt},
		{Name: "agent", Roles: []accounts.Role{accounts.Agent}, Ruling: moderation.AcceptNow},
	}
	m.road.Policy.Quotas = map[accounts.Role]moderation.Quota{accounts.Resident: {Day: 10_000}, accounts.Agent: {Day: 10_000}, accounts.Moderator: {Day: 10_000}}
	m.road.Community = &moderation.DefaultCommunity
	for i, role := range []accounts.Role{
		accounts.Moderator, accounts.Moderator, accounts.Agent,
		accounts.Resident, accounts.Resident, accounts.Resident, accounts.Resident, accounts.Resident, accounts.Resident, accounts.Resident,
	} {
		actor := accounts.Actor{Role: role, Grants: accounts.GrantsOf(role)}
		var err error
		if actor.User, err = accounts.CreateUser(rt.Context(), tx, accounts.NewUser{Name: fmt.Sprint(role, i), Role: role}, noon); err != nil {
			rt.Fatal(err)
		}
		m.people = append(m.people, actor)
	}
	for _, table := range []string{"log_leaves", "decisions"} {
		if n := m.number(rt, `select count(*) from `+table); n != 0 {
			rt.Fatalf("%d %s before the first step", n, table)
		}
	}
	// A place that the source and people here say otherwise of.
	m.createBy(rt, m.people[2], phones[0])
	m.editBy(rt, m.people[2], m.places[0], 1, map[string]string{"phone": phones[1]})
	return m
}

func (m *machine) number(rt *rapid.T, query string, args ...any) (n int) {
	if err := m.tx.QueryRow(rt.Context(), query, args...).Scan(&n); err != nil {
		rt.Fatal(err)
	}
	return n
}

// actions are what can happen; what must happen twice to mean something has two names.
func (m *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"": m.compare, "create": m.create, "edit": m.edit, "edit again": m.edit, "report": m.report, "claim": m.claim, "release": m.release,
		"accept": m.decide(moderation.Accepted), "refuse": m.decide(moderation.Refused),
		"ask": m.decide(moderation.NeedsInfo), "escalate": m.decide(moderation.Escalated),
		"answer": m.answer, "withdraw": m.withdraw, "appeal": m.appeal,
		"vote": m.vote, "crowd": m.crowd, "referendum": m.referendum, "settle": m.settle, "time": m.pass, "too late": m.late,
		"import": m.imports, "import again": m.imports, "waver": m.waver, "vanish": m.vanish, "reappear": m.reappear,
	}
}

// expect compares a fault with the kind that the model foresees; nothing foreseen is success.
func expect(rt *rapid.T, err error, want error) bool {
	var foreseen *fault.Error
	switch {
	case want == nil && err != nil:
		rt.Fatalf("not foreseen: %v", err)
	case want == nil:
		return true
	case !errors.As(want, &foreseen):
		rt.Fatal(want)
	case !fault.Is(err, foreseen.Kind):
		rt.Fatalf("got %v, foreseen %s (%v)", err, foreseen.Kind, want)
	}
	return false
}

// compare looks at everything that the model knows.
func (m *machine) compare(rt *rapid.T) {
	m.steps++
	rows, err := m.tx.Query(rt.Context(), `select id, state, version, coalesce(advice, '') from contributions order by id`)
	if err != nil {
		rt.Fatal(err)
	}
	type standing struct {
		ID      int64
		State   moderation.State
		Version int
		Advice  moderation.Advice
	}
	stored, err := pgx.CollectRows(rows, pgx.RowToStructByPos[standing])
	if err != nil || len(stored) != len(m.items) {
		rt.Fatalf("%d contributions, the model has %d; %v", len(stored), len(m.items), err)
	}
	for i, item := range m.items {
		if want := (standing{item.id, item.state, item.version, item.advice}); stored[i] != want {
			rt.Fatalf("contribution is %+v, in the model %+v", stored[i], want)
		}
	}
	for table, want := range map[string]int{"log_leaves": m.leaves, "decisions": m.decisions} {
		if n := m.number(rt, `select count(*) from `+table); n != want {
			rt.Fatalf("%d %s, the model has %d", n, table, want)
		}
	}
	m.comparePlaces(rt)
}

func (m *machine) comparePlaces(rt *rapid.T) {
	ids := make([]places.ID, len(m.places))
	for i, p := range m.places {
		ids[i] = p.id
	}
	live, err := places.FindLive(rt.Context(), m.tx, ids)
	if err != nil {
		rt.Fatal(err)
	}
	for _, p := range m.places {
		d := live[p.id].Document
		got := values{phone: d.Phone, website: d.Website, state: string(d.State)}
		if live[p.id].Revision != len(p.history) || got != p.live() {
			rt.Fatalf("place %d is at %d with %v, in the model at %d with %v", p.id, live[p.id].Revision, got, len(p.history), p.live())
		}
	}
}

func (m *machine) submit(rt *rapid.T, actor accounts.Actor, text string) moderation.Received {
	s, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		rt.Fatal(err)
	}
	received, err := m.road.Submit(rt.Context(), m.tx, actor, s, moderation.Envelope{Body: []byte(text), Now: m.now})
	if err != nil {
		rt.Fatalf("%s: %v", text, err)
	}
	return received
}

package moderation_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

var (
	phones   = []string{"+33240000001", "+33240000002", "+33240000003"}
	websites = []string{"https://a.example", "https://b.example"}
)

func (m *machine) somebody(rt *rapid.T, from, to int) accounts.Actor {
	return rapid.SampledFrom(m.people[from:to]).Draw(rt, "who")
}

func (m *machine) moderator(rt *rapid.T) accounts.Actor { return m.somebody(rt, 0, 2) }

// item picks one, mostly of those that something can still happen to.
func (m *machine) item(rt *rapid.T) *item {
	from := m.items
	switch rapid.IntRange(0, 5).Draw(rt, "from") {
	case 0:
	case 1, 2:
		from = slices.DeleteFunc(slices.Clone(from), func(i *item) bool { return !i.imported || !i.state.Open() })
	default:
		from = slices.DeleteFunc(slices.Clone(from), func(i *item) bool { return !i.state.Open() && i.state != moderation.Refused })
	}
	return pick(rt, from, "item")
}

func pick[T any](rt *rapid.T, from []T, what string) T {
	if len(from) == 0 {
		rt.Skip("no " + what)
	}
	return rapid.SampledFrom(from).Draw(rt, what)
}

func (m *machine) create(rt *rapid.T) {
	m.createBy(rt, m.somebody(rt, 2, 6), pick(rt, phones, "phone"))
}

func (m *machine) createBy(rt *rapid.T, author accounts.Actor, phone string) {
	m.count++
	// A degree apart: nobody asks whether it is another.
	text := fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"library","position":[%d,%d],"phone":%q}}`, m.count, m.count%170, m.count/170, phone)
	received := m.submit(rt, author, text)
	i := m.add(&item{id: received.ID, action: moderation.Create, author: author.User, patch: map[string]string{"phone": phone}})
	if author.Role == accounts.Agent {
		m.givePlace(i)
		m.accept(i)
		i.place.id = received.Place
	}
}

func (m *machine) edit(rt *rapid.T) {
	p, author := pick(rt, m.places, "place"), m.somebody(rt, 2, 5)
	patch := map[string]string{"phone": pick(rt, phones, "phone")}
	if rapid.IntRange(0, 3).Draw(rt, "website") == 0 {
		patch = map[string]string{"website": pick(rt, websites, "site")}
	}
	m.editBy(rt, author, p, rapid.IntRange(max(1, len(p.history)-2), len(p.history)).Draw(rt, "base"), patch)
}

func (m *machine) editBy(rt *rapid.T, author accounts.Actor, p *place, base int, patch map[string]string) {
	body, err := json.Marshal(patch)
	if err != nil {
		rt.Fatal(err)
	}
	received := m.submit(rt, author, edit(p.id, base, string(body)))
	i := m.add(&item{id: received.ID, action: moderation.Edit, author: author.User, place: p, base: base, patch: patch})
	if author.Role == accounts.Agent {
		m.accept(i) // or waits, where it cannot be merged
	}
}

func (m *machine) report(rt *rapid.T) {
	p, author := pick(rt, m.places, "place"), m.somebody(rt, 0, 5)
	received := m.submit(rt, author, reportOf(p.id, "gone"))
	m.add(&item{id: received.ID, action: moderation.Report, author: author.User, place: p})
}

func (m *machine) claim(rt *rapid.T) {
	by := m.moderator(rt)
	want := m.next(by.User)
	got, err := moderation.Claim(rt.Context(), m.tx, by, m.now)
	if want == nil {
		expect(rt, err, refused(fault.NotFound))
		return
	}
	if expect(rt, err, nil); got.ID != want.id {
		rt.Fatalf("took %d, foreseen %d", got.ID, want.id)
	}
	want.claimedBy, want.claimedUntil = by.User, m.now.Add(15*time.Minute)
}

func (m *machine) release(rt *rapid.T) {
	i, by := m.item(rt), m.moderator(rt)
	expect(rt, moderation.Release(rt.Context(), m.tx, by, i.id), nil)
	if i.claimedBy == by.User {
		i.claimedBy, i.claimedUntil = 0, time.Time{}
	}
}

func (m *machine) decide(outcome moderation.State) func(*rapid.T) {
	return func(rt *rapid.T) {
		m.decideOn(rt, m.item(rt), m.moderator(rt), outcome)
	}
}

func (m *machine) decideOn(rt *rapid.T, i *item, by accounts.Actor, outcome moderation.State) {
	v := moderation.Verdict{ID: i.id, Version: i.version, Outcome: outcome, Reason: "wrong", Message: "Voilà."}
	if rapid.IntRange(0, 5).Draw(rt, "stale") == 0 {
		v.Version--
	}
	want := i.mayDecide(by.User, v.Version, outcome)
	if want == nil && outcome == moderation.Accepted && i.action != moderation.Create && i.action != moderation.Report {
		if _, ok := i.merge(); !ok {
			want = refused(fault.Conflict)
			m.seen["in conflict"]++
		}
	}
	if want != nil && i.against == by.User {
		m.seen["appeal against oneself"]++
	}
	decision, err := m.road.Decide(rt.Context(), m.tx, by, v, m.now)
	if !expect(rt, err, want) {
		return
	}
	if outcome == moderation.Accepted && i.action == moderation.Create {
		m.givePlace(i)
		i.place.id = decision.Place
	}
	m.settleOn(i, by.User, outcome)
	if i.action != moderation.Report {
		return
	}
	for _, other := range m.openReports(i.place) {
		if other != i && other.mayDecide(by.User, other.version, outcome) == nil {
			m.seen["answered with others"]++
			m.settleOn(other, by.User, outcome)
		}
	}
}

// authored picks an item, mostly with its author, at times with somebody else.
func (m *machine) authored(rt *rapid.T) (*item, accounts.Actor, error) {
	i := m.item(rt)
	who := m.somebody(rt, 0, len(m.people))
	if rapid.IntRange(0, 5).Draw(rt, "another") > 0 {
		at := slices.IndexFunc(m.people, func(a accounts.Actor) bool { return a.User == i.author })
		if at < 0 {
			rt.Skip("an import has nobody who answers")
		}
		who = m.people[at]
	}
	if who.User != i.author {
		return i, who, refused(fault.NotFound)
	}
	return i, who, nil
}

func (m *machine) answer(rt *rapid.T) {
	i, who, want := m.authored(rt)
	if want == nil && i.state != moderation.NeedsInfo {
		want = refused(fault.Conflict)
	}
	_, err := m.road.Answer(rt.Context(), m.tx, who, i.id, "Au premier étage.", m.now)
	if expect(rt, err, want) {
		i.state, i.deadline = moderation.Pending, m.now.AddDate(0, 0, 7)
		i.version++
	}
}

func (m *machine) withdraw(rt *rapid.T) {
	i, who, want := m.authored(rt)
	if want == nil && !i.state.Open() {
		want = refused(fault.Conflict)
	}
	_, err := moderation.Withdraw(rt.Context(), m.tx, who, i.id, m.now)
	if expect(rt, err, want) {
		m.step(i, moderation.Withdrawn)
	}
}

func (m *machine) appeal(rt *rapid.T) {
	i, who, want := m.authored(rt)
	if want == nil && (i.state != moderation.Refused || i.appealed) {
		want = refused(fault.Conflict)
	}
	_, err := m.road.Appeal(rt.Context(), m.tx, who, i.id, "Elle existe.", m.now)
	if expect(rt, err, want) {
		i.state, i.appealed, i.against, i.deadline = moderation.Escalated, true, i.refusedBy, m.now.AddDate(0, 0, 7)
		i.version++
		m.leaves++ // it is open again, and the log says so
	}
}

func (m *machine) vote(rt *rapid.T) {
	i, who := m.item(rt), m.somebody(rt, 1, len(m.people))
	confirms := rapid.IntRange(0, 2).Draw(rt, "confirms") > 0
	var want error
	switch {
	case who.Role != accounts.Resident:
		want = refused(fault.Forbidden)
	case i.state != moderation.Pending || i.action == moderation.Report:
		want = refused(fault.NotFound)
	case who.User == i.author:
		want = refused(fault.Forbidden)
	}
	if expect(rt, m.road.Vote(rt.Context(), m.tx, who, i.id, confirms, m.now), want) {
		i.votes[who.User] = confirms
	}
}

// crowd lets several residents say the same of one item.
func (m *machine) crowd(rt *rapid.T) {
	i, confirms := m.item(rt), rapid.Bool().Draw(rt, "confirms")
	if i.state != moderation.Pending || i.action == moderation.Report {
		rt.Skip("nothing to vote on")
	}
	for _, who := range m.people[len(m.people)-rapid.IntRange(2, 4).Draw(rt, "voters"):] {
		if who.User != i.author {
			expect(rt, m.road.Vote(rt.Context(), m.tx, who, i.id, confirms, m.now), nil)
			i.votes[who.User] = confirms
		}
	}
}

// referendum lets several say the same, and what they say count two days later,
// at times under the hands of a moderator.
func (m *machine) referendum(rt *rapid.T) {
	m.crowd(rt)
	m.now = m.now.Add(49 * time.Hour)
	if rapid.Bool().Draw(rt, "claimed") {
		m.claim(rt)
	}
	m.settle(rt)
}

// settle lets votes decide; places of creations are numbered in the order of the items.
func (m *machine) settle(rt *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.SampledFrom([]int{0, 49}).Draw(rt, "hours")) * time.Hour)
	before := len(m.places)
	m.model.settle()
	if _, _, _, err := m.road.SettleVotes(rt.Context(), m.tx, m.now); err != nil {
		rt.Fatal(err)
	}
	for _, p := range m.places[before:] {
		at := slices.IndexFunc(m.items, func(i *item) bool { return i.place == p })
		p.id = places.ID(m.number(rt, `select coalesce(place_id, 0) from contributions where id = $1`, m.items[at].id))
	}
}

func (m *machine) pass(rt *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.SampledFrom([]int{10, 16, 49 * 60, 49 * 60}).Draw(rt, "minutes")) * time.Minute)
}

// late is two weeks of silence, and what follows from it.
func (m *machine) late(rt *rapid.T) {
	m.now = m.now.AddDate(0, 0, rapid.SampledFrom([]int{0, 8, 15}).Draw(rt, "days"))
	m.model.overdue()
	if _, _, err := m.road.Overdue(rt.Context(), m.tx, m.now); err != nil {
		rt.Fatal(err)
	}
}

// found is what an import says of a place's phone.
func (m *machine) found(rt *rapid.T, p *place, phone string) moderation.Imported {
	live, err := places.FindLive(rt.Context(), m.tx, []places.ID{p.id})
	if err != nil {
		rt.Fatal(err)
	}
	run := m.number(rt, `
		insert into imports (source, file_name, file_sha256, started_at, finished_at, report)
		values ('osm', 'town.osm.pbf', sha256('town'), $1, $1, '{}')
		returning id`, m.now)
	return moderation.Imported{
		Import: int64(run), Source: "osm", Ref: fmt.Sprint("node/", p.id), Live: live[p.id],
		Theirs: places.Fields{"phone": quoted(phone)}, Ours: places.Fields{"phone": quoted(p.live().phone)},
		Said: places.Provenance{Source: "osm", Licence: places.LicenceODbL, At: m.now},
	}
}

func quoted(text string) json.RawMessage { return json.RawMessage(fmt.Sprintf("%q", text)) }

// imports lets the source say another phone, where people here have another one too.
func (m *machine) imports(rt *rapid.T) {
	// One place, so that the source says the same again.
	m.importPhone(rt, pick(rt, m.places[:1], "place"), pick(rt, phones, "phone"))
}

// waver lets the source change its mind and back, while a moderator decides.
func (m *machine) waver(rt *rapid.T) {
	p := pick(rt, m.places[:1], "place")
	for _, phone := range []string{phones[2], phones[0], phones[2]} {
		m.importPhone(rt, p, phone)
		if open := m.openImports(p, moderation.Edit); len(open) > 0 && rapid.Bool().Draw(rt, "decided") {
			m.decideOn(rt, open[0], m.moderator(rt), moderation.Refused)
		}
	}
}

func (m *machine) importPhone(rt *rapid.T, p *place, phone string) {
	ours := p.live().phone
	if p.gone || phone == p.said || ours == p.said {
		return // nothing for a person to decide
	}
	found := m.found(rt, p, phone)
	if phone != ours {
		found.Conflicts = []places.FieldConflict{{Field: "phone", Base: quoted(p.said), Theirs: quoted(phone), Ours: quoted(ours)}}
	}
	filed, err := m.road.FileConflicts(rt.Context(), m.tx, found, m.now)
	if err != nil {
		rt.Fatal(err)
	}
	p.said = phone
	for _, i := range m.openImports(p, moderation.Edit) {
		m.step(i, moderation.Superseded)
	}
	asks := phone != ours && !slices.Contains(p.decided, phone)
	if phone != ours && !asks {
		m.seen["remembered"]++
	}
	if asks != (filed.Fields == 1) {
		rt.Fatalf("filed %+v; foreseen %v", filed, asks)
	}
	if asks {
		m.filed(rt, p, moderation.Edit, map[string]string{"phone": phone})
	}
}

func (m *machine) filed(rt *rapid.T, p *place, action moderation.Action, patch map[string]string) {
	id := m.number(rt, `select max(id) from contributions`)
	m.add(&item{id: int64(id), action: action, place: p, base: len(p.history), patch: patch, imported: true})
}

// vanish lets a place's record be gone from the source.
func (m *machine) vanish(rt *rapid.T) {
	p := pick(rt, m.places, "place")
	if p.gone || p.live().state != "open" {
		rt.Skip("gone already")
	}
	found := m.found(rt, p, p.said)
	found.Ref = ""
	found.Conflicts = []places.FieldConflict{{Field: "state", Base: quoted("open"), Theirs: quoted("closed"), Ours: quoted("open")}}
	if _, err := m.road.FileDisappearance(rt.Context(), m.tx, found, m.now); err != nil {
		rt.Fatal(err)
	}
	p.gone = true
	for _, i := range m.openImports(p, moderation.Edit) {
		m.step(i, moderation.Superseded)
	}
	m.filed(rt, p, moderation.Close, map[string]string{"state": "closed"})
}

func (m *machine) reappear(rt *rapid.T) {
	p := pick(rt, m.places, "place")
	if !p.gone {
		rt.Skip("it is there")
	}
	if err := moderation.Reappeared(rt.Context(), m.tx, m.found(rt, p, p.said), m.now); err != nil {
		rt.Fatal(err)
	}
	p.gone = false
	for _, i := range m.openImports(p, moderation.Close) {
		m.step(i, moderation.Superseded)
	}
}

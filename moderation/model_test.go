package moderation_test

import (
	"fmt"
	"slices"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// model is what the road should do, in memory and in the simplest terms.
type model struct {
	now       time.Time
	people    []accounts.Actor // two moderators, an agent, residents
	items     []*item          // in the order of their ids
	places    []*place
	leaves    int
	decisions int
	seen      map[string]int // of what is rare, how often it happened
}

// values are the fields that the model knows.
type values struct{ phone, website, state string }

func (v *values) field(name string) *string {
	return map[string]*string{"phone": &v.phone, "website": &v.website, "state": &v.state}[name]
}

type place struct {
	id      places.ID
	history []values // by revision
	said    string   // the phone that the source said last
	gone    bool     // from the source
	decided []string // phones of the source that a person decided
}

func (p *place) live() values { return p.history[len(p.history)-1] }

type item struct {
	id           int64
	action       moderation.Action
	state        moderation.State
	version      int
	author       int64
	place        *place // nil while a creation waits
	base         int
	patch        map[string]string
	received     time.Time
	deadline     time.Time
	claimedBy    int64
	claimedUntil time.Time
	votes        map[int64]bool
	advice       moderation.Advice
	appealed     bool
	refusedBy    int64 // who refused it last
	against      int64 // whom its appeal is against
	imported     bool
}

func refused(kind fault.Kind) error { return fault.New(kind, "foreseen") }

func (m *model) add(i *item) *item {
	i.state, i.version, i.received, i.deadline = moderation.Pending, 1, m.now, m.now.AddDate(0, 0, 7)
	i.votes = make(map[int64]bool)
	if i.action == moderation.Report { // whoever has read the case reads it again
		if open := m.openReports(i.place); len(open) > 0 {
			open[0].version++
		}
	}
	m.items = append(m.items, i)
	m.leaves++
	return i
}

func (m *model) openReports(p *place) (open []*item) {
	for _, i := range m.items {
		if i.action == moderation.Report && i.place == p && i.state.Open() {
			open = append(open, i)
		}
	}
	return open
}

// step moves an item, with a decision and a leaf.
func (m *model) step(i *item, next moderation.State) {
	i.state, i.claimedBy, i.claimedUntil = next, 0, time.Time{}
	i.version++
	m.leaves++
	m.decisions++
}

// merge is the outcome of an accepted item on its place; ok is false where the
// same field was changed on both sides.
func (i *item) merge() (next values, ok bool) {
	next = i.place.live()
	base := i.place.history[i.base-1]
	for name, theirs := range i.patch {
		switch ours := *next.field(name); {
		case theirs == *base.field(name), theirs == ours:
		case ours == *base.field(name):
			*next.field(name) = theirs
		default:
			return next, false
		}
	}
	return next, true
}

// accept does what an item proposes. A creation has its place already.
func (m *model) accept(i *item) bool {
	switch i.action {
	case moderation.Report:
	case moderation.Create:
		i.place.history = []values{{i.patch["phone"], "", "open"}}
		i.place.said = i.patch["phone"]
		m.places = append(m.places, i.place)
	default:
		next, ok := i.merge()
		if !ok {
			return false
		}
		i.place.history = append(i.place.history, next)
	}
	m.step(i, moderation.Accepted)
	m.remember(i)
	return true
}

// remember keeps what a person decided of an import.
func (m *model) remember(i *item) {
	if i.imported && i.action == moderation.Edit {
		i.place.decided = append(i.place.decided, i.patch["phone"])
	}
}

// mayDecide is the fault that a verdict meets before it has an effect; nil for none.
func (i *item) mayDecide(by int64, version int, outcome moderation.State) error {
	switch {
	case i.author == by:
		return refused(fault.Forbidden)
	case !i.state.CanBecome(outcome) || i.state == moderation.Refused:
		return refused(fault.Conflict)
	case version != i.version:
		return refused(fault.Stale)
	case i.against == by:
		return refused(fault.Forbidden)
	}
	return nil
}

// settleOn does what a verdict says on one item; false where it cannot be merged.
func (m *model) settleOn(i *item, by int64, outcome moderation.State) bool {
	switch outcome {
	case moderation.Accepted:
		return m.accept(i)
	case moderation.Refused:
		i.refusedBy = by
		m.remember(i)
	case moderation.NeedsInfo:
		i.deadline = m.now.AddDate(0, 0, 14)
	}
	m.step(i, outcome)
	return true
}

// folded reports whether a report stands behind an older one that this moderator can decide.
func (m *model) folded(i *item, by int64) bool {
	return i.action == moderation.Report && slices.ContainsFunc(m.openReports(i.place), func(o *item) bool {
		return o.id < i.id && o.state != moderation.NeedsInfo && o.author != by
	})
}

// next is what a moderator who asks is given; nil for nothing.
func (m *model) next(by int64) (best *item) {
	for _, i := range m.items {
		waits := i.state == moderation.Pending || i.state == moderation.Escalated
		if !waits || i.author == by || !i.claimedUntil.Before(m.now) || m.folded(i, by) {
			continue
		}
		if best == nil || i.deadline.Before(best.deadline) {
			best = i
		}
	}
	return best
}

// voted counts an item's votes.
func (i *item) voted() (v moderation.Votes) {
	for _, confirms := range i.votes {
		if confirms {
			v.For++
		} else {
			v.Against++
		}
	}
	return v
}

// settle does what votes say of all items.
func (m *model) settle() {
	for _, i := range m.items {
		if i.state != moderation.Pending || !i.claimedUntil.Before(m.now) || len(i.votes) == 0 {
			continue
		}
		v, late := i.voted(), m.now.Sub(i.received) >= 48*time.Hour
		switch {
		case v.For >= 3 && v.Against >= 3:
			m.step(i, moderation.Escalated)
		case late && v.For >= 3 && v.Against <= 1:
			m.givePlace(i)
			m.seen["accepted by votes"]++
			if !m.accept(i) {
				m.seen["voted for, in conflict"]++
				m.step(i, moderation.Escalated)
			}
		case late && v.Against >= 3 && v.For <= 1:
			i.advise(moderation.AdviseRefusal)
		default:
			i.advise("")
		}
	}
}

// givePlace gives a creation that is about to be accepted its place; the id follows.
func (m *model) givePlace(i *item) {
	if i.action == moderation.Create {
		i.place = &place{}
	}
}

func (i *item) advise(advice moderation.Advice) {
	if i.advice != advice {
		i.advice = advice
		i.version++
	}
}

// overdue moves what nobody handled in time.
func (m *model) overdue() {
	for _, i := range m.items {
		switch {
		case !i.deadline.Before(m.now):
		case i.state == moderation.Pending:
			m.step(i, moderation.Escalated)
		case i.state == moderation.NeedsInfo:
			m.seen["expired"]++
			m.step(i, moderation.Expired)
		}
	}
}

// openImports are what an import asked of a place and nobody has answered.
func (m *model) openImports(p *place, action moderation.Action) (open []*item) {
	for _, i := range m.items {
		if i.imported && i.action == action && i.place == p && i.state.Open() {
			open = append(open, i)
		}
	}
	return open
}

// String is what a failing run prints of an item.
func (i *item) String() string {
	return fmt.Sprintf("%s %d, %s, version %d", i.action, i.id, i.state, i.version)
}

func (p *place) String() string { return fmt.Sprintf("place %d: %v", p.id, p.history) }

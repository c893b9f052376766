package publiclog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg"
)

// Figures is how the town answers its people, told by the log alone: anybody who
// reads its entries gets the same. Days are those of the entries, in UTC.
type Figures struct {
	Day            string             `json:"day" doc:"On which what is open is counted, UTC"`
	Size           int64              `json:"size" doc:"Entries of the log that were read"`
	DecisionDays   int                `json:"decision_days" doc:"Days after which what is open is overdue"`
	Town           Counts             `json:"town"`
	Weeks          []Week             `json:"weeks" doc:"What came in by week, up to 53, the oldest first and without a gap"`
	Neighbourhoods map[string]*Counts `json:"neighbourhoods" doc:"By code; the empty one is outside of all"`
}

// Counts are the figures of the town or of a neighbourhood, in contributions and days.
type Counts struct {
	Received  int            `json:"received" doc:"Contributions that came in"`
	Open      int            `json:"open" doc:"That nobody has answered for good"`
	Overdue   int            `json:"overdue" doc:"Of these, those older than promised"`
	ByRule    int            `json:"by_rule" doc:"Accepted or refused at once, or for lack of an objection, by a named rule"`
	ByPeople  int            `json:"by_people" doc:"Accepted or refused by a person; the days are theirs"`
	Median    *int           `json:"median_days,omitempty" doc:"Days from receipt to the first acceptance or refusal that half of them took at most"`
	Ninetieth *int           `json:"ninetieth_days,omitempty" doc:"Days that nine of ten took at most"`
	Outcomes  map[string]int `json:"outcomes,omitempty" doc:"How they ended: accepted, refused, withdrawn, …"`
	Refusals  map[string]int `json:"refusals,omitempty" doc:"What is refused now, by reason"`

	days []int
}

// Week is what came in during seven days from a Monday, and what became of it until now.
type Week struct {
	From     string `json:"from" doc:"Its Monday, UTC"`
	Received int    `json:"received"`
	Accepted int    `json:"accepted"`
	Refused  int    `json:"refused"`
	Open     int    `json:"open"`
}

// mostWeeks is how many weeks are told: a year, and the one that it is.
const mostWeeks = 53

// Tally reads entries, in the order of the log, and keeps what the figures need:
// some hundred bytes for each contribution.
type Tally struct {
	size   int64
	fates  map[string]*fate
	others map[string][]int64 // where the log speaks of what is no contribution: imports
}

// fate is what became of one contribution.
type fate struct {
	received, answered time.Time // days; answered is zero before the first acceptance or refusal
	neighbourhood      string
	outcome, reason    string // the last ones
	byRule             bool   // the first acceptance or refusal was
	entries            []int64
}

// NewTally has read nothing.
func NewTally() *Tally {
	return &Tally{fates: make(map[string]*fate), others: make(map[string][]int64)}
}

// Size is how many entries were read.
func (t *Tally) Size() int64 { return t.size }

// Positions are where the entries that were read speak of an item, in their order.
func (t *Tally) Positions(item string) []int64 {
	if f := t.fates[item]; f != nil {
		return f.entries[:len(f.entries):len(f.entries)]
	}
	return t.others[item]
}

// Add reads the next entry.
func (t *Tally) Add(l Leaf) {
	position := t.size
	t.size++
	if l.Event == Received {
		t.fates[l.Item] = &fate{received: l.At, neighbourhood: l.Neighbourhood, entries: []int64{position}}
		return
	}
	f := t.fates[l.Item]
	if f == nil {
		t.others[l.Item] = append(t.others[l.Item], position)
		return
	}
	f.entries = append(f.entries, position)
	if l.Outcome == "" {
		return
	}
	f.outcome, f.reason = l.Outcome, l.Reason
	if f.answered.IsZero() && (l.Outcome == "accepted" || l.Outcome == "refused") {
		f.answered, f.byRule = l.At, l.Rule != ""
	}
}

// Figures counts as things stand on a day, which is taken in UTC. What is open
// longer than decisionDays is overdue.
func (t *Tally) Figures(day time.Time, decisionDays int) Figures {
	day = day.UTC().Truncate(24 * time.Hour)
	all := Figures{
		Day: day.Format(time.DateOnly), Size: t.size, DecisionDays: decisionDays, Neighbourhoods: make(map[string]*Counts),
	}
	for _, f := range t.fates {
		counts := all.Neighbourhoods[f.neighbourhood]
		if counts == nil {
			counts = &Counts{}
			all.Neighbourhoods[f.neighbourhood] = counts
		}
		overdue := day.After(f.received.AddDate(0, 0, decisionDays))
		counts.add(f, overdue)
		all.Town.add(f, overdue)
	}
	all.Weeks = t.weeks(day)
	all.Town.rank()
	for _, counts := range all.Neighbourhoods {
		counts.rank()
	}
	return all
}

// weeks counts by the week of receipt, up to the week of a day.
func (t *Tally) weeks(day time.Time) []Week {
	last := monday(day)
	first := last
	for _, f := range t.fates {
		if from := monday(f.received); from.Before(first) {
			first = from
		}
	}
	if oldest := last.AddDate(0, 0, -7*(mostWeeks-1)); first.Before(oldest) {
		first = oldest
	}
	weeks := make([]Week, 1+int(last.Sub(first)/(7*24*time.Hour)))
	for i := range weeks {
		weeks[i].From = first.AddDate(0, 0, 7*i).Format(time.DateOnly)
	}
	for _, f := range t.fates {
		at := int(monday(f.received).Sub(first) / (7 * 24 * time.Hour))
		if !f.received.Before(first) && at < len(weeks) {
			weeks[at].add(f)
		}
	}
	return weeks
}

// monday is that of a day's week (ISO 8601).
func monday(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

func (w *Week) add(f *fate) {
	w.Received++
	switch {
	case f.open():
		w.Open++
	case f.outcome == "accepted":
		w.Accepted++
	case f.outcome == "refused":
		w.Refused++
	}
}

// open reports that nobody has answered for good.
func (f *fate) open() bool {
	return f.outcome == "" || f.outcome == "needs_info" || f.outcome == "escalated"
}

func (c *Counts) add(f *fate, overdue bool) {
	c.Received++
	if f.open() {
		c.Open++
		if overdue {
			c.Overdue++
		}
	} else {
		c.Outcomes = counted(c.Outcomes, f.outcome)
	}
	if f.outcome == "refused" {
		c.Refusals = counted(c.Refusals, f.reason)
	}
	switch {
	case f.answered.IsZero():
	case f.byRule:
		c.ByRule++
	default:
		c.ByPeople++
		c.days = append(c.days, int(f.answered.Sub(f.received)/(24*time.Hour)))
	}
}

func counted(counts map[string]int, name string) map[string]int {
	if counts == nil {
		counts = make(map[string]int)
	}
	counts[name]++
	return counts
}

// rank finds the percentiles, by the nearest rank (ISO 16269-4; percentile_disc in SQL).
func (c *Counts) rank() {
	if len(c.days) == 0 {
		return
	}
	slices.Sort(c.days)
	at := func(percent int) *int { return &c.days[(len(c.days)*percent+99)/100-1] }
	c.Median, c.Ninetieth = at(50), at(90)
}

// Read adds the entries of the last signed tree that the Tally has not read yet.
// A log that has become shorter, as that of a restored backup, is read from its beginning.
func (t *Tally) Read(ctx context.Context, db pg.DB) error {
	size, _, err := LatestNote(ctx, db)
	if err != nil {
		return err
	}
	if size < t.size {
		*t = *NewTally()
	}
	for t.size < size {
		if err := t.readSome(ctx, db, size); err != nil {
			return fmt.Errorf("read the log from entry %d: %w", t.size, pg.FaultOf(err))
		}
	}
	return nil
}

func (t *Tally) readSome(ctx context.Context, db pg.DB, size int64) error {
	rows, err := db.Query(ctx, `
		select l.entry
		from log_hashes h
		join log_leaves l on l.id = h.leaf
		where h.level = 0 and h.position >= $1 and h.position < $2
		order by h.position`, t.size, min(size, t.size+batchSize))
	if err != nil {
		return err
	}
	before := t.size
	var text []byte
	_, err = pgx.ForEachRow(rows, []any{&text}, func() error {
		leaf, err := ParseLeaf(text)
		if err == nil {
			t.Add(leaf)
		}
		return err
	})
	if err != nil {
		return err
	}
	if t.size == before {
		return fmt.Errorf("the signed tree of %d entries has none there", size)
	}
	return nil
}

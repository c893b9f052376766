package moderation

import (
	"slices"
	"time"

	"cartoquartiers/internal/accounts"
)

// Ruling is what the policy says of a contribution: decided at once by a named
// rule, or queued for a person.
type Ruling string

// The rulings.
const (
	AcceptNow Ruling = "accept"
	QueueIt   Ruling = "queue"
	RefuseIt  Ruling = "refuse"
)

// Record is what became of an author's contributions so far.
type Record struct {
	Since    time.Time // of the first one; zero when there is none
	Accepted int
	Refused  int
	Pending  int
	Reported int // open reports of others against places as this author made them
}

// Case is all that a policy looks at.
type Case struct {
	Actor     accounts.Actor
	Action    Action
	InScope   bool // the place is in the actor's territory or scope
	Own       bool // the place is a record of the actor's organisation
	Small     bool // an edit that neither moves far nor renames nor changes the category
	Screening Screening
	Record    Record
	Now       time.Time
}

// Rule is one line of a policy: who may do what, where, decided how. Empty
// lists hold for everybody and everything.
type Rule struct {
	Name    string          `json:"name"`
	Roles   []accounts.Role `json:"roles,omitempty"`
	Actions []Action        `json:"actions,omitempty"`
	InScope bool            `json:"in_scope,omitempty"` // holds only in the actor's scope
	Own     bool            `json:"own,omitempty"`      // holds only for the organisation's own records
	Small   bool            `json:"small,omitempty"`    // holds only for small edits
	Trusted *Trust          `json:"trusted,omitempty"`  // holds only for authors with this record
	MaxRisk int             `json:"max_risk,omitempty"` // holds up to this risk; 0 is any
	Ruling  Ruling          `json:"ruling"`
	// SamplePercent of what it accepts is looked at afterwards (Sampled).
	SamplePercent int `json:"sample_percent,omitempty"`
}

// Trust is a record that earns it.
type Trust struct {
	Accepted       int `json:"accepted"`        // at least
	RefusedPercent int `json:"refused_percent"` // less than
	Days           int `json:"days"`            // since the first contribution, at least
}

// Policy is what a town decides by. A town can replace it by a file (ReadPolicy).
type Policy struct {
	Rules  []Rule                  `json:"rules"`  // the first that holds decides; without one a person does
	Quotas map[accounts.Role]Quota `json:"quotas"` // contributions in 24 hours but confirmations; an importer has none
	// ConfirmQuotas are confirmations in 24 hours: one tap, which keeps nobody from proposing something too.
	ConfirmQuotas map[accounts.Role]Quota `json:"confirm_quotas"`
	// Community is what residents' votes need, in a town that asks for them.
	Community Community `json:"community"`
	// Texts are what a moderator's answer begins from, by reason and language, in
	// place of the shipped ones: {"wrong": {"fr": "…", "en": "…"}}.
	Texts map[string]map[string]string `json:"texts,omitempty"`
}

// Quota is how many contributions, or how many confirmations, an author may make in 24 hours.
type Quota struct {
	Day         int `json:"day"`
	PerAccepted int `json:"per_accepted,omitempty"` // more for each accepted one
	Most        int `json:"most,omitempty"`         // with those; 0 is Day
}

// DefaultPolicy accepts at once what agents do in their territory and
// organisations on their own records, and the small changes of residents who have earned it.
// Everything else waits for a person.
var DefaultPolicy = Policy{Rules: defaultRules, Quotas: defaultQuotas, ConfirmQuotas: defaultConfirmQuotas, Community: DefaultCommunity}

var defaultRules = []Rule{
	{Name: "report", Actions: []Action{Report}, Ruling: QueueIt}, // someone looks at each, whoever reports
	{Name: "moderator", Roles: []accounts.Role{accounts.Moderator, accounts.Admin}, InScope: true, Ruling: AcceptNow},
	{Name: "agent_territory", Roles: []accounts.Role{accounts.Agent}, InScope: true, Ruling: AcceptNow, MaxRisk: 79, SamplePercent: 5},
	{Name: "own_record", Roles: []accounts.Role{accounts.Member}, Own: true, Ruling: AcceptNow, MaxRisk: 79, SamplePercent: 5},
	{
		Name: "trusted_confirm", Roles: []accounts.Role{accounts.Resident, accounts.Member}, Actions: []Action{Confirm},
		Trusted: &Trust{Accepted: 5, RefusedPercent: 10, Days: 14}, MaxRisk: 49, Ruling: AcceptNow,
	},
	{
		Name: "trusted_small_edit", Roles: []accounts.Role{accounts.Resident, accounts.Member}, Actions: []Action{Edit}, Small: true,
		Trusted: &Trust{Accepted: 5, RefusedPercent: 10, Days: 14}, MaxRisk: 49, Ruling: AcceptNow,
	},
}

// The largest is enough for a day's walk or a bulk correction; a runaway script is stopped.
var defaultQuotas = map[accounts.Role]Quota{
	accounts.Visitor:   {Day: 5},
	accounts.Resident:  {Day: 20, PerAccepted: 4, Most: 500},
	accounts.Member:    {Day: 20, PerAccepted: 4, Most: 500},
	accounts.Agent:     {Day: 10_000},
	accounts.Moderator: {Day: 10_000},
	accounts.Admin:     {Day: 10_000},
}

// A walk through the neighbourhood passes more places than it finds wrong.
var defaultConfirmQuotas = map[accounts.Role]Quota{
	accounts.Visitor:   {Day: 20},
	accounts.Resident:  {Day: 80, PerAccepted: 4, Most: 500},
	accounts.Member:    {Day: 80, PerAccepted: 4, Most: 500},
	accounts.Agent:     {Day: 10_000},
	accounts.Moderator: {Day: 10_000},
	accounts.Admin:     {Day: 10_000},
}

// Quota is how many contributions an author may make in 24 hours, confirmations and all
// others counted apart: more with each accepted one, half as many with each open
// report, at least one.
func (p Policy) Quota(role accounts.Role, action Action, record Record) int {
	of := p.Quotas[role]
	if action == Confirm {
		of = p.ConfirmQuotas[role]
	}
	quota := min(of.Day+of.PerAccepted*record.Accepted, max(of.Day, of.Most))
	return max(1, quota>>min(record.Reported, 30))
}

// Decide finds the first rule that holds. Without one the contribution is
// queued, and the name is empty. A zone that asks for review overrules every
// rule that accepts, except a moderator's own. Nobody's photo is published before
// somebody else has looked at it.
func (p Policy) Decide(c Case) (Ruling, string) {
	if c.Action == Photo {
		return QueueIt, ""
	}
	for _, rule := range p.Rules {
		if !rule.holds(c) {
			continue
		}
		if rule.Ruling == AcceptNow && c.Screening.ForceReview && !isModerator(c.Actor) {
			return QueueIt, ""
		}
		return rule.Ruling, rule.Name
	}
	return QueueIt, ""
}

func (r Rule) holds(c Case) bool {
	return (len(r.Roles) == 0 || slices.Contains(r.Roles, c.Actor.Role)) &&
		(len(r.Actions) == 0 || slices.Contains(r.Actions, c.Action)) &&
		(!r.InScope || c.InScope) &&
		(!r.Own || c.Own) &&
		(!r.Small || c.Small) &&
		(r.MaxRisk == 0 || c.Screening.Risk <= r.MaxRisk) &&
		(r.Trusted == nil || r.Trusted.earnedBy(c.Record, c.Now))
}

func (t Trust) earnedBy(r Record, now time.Time) bool {
	decided := r.Accepted + r.Refused
	return r.Accepted >= t.Accepted &&
		r.Refused*100 < t.RefusedPercent*decided &&
		!r.Since.IsZero() && now.Sub(r.Since) >= time.Duration(t.Days)*24*time.Hour
}

func isModerator(a accounts.Actor) bool {
	return a.Role == accounts.Moderator || a.Role == accounts.Admin
}

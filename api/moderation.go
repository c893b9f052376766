package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func (s *server) moderationEndpoints() []endpoint {
	const tag = "Moderation"
	file := []representation{{asJSON, contributionFile{}}}
	return []endpoint{
		{
			path: "/api/v1/moderation/contributions", id: "getQueue", tag: tag, summary: "What waits in a moderator's scope, the most urgent first",
			query: []parameter{
				{"state", "States, several by comma; without it what waits for moderators: pending and escalated.", text(), "pending"},
				{"action", "Actions, several by comma.", text(), "create,edit"},
				{"neighbourhood", "Neighbourhood codes, several by comma.", text(), "centre"},
				{"category", "Category ids, several by comma.", text(), "compost,recycling"},
				{"min_risk", "The least risk, 0 to 100.", whole(0, 100, 0), 10},
				{"import", "What an import asks: its number, or `any`.", text(), "any"},
				{"received_before", "What came in before an instant, RFC 3339.", text(), "2026-05-01T00:00:00Z"},
				{"advice", "What residents' votes say: refuse.", oneOf("refuse"), "refuse"},
				{"limit", "Contributions of a page.", whole(1, 200, 50), 10},
				{"after", "Where the page begins; comes from the link `next`.", text(), nil},
			},
			statuses: []int{http.StatusOK}, formats: []representation{{asJSON, queuePage{}}}, handle: s.asActor(s.queue),
		},
		{
			method: http.MethodPost, path: "/api/v1/moderation/next", id: "claimNext", tag: tag, summary: "Take the most urgent contribution that nobody holds, for 15 minutes",
			statuses: []int{http.StatusOK}, formats: file, handle: s.asActor(s.claimNext),
		},
		{
			path: "/api/v1/moderation/contributions/{id}", id: "getContributionFile", tag: tag, summary: "A contribution with all that helps to decide it",
			about:  "The `ETag` is what a decision gives back in `If-Match`. The author's role and record are there, never who it is.",
			inPath: contributionInPath, statuses: []int{http.StatusOK}, formats: file, handle: s.asActor(s.file),
		},
		{
			method: http.MethodPost, path: "/api/v1/moderation/contributions/{id}/decision", id: "decide", tag: tag, summary: "Decide a contribution",
			about: "Outcomes: `accepted` (with `edits` or without), `refused` (with a reason and a message), `needs_info` (with a message), `escalated`. " +
				"`If-Match` must hold the tag that was read: without it 428, after somebody else's change 412, once decided 409. " +
				"409 also lists the fields that changed since the author looked: settle them with `edits`.",
			takes: moderation.Verdict{}, inPath: contributionInPath, headers: []parameter{matchHeader}, statuses: []int{http.StatusOK},
			formats: []representation{{asJSON, contribution{}}}, handle: s.asActor(s.decide),
		},
		{
			method: http.MethodPost, path: "/api/v1/moderation/contributions/{id}/erase", id: "eraseContribution", tag: tag, summary: "Erase what a contribution said",
			about: "For what never became a revision: its proposal and all words about it go, its entries in the log stay, and one says that it was erased. " +
				"A reason and a message to the author are needed; the message stays. `If-Match` as for a decision. What became a revision is erased with it: action `erase`.",
			takes: moderation.EraseOrder{}, inPath: contributionInPath, headers: []parameter{matchHeader}, statuses: []int{http.StatusOK},
			formats: []representation{{asJSON, contribution{}}}, handle: s.asActor(s.eraseContribution),
		},
		{
			method: http.MethodPost, path: "/api/v1/moderation/contributions/{id}/release", id: "release", tag: tag, summary: "Give a contribution back that one has taken",
			inPath: contributionInPath, statuses: []int{http.StatusNoContent}, formats: []representation{{asJSON, nil}}, handle: s.asActor(s.release),
		},
	}
}

// queued is a contribution as the queue lists it.
type queued struct {
	Facts
	Reasons []string            `json:"reasons" doc:"What made the risk, by name"`
	Reports *moderation.Reports `json:"reports,omitempty" doc:"All open reports of the same place, which are one item: deciding it answers all of them"`
}

// Facts are what moderators see of each contribution. The name is exported
// because huma describes no embedded type whose name is not.
type Facts struct {
	ID            int64             `json:"id"`
	Item          string            `json:"item" doc:"Its name in the public log"`
	Action        moderation.Action `json:"action"`
	Place         places.ID         `json:"place,omitempty" doc:"Absent while a creation waits"`
	State         moderation.State  `json:"state"`
	Version       int               `json:"version"`
	Role          accounts.Role     `json:"role" doc:"Of the author; never who"`
	Received      time.Time         `json:"received"`
	Deadline      time.Time         `json:"deadline"`
	Risk          int               `json:"risk" doc:"0 to 100"`
	Neighbourhood string            `json:"neighbourhood,omitempty"`
	Category      string            `json:"category,omitempty"`
	ClaimedUntil  *time.Time        `json:"claimed_until,omitempty" doc:"A moderator holds it until then"`
	Advice        moderation.Advice `json:"advice,omitempty" doc:"refuse: residents contest it; a moderator confirms that or not"`
}

func (s *server) factsOf(c moderation.Contribution) Facts {
	facts := Facts{
		ID: c.ID, Item: c.Item, Action: c.Action, Place: c.Place, State: c.State, Version: c.Version, Role: c.Role,
		Received: c.Received.UTC(), Deadline: c.Deadline.UTC(), Risk: c.Risk, Neighbourhood: c.Neighbourhood, Category: c.Category, Advice: c.Advice,
	}
	if until := c.ClaimedUntil.UTC(); until.After(s.Clock()) {
		facts.ClaimedUntil = &until
	}
	return facts
}

// queuePage is one page of the queue.
type queuePage struct {
	Contributions []queued `json:"contributions"`
	Links         []link   `json:"links"`
}

func (s *server) queue(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	filter, err := r.queueFilter()
	if err != nil {
		return err
	}
	limit, err := r.limit(50, 200)
	if err != nil {
		return err
	}
	after, err := r.queueCursor()
	if err != nil {
		return err
	}
	found, err := moderation.Queue(r.Context(), s.Pool, actor, filter, after, limit+1)
	if err != nil {
		return err
	}
	page := queuePage{Contributions: []queued{}, Links: r.selfAndAlternates(asJSON)}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		cursor := last.Deadline.UTC().Format(time.RFC3339Nano) + "_" + strconv.FormatInt(last.ID, 10)
		page.Links = append(page.Links, link{Href: r.with("after", cursor), Rel: "next", Type: asJSON.MediaType})
	}
	for _, c := range found {
		page.Contributions = append(page.Contributions, queued{s.factsOf(c), c.Screening.Reasons, c.Reports})
	}
	return writeOwn(w, r, http.StatusOK, 0, page)
}

func (r *request) queueFilter() (f moderation.QueueFilter, err error) {
	f = moderation.QueueFilter{
		States: typed[moderation.State](r.list("state")), Actions: typed[moderation.Action](r.list("action")),
		Neighbourhoods: r.list("neighbourhood"), Categories: r.list("category"),
	}
	if _, err := r.states(); err != nil {
		return f, err
	}
	for _, action := range f.Actions {
		if !slices.Contains(moderation.AllActions, action) {
			return f, fault.InvalidField("action", "%q is none of %v", string(action), moderation.AllActions)
		}
	}
	if f.Advice = moderation.Advice(r.values.Get("advice")); f.Advice != "" && f.Advice != moderation.AdviseRefusal {
		return f, fault.InvalidField("advice", "%q is none of %v", string(f.Advice), []moderation.Advice{moderation.AdviseRefusal})
	}
	if given := r.values.Get("received_before"); given != "" {
		if f.ReceivedBefore, err = time.Parse(time.RFC3339, given); err != nil {
			return f, fault.InvalidField("received_before", "%q is not an RFC 3339 instant", given)
		}
	}
	if f.Import, err = moderation.ImportOf(r.values.Get("import")); err != nil {
		return f, err
	}
	risk, err := r.natural("min_risk")
	f.MinRisk = int(min(risk, 101))
	return f, err
}

// states reads the parameter state, of contributions.
func (r *request) states() ([]moderation.State, error) {
	states := typed[moderation.State](r.list("state"))
	for _, state := range states {
		if !slices.Contains(moderation.AllStates, state) {
			return nil, fault.InvalidField("state", "%q is none of %v", string(state), moderation.AllStates)
		}
	}
	return states, nil
}

// queueCursor reads the parameter after: the deadline and id of the last one seen.
func (r *request) queueCursor() (moderation.QueueCursor, error) {
	given := r.values.Get("after")
	if given == "" {
		return moderation.QueueCursor{}, nil
	}
	at, number, _ := strings.Cut(given, "_")
	deadline, errAt := time.Parse(time.RFC3339Nano, at)
	id, errID := strconv.ParseInt(number, 10, 64)
	if errAt != nil || errID != nil {
		return moderation.QueueCursor{}, fault.InvalidField("after", "%q is not from a link of ours", given)
	}
	return moderation.QueueCursor{Deadline: deadline, ID: id}, nil
}

// contributionFile is what a moderator reads before deciding.
type contributionFile struct {
	Facts
	BaseRevision int                     `json:"base_revision,omitempty" doc:"That the author saw"`
	Proposal     moderation.Proposal     `json:"proposal"`
	Current      places.Fields           `json:"current" doc:"The place as it stands, by field"`
	Base         places.Fields           `json:"base" doc:"The place as the author saw it, by field"`
	Differing    []moderation.Difference `json:"differing" doc:"What the proposal changes, by field"`
	MovedMetres  float64                 `json:"moved_metres" doc:"How far it moves the place"`
	Lookalikes   []moderation.Lookalike  `json:"lookalikes" doc:"Places that may be the same"`
	Screening    moderation.Screening    `json:"screening"`
	Record       authorRecord            `json:"record"`
	Conversation []moderation.Said       `json:"conversation" doc:"What was answered and said, the oldest first"`
	Votes        moderation.Votes        `json:"votes" doc:"Of residents, where the town asks them"`
	Reports      []moderation.Reported   `json:"reports,omitempty" doc:"All open reports of the same place; the decision answers all of them but your own"`
}

// authorRecord is what became of an author's contributions so far; a visitor has none.
type authorRecord struct {
	Accepted int `json:"accepted"`
	Refused  int `json:"refused"`
	Pending  int `json:"pending"`
}

func (s *server) file(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	return s.writeFile(w, r, actor, id)
}

func (s *server) claimNext(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	claimed, err := moderation.Claim(r.Context(), s.Pool, actor, s.Clock())
	if err != nil {
		return err
	}
	w.Header().Set("Location", r.base+"/api/v1/moderation/contributions/"+strconv.FormatInt(claimed.ID, 10))
	return s.writeFile(w, r, actor, claimed.ID)
}

func (s *server) writeFile(w http.ResponseWriter, r *request, actor accounts.Actor, id int64) error {
	file, err := moderation.Open(r.Context(), s.Pool, actor, id)
	if err != nil {
		return err
	}
	lookalikes := file.Screening.Lookalikes
	if lookalikes == nil {
		lookalikes = []moderation.Lookalike{}
	}
	return writeOwn(w, r, http.StatusOK, file.Version, contributionFile{
		Facts: s.factsOf(file.Contribution), BaseRevision: file.BaseRevision, Proposal: file.Proposal,
		Current: file.Current, Base: file.Base, Differing: file.Differing,
		MovedMetres: file.Screening.MovedMetres, Lookalikes: lookalikes, Screening: file.Screening,
		Record:       authorRecord{file.Record.Accepted, file.Record.Refused, file.Record.Pending},
		Conversation: file.Conversation, Votes: file.Votes, Reports: file.Reported,
	})
}

func (s *server) decide(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	verdict := moderation.Verdict{}
	var err error
	if verdict.ID, verdict.Version, err = r.said(&verdict); err != nil {
		return err
	}
	decision, err := s.Road.Decide(r.Context(), s.Pool, actor, verdict, s.Clock())
	if err != nil {
		return explained(err)
	}
	if err := s.Snapshot.WaitFor(r.Context(), decision.Seq); err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, decision.Contribution.Version, decided(decision))
}

func (s *server) eraseContribution(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	order := moderation.EraseOrder{}
	var err error
	if order.ID, order.Version, err = r.said(&order); err != nil {
		return err
	}
	erased, err := moderation.EraseContribution(r.Context(), s.Pool, actor, order, s.Clock())
	if err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, erased.Version, contributionOf(erased))
}

// said reads what a moderator says of a contribution into what: the contribution
// stands in the path, the version that was read in If-Match, the rest in the body.
func (r *request) said(what any) (id int64, version int, err error) {
	if id, err = contributionID(r); err != nil {
		return 0, 0, err
	}
	if version, err = r.version(); err != nil {
		return 0, 0, err
	}
	return id, version, decode(r, what)
}

// decided is the contribution without the receipt, which is its author's.
func decided(d moderation.Decision) contribution {
	c := contributionOf(d.Contribution)
	c.Receipt = ""
	return c
}

// version is the one that If-Match names (RFC 9110, 13.1.1). A tag that is none
// of ours is that of no version, 0, and so stale.
func (r *request) version() (int, error) {
	given := r.Header.Get("If-Match")
	if given == "" {
		return 0, fault.New(fault.Unconditional, "name the version that you read: If-Match with its ETag")
	}
	version, err := strconv.Atoi(strings.Trim(given, `"`))
	if err != nil {
		return 0, nil //nolint:nilerr // said above
	}
	return version, nil
}

func (s *server) release(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	if err := moderation.Release(r.Context(), s.Pool, actor, id); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

var contributionInPath = []parameter{{"id", "The number of the contribution", text(), nil}}

// message is a text beside a contribution.
type message struct {
	Message string `json:"message" doc:"1 to 2000 characters"`
}

func (s *server) contributionEndpoints() []endpoint {
	const tag = "Contributions"
	answers := []representation{{asJSON, contribution{}}}
	return []endpoint{
		{
			method: http.MethodPost, path: "/api/v1/contributions", id: "contribute", tag: tag, summary: "Propose a change to one place",
			about: "Anybody can, with or without a token. 201 when a named rule accepted it at once, 202 while it waits for a moderator. With the header `Idempotency-Key` (a UUID) " +
				"the same request again gives the first answer. The answer holds the receipt: keep it, it proves what you sent and when. " +
				"Without a token it also holds `secret`: with `Authorization: Bearer` and that secret, and with nothing else, one comes back to this contribution. " +
				"409 lists the places that look like the one to be created: send their ids in `distinct` if it is another. " +
				"A creation can come with a photo, sent to `/api/v1/photos` before: `photo`, `alt` and `licence`. It waits with the place; once that is accepted, by a rule or a moderator, " +
				"it waits as a contribution of its own (`photo_contribution`, which the same `secret` opens) and is decided by a moderator. Where the place is not accepted, it goes.",
			headers: []parameter{keyHeader},
			takes:   moderation.Submission{}, statuses: []int{http.StatusCreated, http.StatusAccepted}, formats: answers, handle: s.contribute,
		},
		{
			path: "/api/v1/contributions", id: "getOwnContributions", tag: tag, summary: "One's own contributions, the newest first",
			query: []parameter{
				{"mine", "Says it aloud: only one's own are ever listed.", oneOf("", "true"), "true"},
				{"state", "States, several by comma.", text(), "pending,needs_info"},
				{"limit", "Contributions of a page.", whole(1, 200, 50), 10},
				{"before", "Where the page begins; comes from the link `next`.", number(), nil},
			},
			statuses: []int{http.StatusOK}, formats: []representation{{asJSON, ownPage{}}}, handle: s.asActor(s.ownContributions),
		},
		{
			path: "/api/v1/contributions/{id}", id: "getContribution", tag: tag, summary: "One's own contribution, with what was answered",
			about:  "For its author: with the token that sent it, or with the `secret` that came with the answer. To everybody else it is absent.",
			inPath: contributionInPath, statuses: []int{http.StatusOK}, formats: answers, handle: s.asAuthor(s.ownContribution),
		},
		{
			method: http.MethodPost, path: "/api/v1/contributions/{id}/withdraw", id: "withdraw", tag: tag, summary: "Take one's own contribution back",
			inPath: contributionInPath, statuses: []int{http.StatusOK}, formats: answers, handle: s.asAuthor(s.withdraw),
		},
		{
			method: http.MethodPost, path: "/api/v1/contributions/{id}/answer", id: "answer", tag: tag, summary: "Answer a moderator's question",
			takes: message{}, inPath: contributionInPath, statuses: []int{http.StatusOK}, formats: answers, handle: s.asAuthor(s.saying(s.Road.Answer)),
		},
		{
			method: http.MethodPost, path: "/api/v1/contributions/{id}/appeal", id: "appeal", tag: tag, summary: "Ask somebody else to look at a refusal, once",
			takes: message{}, inPath: contributionInPath, statuses: []int{http.StatusOK}, formats: answers, handle: s.asAuthor(s.saying(s.Road.Appeal)),
		},
	}
}

// contribution is what an author is told of a contribution.
type contribution struct {
	ID       int64             `json:"id"`
	Item     string            `json:"item" doc:"Its name in the public log"`
	Action   moderation.Action `json:"action"`
	State    moderation.State  `json:"state"`
	Version  int               `json:"version"`
	Rule     string            `json:"rule,omitempty" doc:"The rule that decided it at once"`
	Place    places.ID         `json:"place,omitempty"`
	Revision int               `json:"revision,omitempty" doc:"Of the place, that it became"`
	Deadline time.Time         `json:"deadline" doc:"Until when it will be decided"`
	Receipt  string            `json:"receipt,omitempty" doc:"A signed promise; keep it"`
	Secret   string            `json:"secret,omitempty" doc:"Opens this contribution to who sent it without a token; given once, keep it to yourself"`
	// Lookalikes are a warning, in the answer to a creation.
	Lookalikes []moderation.Lookalike `json:"lookalikes,omitempty" doc:"Places nearby that may be the same: withdraw yours if it is one of them"`
	// What follows is there when the contribution is read again.
	Received     *time.Time           `json:"received,omitempty"`
	Proposal     *moderation.Proposal `json:"proposal,omitempty"`
	Photo        int64                `json:"photo_contribution,omitempty" doc:"The contribution that the photo of a creation became, once its place was accepted"`
	Conversation []moderation.Said    `json:"conversation,omitempty" doc:"What was answered and said, the oldest first"`
}

func contributionOf(c moderation.Contribution) contribution {
	return contribution{
		ID: c.ID, Item: c.Item, Action: c.Action, State: c.State, Version: c.Version, Rule: c.Rule,
		Place: c.Place, Revision: c.Revision, Deadline: c.Deadline.UTC(), Receipt: c.Receipt,
	}
}

func (s *server) contribute(w http.ResponseWriter, r *request) error {
	actor, err := s.actor(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, moderation.MaxSubmission+1)) // one more, to be seen as too much
	if err != nil {
		return err
	}
	submission, err := moderation.DecodeSubmission(bytes.NewReader(body))
	if err != nil {
		return err
	}
	received, err := s.Road.Submit(r.Context(), s.Intake, actor, submission, moderation.Envelope{
		Key: r.Header.Get("Idempotency-Key"), Body: body, Now: s.Clock(),
	})
	if err != nil {
		return explained(err)
	}
	return s.writeReceived(w, r, received, contributionAt)
}

// contributionAt is where a contribution can be read again.
func contributionAt(received moderation.Received) string {
	return "/api/v1/contributions/" + strconv.FormatInt(received.ID, 10)
}

// writeReceived answers who has proposed something: 201 once it is accepted, and
// shown by this server, 202 while it waits. What was accepted is at accepted(received).
func (s *server) writeReceived(w http.ResponseWriter, r *request, received moderation.Received, accepted func(moderation.Received) string) error {
	status, location := http.StatusAccepted, contributionAt(received)
	if received.State == moderation.Accepted {
		status, location = http.StatusCreated, accepted(received)
		if err := s.Snapshot.WaitFor(r.Context(), received.Seq); err != nil {
			return err
		}
	}
	w.Header().Set("Location", r.base+location)
	return writeOwn(w, r, status, received.Version, contribution{
		ID: received.ID, Item: received.Item, Action: received.Action, State: received.State, Version: received.Version, Rule: received.Rule,
		Place: received.Place, Revision: received.Revision, Deadline: received.Deadline.UTC(), Receipt: received.Receipt, Secret: received.Secret,
		Lookalikes: received.Lookalikes,
	})
}

// explained shows what a person must see to go on: the look-alikes, or the fields in conflict.
func explained(err error) error {
	var refused *fault.Error
	if !errors.As(err, &refused) {
		return err
	}
	shown := *refused
	var ask *moderation.LookalikesError
	var conflict *moderation.MergeConflictError
	switch {
	case errors.As(err, &ask):
		for _, one := range ask.Lookalikes {
			shown.Fields = append(shown.Fields, fault.Field{Name: "/distinct", Message: strconv.FormatInt(int64(one.Place), 10) + " " + one.Name})
		}
	case errors.As(err, &conflict):
		for _, one := range conflict.Conflicts {
			shown.Fields = append(shown.Fields, fault.Wrong("/edits/"+one.Field,
				"base %s, theirs %s, ours %s", string(one.Base), string(one.Theirs), string(one.Ours)))
		}
	default:
		return err
	}
	return &shown
}

func (s *server) ownContribution(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	c, conversation, err := moderation.FindOwn(r.Context(), s.Pool, actor, id)
	if err != nil {
		return err
	}
	whole, received := contributionOf(c), c.Received.UTC()
	whole.Received, whole.Proposal, whole.Conversation = &received, &c.Proposal, conversation
	if whole.Photo, err = moderation.PhotoProposal(r.Context(), s.Pool, c); err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, c.Version, whole)
}

// ownPage is one page of one's own contributions.
type ownPage struct {
	Contributions []contribution `json:"contributions"`
	Links         []link         `json:"links"`
}

func (s *server) ownContributions(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	if mine := r.values.Get("mine"); mine != "" && mine != "true" {
		return fault.InvalidField("mine", "%q is none of %v", mine, []string{"true"})
	}
	states, err := r.states()
	if err != nil {
		return err
	}
	limit, err := r.limit(50, 200)
	if err != nil {
		return err
	}
	before, err := r.natural("before")
	if err != nil {
		return err
	}
	found, err := moderation.Own(r.Context(), s.Pool, actor, states, before, limit+1)
	if err != nil {
		return err
	}
	page := ownPage{Contributions: []contribution{}, Links: r.selfAndAlternates(asJSON)}
	if len(found) > limit {
		found = found[:limit]
		next := r.with("before", strconv.FormatInt(found[limit-1].ID, 10))
		page.Links = append(page.Links, link{Href: next, Rel: "next", Type: asJSON.MediaType})
	}
	for _, c := range found {
		received := c.Received.UTC()
		one := contributionOf(c)
		one.Received = &received
		page.Contributions = append(page.Contributions, one)
	}
	return writeOwn(w, r, http.StatusOK, 0, page)
}

func (s *server) withdraw(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	c, err := moderation.Withdraw(r.Context(), s.Pool, actor, id, s.Clock())
	if err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, c.Version, contributionOf(c))
}

// saying handles what an author says about their contribution.
func (s *server) saying(
	say func(context.Context, pg.DB, accounts.Actor, int64, string, time.Time) (moderation.Contribution, error),
) func(http.ResponseWriter, *request, accounts.Actor) error {
	return func(w http.ResponseWriter, r *request, actor accounts.Actor) error {
		id, err := contributionID(r)
		if err != nil {
			return err
		}
		var given message
		if err := decode(r, &given); err != nil {
			return err
		}
		c, err := say(r.Context(), s.Pool, actor, id, given.Message, s.Clock())
		if err != nil {
			return err
		}
		return writeOwn(w, r, http.StatusOK, c.Version, contributionOf(c))
	}
}

// contributionID reads the number in the path.
func contributionID(r *request) (int64, error) {
	given := mux.Vars(r.Request)["id"]
	id, err := strconv.ParseInt(given, 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.Wrap(fault.NotFound, err, "there is no contribution %s", given)
	}
	return id, nil
}

// decode reads one JSON object, strictly.
func decode(r *request, into any) error {
	decoder := json.NewDecoder(io.LimitReader(r.Body, moderation.MaxSubmission))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fault.Wrap(fault.Invalid, err, "the body must be the JSON object that the contract describes")
	}
	return nil
}

// writeOwn answers what is for the caller alone, with its version as the tag.
func writeOwn(w http.ResponseWriter, r *request, status, version int, value any) error {
	body, err := marshal(value)
	if err != nil {
		return err
	}
	body = append(body, '\n')
	header := w.Header()
	header.Set("Content-Type", asJSON.MediaType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if version > 0 {
		header.Set("ETag", strconv.Quote(strconv.Itoa(version)))
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller left: nobody to tell
	}
	return nil
}

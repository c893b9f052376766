package api

import (
	"net/http"
	"strconv"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func (s *server) communityEndpoints() []endpoint {
	const tag = "Contributions"
	return []endpoint{
		{
			path: "/api/v1/proposals", id: "getProposals", tag: tag, summary: "What waits and residents can vote on, the newest first",
			about: "For residents and members of associations, where the town asks for votes (`serve --community`); elsewhere 403. It holds what would become public, " +
				"never who proposes it nor what they wrote beside it, and no counts, so that nobody votes after the others.",
			query: []parameter{
				{"neighbourhood", "Code of a neighbourhood.", text(), "centre"},
				{"limit", "Proposals of a page.", whole(1, 200, 50), 10},
				{"before", "Where the page begins; comes from the link `next`.", number(), nil},
			},
			statuses: []int{http.StatusOK}, formats: []representation{{asJSON, proposalPage{}}}, handle: s.asActor(s.proposals),
		},
		{
			method: http.MethodPut, path: "/api/v1/contributions/{id}/vote", id: "vote", tag: tag, summary: "Confirm or contest what somebody else proposes",
			about: "One vote each; the last one counts, until it is decided. After 48 hours, 3 votes for and at most 1 against accept it (rule `community`); 3 against and at most 1 for " +
				"mark it for a moderator, who confirms the refusal or not; 3 of both escalate it; the town's policy may have other numbers. 404 for what is not open to votes.",
			takes: vote{}, inPath: contributionInPath, statuses: []int{http.StatusOK}, formats: []representation{{asJSON, vote{}}}, handle: s.asActor(s.vote),
		},
	}
}

// vote is a resident's answer to a proposal.
type vote struct {
	Confirms bool `json:"confirms" doc:"true: it is right; false: it is not"`
}

// proposalPage is one page of what can be voted on.
type proposalPage struct {
	Proposals []proposed `json:"proposals"`
	Links     []link     `json:"links"`
}

// proposed is what a voter reads of a contribution.
type proposed struct {
	ID            int64             `json:"id"`
	Action        moderation.Action `json:"action"`
	Place         places.ID         `json:"place,omitempty" doc:"Absent for a new one"`
	BaseRevision  int               `json:"base_revision,omitempty" doc:"Of the place, that the proposal was made on"`
	Neighbourhood string            `json:"neighbourhood,omitempty"`
	Category      string            `json:"category,omitempty"`
	Received      time.Time         `json:"received"`
	Changes       places.Fields     `json:"changes" doc:"Fields as they would be published; null removes one"`
	Confirms      *bool             `json:"confirms,omitempty" doc:"Your own vote so far"`
}

func (s *server) proposals(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	limit, err := r.limit(50, 200)
	if err != nil {
		return err
	}
	before, err := r.natural("before")
	if err != nil {
		return err
	}
	found, err := s.Road.Proposals(r.Context(), s.Pool, actor, r.values.Get("neighbourhood"), before, limit+1)
	if err != nil {
		return err
	}
	page := proposalPage{Proposals: []proposed{}, Links: r.selfAndAlternates(asJSON)}
	if len(found) > limit {
		found = found[:limit]
		next := r.with("before", strconv.FormatInt(found[limit-1].ID, 10))
		page.Links = append(page.Links, link{Href: next, Rel: "next", Type: asJSON.MediaType})
	}
	for _, p := range found {
		p.Received = p.Received.UTC()
		page.Proposals = append(page.Proposals, proposed(p))
	}
	return writeOwn(w, r, http.StatusOK, 0, page)
}

func (s *server) vote(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	var given vote
	if err := decode(r, &given); err != nil {
		return err
	}
	if err := s.Road.Vote(r.Context(), s.Pool, actor, id, given.Confirms, s.Clock()); err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, 0, given)
}

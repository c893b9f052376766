package api

import (
	"net/http"
	"strconv"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

func (s *server) reviewEndpoints() []endpoint {
	const tag = "Moderation"
	return []endpoint{
		{
			path: "/api/v1/moderation/reviews", id: "getReviews", tag: tag, summary: "What rules accepted and someone should look at, in a moderator's scope, the oldest first",
			about: "A part of what agents and organisations change at once is chosen by chance; it stays published meanwhile.",
			query: []parameter{
				{"limit", "Contributions of a page.", whole(1, 200, 50), 10},
				{"after", "Where the page begins; comes from the link `next`.", text(), nil},
			},
			statuses: []int{http.StatusOK}, formats: []representation{{asJSON, queuePage{}}}, handle: s.asActor(s.reviews),
		},
		{
			method: http.MethodPost, path: "/api/v1/moderation/reviews/{id}", id: "review", tag: tag, summary: "Say that it is right, or undo it",
			about: "`{\"verdict\": \"ok\"}`, or `{\"verdict\": \"revert\", \"reason\": \"wrong\", \"message\": \"…\"}`: what nobody has changed since goes back, by a contribution of the moderator. " +
				"409 when nothing can.",
			takes: moderation.ReviewVerdict{}, inPath: contributionInPath, statuses: []int{http.StatusOK},
			formats: []representation{{asJSON, moderation.UndoItem{}}}, handle: s.asActor(s.review),
		},
	}
}

func (s *server) reviews(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	limit, err := r.limit(50, 200)
	if err != nil {
		return err
	}
	var after int64
	if given := r.values.Get("after"); given != "" {
		if after, err = strconv.ParseInt(given, 10, 64); err != nil {
			return fault.InvalidField("after", "%q is not from a link of ours", given)
		}
	}
	found, err := moderation.Reviews(r.Context(), s.Pool, actor, after, limit+1)
	if err != nil {
		return err
	}
	page := queuePage{Contributions: []queued{}, Links: r.selfAndAlternates(asJSON)}
	if len(found) > limit {
		found = found[:limit]
		page.Links = append(page.Links, link{Href: r.with("after", strconv.FormatInt(found[limit-1].ID, 10)), Rel: "next", Type: asJSON.MediaType})
	}
	for _, c := range found {
		page.Contributions = append(page.Contributions, queued{Facts: s.factsOf(c), Reasons: c.Screening.Reasons})
	}
	return writeOwn(w, r, http.StatusOK, 0, page)
}

func (s *server) review(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	var given moderation.ReviewVerdict
	if err := decode(r, &given); err != nil {
		return err
	}
	given.ID = id
	item, seq, err := s.Road.Review(r.Context(), s.Pool, actor, given, s.Clock())
	if err != nil {
		return err
	}
	if err := s.Snapshot.WaitFor(r.Context(), seq); err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, 0, item)
}

package api

import (
	"net/http"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
)

func (s *server) bulkEndpoints() []endpoint {
	return []endpoint{{
		method: http.MethodPost, path: "/api/v1/moderation/decisions", id: "decideSeveral", tag: "Moderation",
		summary: "Accept or refuse up to 100 contributions alike",
		about: "Each is decided by itself, as `POST …/{id}/decision` would with its version in `If-Match`: the answer lists each with its own status " +
			"(200, 403, 404, 409, 412), and what cannot be decided leaves the others decided. More than 100, or a refusal without reason and message, is 400, and nothing is decided.",
		takes: severalVerdicts{}, statuses: []int{http.StatusOK},
		formats: []representation{{asJSON, severalAnswers{}}}, handle: s.asActor(s.decideSeveral),
	}}
}

// severalVerdicts is one verdict on several contributions.
type severalVerdicts struct {
	Contributions []moderation.Seen `json:"contributions" doc:"1 to 100"`
	Outcome       moderation.State  `json:"outcome" doc:"accepted or refused"`
	Reason        string            `json:"reason,omitempty" doc:"A code; needed to refuse"`
	Message       string            `json:"message,omitempty" doc:"To the authors; needed to refuse"`
}

// severalAnswers has one answer for each, in the order of the request.
type severalAnswers struct {
	Results []oneAnswer `json:"results"`
}

// oneAnswer is what the decision alone would have answered.
type oneAnswer struct {
	ID           int64            `json:"id"`
	Status       int              `json:"status" doc:"200, 403, 404, 409 or 412"`
	Contribution *contribution    `json:"contribution,omitempty" doc:"As it stands after it was decided"`
	Problem      *httpkit.Details `json:"problem,omitempty" doc:"Why it was not decided"`
}

func (s *server) decideSeveral(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	var given severalVerdicts
	if err := decode(r, &given); err != nil {
		return err
	}
	verdict := moderation.Verdict{Outcome: given.Outcome, Reason: given.Reason, Message: given.Message}
	results, err := s.Road.DecideEach(r.Context(), s.Pool, actor, verdict, given.Contributions, s.Clock())
	if err != nil {
		return err
	}
	answers := severalAnswers{Results: make([]oneAnswer, len(results))}
	var seq int64
	for i, result := range results {
		seq = max(seq, result.Decision.Seq)
		answers.Results[i] = r.answerTo(result)
	}
	if err := s.Snapshot.WaitFor(r.Context(), seq); err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, 0, answers)
}

func (r *request) answerTo(result moderation.Result) oneAnswer {
	if result.Err != nil {
		problem := httpkit.DetailsOf(r.Request, explained(result.Err))
		return oneAnswer{ID: result.ID, Status: problem.Status, Problem: &problem}
	}
	done := decided(result.Decision)
	return oneAnswer{ID: result.ID, Status: http.StatusOK, Contribution: &done}
}

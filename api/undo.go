package api

import (
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

func (s *server) undoEndpoints() []endpoint {
	const tag = "Moderation"
	answer := []representation{{asJSON, undo{}}}
	return []endpoint{
		{
			method: http.MethodPost, path: "/api/v1/moderation/contributions/{id}/undo-author", id: "undoAuthor", tag: tag,
			summary: "Undo everything by the author of a contribution",
			about: "What is still as the author left it goes back to what it was, by new revisions, each in the public log; a place that only the author made is hidden " +
				"(`refused`); what others have changed since stays, and `items` says why. 200 when it is done, 202 with its address while it goes on: after the first 50 the server does the rest. " +
				"A visitor is known by their address for 30 days; after that the contribution alone is undone.",
			takes: undoOrder{}, inPath: contributionInPath, statuses: []int{http.StatusOK, http.StatusAccepted},
			formats: answer, handle: s.asActor(s.undoAuthor),
		},
		{
			path: "/api/v1/moderation/undos/{id}", id: "getUndo", tag: tag, summary: "What became of an order to undo",
			about:  "For whoever gave the order, and admins.",
			inPath: []parameter{{"id", "The number of the order", text(), nil}}, statuses: []int{http.StatusOK},
			formats: answer, handle: s.asActor(s.undo),
		},
	}
}

// undoOrder says why.
type undoOrder struct {
	Reason  string `json:"reason" doc:"A code, as for refusals"`
	Message string `json:"message" doc:"To whom it concerns; 1 to 2000 characters"`
}

// undo is what became of an order so far.
type undo struct {
	ID           int64                 `json:"id"`
	Contribution int64                 `json:"contribution" doc:"That named the author"`
	Reason       string                `json:"reason"`
	Finished     bool                  `json:"finished"`
	Reverted     int                   `json:"reverted" doc:"Contributions undone, wholly or in part"`
	Hidden       int                   `json:"hidden" doc:"Places hidden that only the author made"`
	Kept         int                   `json:"kept" doc:"Contributions of which nothing was undone"`
	Items        []moderation.UndoItem `json:"items" doc:"The newest contribution first, at most 1000"`
}

func (s *server) undoAuthor(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	var given undoOrder
	if err := decode(r, &given); err != nil {
		return err
	}
	order := moderation.UndoOrder{Contribution: id, Reason: given.Reason, Message: given.Message}
	found, err := s.Road.UndoAuthor(r.Context(), s.Pool, actor, order, s.Clock())
	if err != nil {
		return err
	}
	if err := s.Snapshot.WaitFor(r.Context(), found.Seq); err != nil {
		return err
	}
	w.Header().Set("Location", r.base+"/api/v1/moderation/undos/"+strconv.FormatInt(found.ID, 10))
	status := http.StatusAccepted
	if found.Finished {
		status = http.StatusOK
	}
	return writeOwn(w, r, status, 0, undoOf(found))
}

func undoOf(u moderation.Undo) undo {
	return undo{
		ID: u.ID, Contribution: u.Contribution, Reason: u.Reason, Finished: u.Finished,
		Reverted: u.Reverted, Hidden: u.Hidden, Kept: u.Kept, Items: u.Items,
	}
}

func (s *server) undo(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	given := mux.Vars(r.Request)["id"]
	id, err := strconv.ParseInt(given, 10, 64)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "there is no undo %s", given)
	}
	found, err := moderation.FindUndo(r.Context(), s.Pool, actor, id)
	if err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, 0, undoOf(found))
}

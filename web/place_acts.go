package web

import (
	"net/http"
	"strconv"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// revertForm goes back to an earlier revision.
type revertForm struct {
	Revision, Base int
	Key            string
	Reasons        []option
	Message        string
	Error          string
}

// hideForm takes a place off the map, or puts it back.
type hideForm struct {
	Base    int
	Key     string
	Reasons []option
	Message string
	Error   string
}

// actOnPlace is what a moderator does with a whole place: go back to a revision,
// take it off the map, put it back.
func (s *site) actOnPlace(r *http.Request, actor accounts.Actor, id places.ID) (moderation.Received, error) {
	if err := readForm(r); err != nil {
		return moderation.Received{}, err
	}
	revision, _ := strconv.Atoi(r.PostFormValue("revision")) // 0 is refused with its reason
	base, _ := strconv.Atoi(r.PostFormValue("base_revision"))
	submission := moderation.Submission{
		Action: moderation.Revert, PlaceID: id, BaseRevision: base, Reason: r.PostFormValue("reason"), Message: r.PostFormValue("message"),
	}
	switch action := moderation.Action(r.PostFormValue("action")); action {
	case moderation.Hide:
		submission.Action, submission.Face = action, r.PostFormValue("face")
	case moderation.Restore:
		submission.Action = action
	default:
		submission.Revision = revision
	}
	return s.submit(r, actor, submission, r.PostFormValue("key"))
}

// hiddenHistory is what stands at the story of a place that is not on the map: its
// face, and for moderators the way back.
func (v *view) hiddenHistory(r *http.Request, actor accounts.Actor, id places.ID, failed error) (answer, error) {
	found, err := v.offTheMap(r.Context(), id)
	page, hidden := found.data.(hiddenPage)
	if err != nil || !hidden || moderation.AllowedToModerate(actor, moderation.Object{}) != nil {
		if failed != nil {
			err = failed
		}
		return found, err
	}
	live, err := places.FindLive(r.Context(), v.site.Pool, []places.ID{id})
	if err != nil {
		return answer{}, err
	}
	page.Restore = &hideForm{Base: live[id].Revision, Key: newKey(), Reasons: v.reasons(r.PostFormValue("reason"))}
	if failed != nil {
		said := v.faultOf(r, failed)
		page.Restore.Error, page.Restore.Message = said.text(), r.PostFormValue("message")
	}
	found.data, found.private = page, true
	return found, nil
}

// reasons are the codes one chooses from.
func (v *view) reasons(chosen string) []option {
	var all []option
	for _, code := range moderation.Reasons {
		all = append(all, option{code, v.reasonText(code), code == chosen})
	}
	return all
}

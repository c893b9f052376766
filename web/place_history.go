package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// historyPage is the story of a place, and the comparison of two of its revisions.
type historyPage struct {
	ID        places.ID
	Name      string
	Live      int // number of the live revision
	Revisions []toldRevision
	Older     string // URL of the revisions before these
	Compared  *comparison
	Hide      *hideForm // for moderators
	Numbers   []int     // that can be chosen to compare
}

// toldRevision is a revision with how it came about.
type toldRevision struct {
	revisionText
	Who     string // the author's role
	Told    string // the whole in a sentence; empty where it is not known who did it
	How     string // the rule or the person that decided
	LogURL  string // of its entry in the public log; empty where there is none
	Compare string // URL of its comparison with the live one
}

func pathID(r *http.Request) (places.ID, error) {
	number, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "place numbers are not that long")
	}
	return places.ID(number), nil
}

func historyPath(id places.ID) string { return placePath(id) + "/historique" }

// revisionsShown is how many revisions a page of the story tells.
const revisionsShown = 30

// showHistory tells the whole story of a place; a POST of a moderator goes back to
// an earlier revision.
func (s *site) showHistory(r *http.Request, v *view) (answer, error) {
	id, err := pathID(r)
	if err != nil {
		return answer{}, err
	}
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	sent, failed := moderation.Received{}, error(nil)
	if r.Method == http.MethodPost {
		if sent, failed = s.actOnPlace(r, actor, id); failed == nil && sent.State == moderation.Accepted {
			return answer{seeOther: v.Link(historyPath(id))}, nil
		}
		if failed != nil && !fault.Is(failed, fault.Invalid) && !fault.Is(failed, fault.Conflict) {
			return answer{}, failed
		}
	}
	page, err := s.historyOf(r, v, actor, id)
	if fault.Is(err, fault.NotFound) {
		return v.hiddenHistory(r, actor, id, failed)
	}
	if err != nil {
		return answer{}, err
	}
	status := http.StatusOK
	if failed != nil {
		said := v.faultOf(r, failed)
		switch status = said.status; {
		case r.PostFormValue("action") == string(moderation.Hide) && page.Hide != nil:
			page.Hide.Error, page.Hide.Message = said.text(), r.PostFormValue("message")
		case page.Compared != nil && page.Compared.Revert != nil:
			page.Compared.Revert.Error, page.Compared.Revert.Message = said.text(), r.PostFormValue("message")
		default:
			return answer{}, failed
		}
	}
	return answer{
		template: "history", title: v.T("history.of", "name", page.Name), data: page, status: status, private: actor.User != 0,
	}, nil
}

func (s *site) historyOf(r *http.Request, v *view, actor accounts.Actor, id places.ID) (historyPage, error) {
	ctx, view := r.Context(), s.Snapshot.View()
	page := historyPage{ID: id}
	t, err := s.town(ctx, view)
	if err != nil {
		return page, err
	}
	found, ok := view.Find(id)
	if !ok {
		return page, fault.New(fault.NotFound, "there is no place %d", id)
	}
	p, err := readPublished(found)
	if err != nil {
		return page, err
	}
	page.Name, page.Live = s.title(p, v.Language), p.Revision
	if err := v.tellRevisions(ctx, t, &page); err != nil {
		return page, err
	}
	mayAct := moderation.AllowedToModerate(actor, moderation.Object{Neighbourhood: p.Neighbourhood, Group: p.Group}) == nil
	if mayAct {
		page.Hide = &hideForm{Base: page.Live, Key: newKey(), Reasons: v.reasons(r.PostFormValue("reason"))}
	}
	page.Compared, err = v.compared(r, page)
	if err != nil || page.Compared == nil || page.Compared.Erased {
		return page, err
	}
	if page.Compared.From != page.Live && mayAct {
		page.Compared.Revert = &revertForm{
			Revision: page.Compared.From, Base: page.Live, Key: newKey(), Reasons: v.reasons(r.PostFormValue("reason")),
		}
	}
	return page, nil
}

func (v *view) tellRevisions(ctx context.Context, t *town, page *historyPage) error {
	before, err := v.number("before", 0)
	if err != nil {
		return err
	}
	revisions, err := places.Revisions(ctx, v.site.Pool, page.ID, before, revisionsShown+1) // one more, to compare with
	if err != nil {
		return err
	}
	texts, err := v.revisionTexts(t, page.ID, revisions, revisionsShown)
	if err != nil {
		return err
	}
	for i, text := range texts {
		told := toldRevision{revisionText: text}
		if i+1 < len(revisions) {
			if told.Move, err = v.move(ctx, revisions[i+1], revisions[i]); err != nil {
				return err
			}
		}
		if text.Number != page.Live {
			told.Compare = v.Link(historyPath(page.ID), "from", text.Number, "to", page.Live) + "#compared"
		}
		page.Revisions = append(page.Revisions, told)
	}
	if len(revisions) > len(texts) {
		page.Older = v.Link(historyPath(page.ID), "before", texts[len(texts)-1].Number)
	}
	for n := page.Live; n > 0 && len(page.Numbers) < 500; n-- {
		page.Numbers = append(page.Numbers, n)
	}
	return v.tellCauses(ctx, page)
}

// number reads a whole number from 0 of the query.
func (v *view) number(name string, otherwise int) (int, error) {
	given := v.request.Query().Get(name)
	if given == "" {
		return otherwise, nil
	}
	number, err := strconv.Atoi(given)
	if err != nil || number < 0 || number > 1<<31-1 {
		return 0, fault.InvalidField(name, "%q is not a whole number from 0", given)
	}
	return number, nil
}

// tellCauses adds to each revision who proposed it, how it was decided, and where
// the public log says so.
func (v *view) tellCauses(ctx context.Context, page *historyPage) error {
	var numbers []int
	for _, one := range page.Revisions {
		numbers = append(numbers, one.Number)
	}
	causes, err := moderation.Causes(ctx, v.site.Pool, page.ID, numbers)
	if err != nil {
		return err
	}
	entries, err := v.entriesOf(ctx, page.ID, causes)
	if err != nil {
		return err
	}
	for i := range page.Revisions {
		told := &page.Revisions[i]
		cause := causes[told.Number]
		if index, logged := entries[told.Number]; logged {
			told.LogURL = v.entryURL(index)
		}
		if cause.Action == "" || told.Erased {
			continue
		}
		told.Cause, told.Who, told.How = v.actionText(cause.Action), v.roleText(cause.Role), v.howText(cause)
		told.Told = v.toldText(cause, told.revisionText)
	}
	return nil
}

// move draws the move that a revision made; nil when it made none, or nobody may know.
func (v *view) move(ctx context.Context, before, after places.Revision) (*moveMap, error) {
	if before.Erased || after.Erased || !slices.Contains(after.Changed, "position") {
		return nil, nil //nolint:nilnil // it is documented above
	}
	old, err := places.FieldsOf(before.Document)
	if err != nil {
		return nil, err
	}
	now, err := places.FieldsOf(after.Document)
	if err != nil {
		return nil, err
	}
	return v.moveOf(ctx, old, now), nil
}

// toldText tells a revision as a neighbour would: who did what to which facts.
func (v *view) toldText(cause moderation.Cause, of revisionText) string {
	var fields []string
	for _, change := range of.Changes {
		fields = append(fields, strings.ToLower(change.Field))
	}
	slices.Sort(fields)
	return sentence(v.T("did."+string(cause.Action), "who", v.roleText(cause.Role), "fields", strings.Join(slices.Compact(fields), ", ")))
}

func (v *view) actionText(action moderation.Action) string { return v.T("action." + string(action)) }

func (v *view) roleText(role accounts.Role) string { return v.T("role." + string(role)) }

func (v *view) howText(cause moderation.Cause) string {
	if cause.Rule == "" && cause.By != "" {
		return v.T("history.decided", "role", v.roleText(cause.By))
	}
	return v.deciderText(cause.Rule)
}

// entriesOf finds the entries of the public log that speak of revisions, by number.
func (v *view) entriesOf(ctx context.Context, id places.ID, causes map[int]moderation.Cause) (map[int]int64, error) {
	var positions []int64
	for _, cause := range causes {
		found, err := v.site.Counter.Positions(ctx, v.site.Pool, cause.Item)
		if fault.Is(err, fault.NotFound) {
			return nil, nil //nolint:nilnil // nothing is signed yet: no entries
		}
		if err != nil {
			return nil, err
		}
		positions = append(positions, found...)
	}
	entries, err := publiclog.Entries(ctx, v.site.Pool, positions)
	if err != nil {
		return nil, err
	}
	found := make(map[int]int64)
	for number, cause := range causes {
		for _, entry := range entries {
			leaf := entry.Leaf
			if leaf.Item == cause.Item && (leaf.Place == id && leaf.Revision == number || leaf.Event == publiclog.Imported) {
				found[number] = entry.Index
			}
		}
	}
	return found, nil
}

package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
)

// ownPath is where people see what became of what they proposed.
const ownPath = "/mes-contributions"

func (v *view) ownURL(id int64) string {
	return v.Link(ownPath + "/" + strconv.FormatInt(id, 10))
}

// ownList is the list of who is signed in, or the form that takes a visitor's code.
type ownList struct {
	SignedIn bool
	Desk     bool // may moderate
	Rows     []ownRow
	Next     string
	Wrong    bool // the code was none, or opens nothing
}

// ownRow is a contribution in the list.
type ownRow struct {
	Href, Action, Title string
	State, Tone         string
	Received            time.Time
}

// ownRows is how many contributions a page lists.
const ownRows = 30

// showOwn lists one's own contributions. A visitor shows the code of one in a POST,
// never in an address.
func (s *site) showOwn(r *http.Request, v *view) (answer, error) {
	if r.Method == http.MethodPost {
		return s.openByCode(r, v)
	}
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	page := ownList{SignedIn: actor.User != 0, Desk: actor.Role == accounts.Moderator || actor.Role == accounts.Admin}
	if page.SignedIn {
		if err := v.listOwn(r.Context(), actor, &page); err != nil {
			return answer{}, err
		}
	}
	return answer{template: "own_list", title: v.T("own.title"), data: page, private: page.SignedIn}, nil
}

func (v *view) listOwn(ctx context.Context, actor accounts.Actor, page *ownList) error {
	before, err := v.number("before", 0)
	if err != nil {
		return err
	}
	found, err := moderation.Own(ctx, v.site.Pool, actor, nil, int64(before), ownRows+1)
	if err != nil {
		return err
	}
	if len(found) > ownRows {
		found = found[:ownRows]
		page.Next = v.Link(ownPath, "before", found[ownRows-1].ID)
	}
	for _, c := range found {
		page.Rows = append(page.Rows, ownRow{
			Href: v.ownURL(c.ID), Action: v.actionText(c.Action), Title: v.aboutText(c),
			State: v.stateText(c.State), Tone: toneOf(string(c.State)), Received: c.Received,
		})
	}
	return nil
}

// aboutText names what a contribution is about: the place, or the name that it proposes.
func (v *view) aboutText(c moderation.Contribution) string {
	if c.Place != 0 {
		if p, err := findPublished(v.site.Snapshot.View(), c.Place); err == nil {
			return v.site.title(p, v.Language)
		}
	}
	for _, path := range []string{"name." + v.Language, "name.und", "name.fr", "name.en"} {
		if text := v.valueText(path, c.Proposal.Patch[path]); text != "" {
			return text
		}
	}
	if c.Category != "" {
		return v.site.categoryLabel(c.Category, v.Language)
	}
	return v.T("own.place", "id", c.Place)
}

// stateText says where a contribution stands.
func (v *view) stateText(state moderation.State) string { return v.T("contribution." + string(state)) }

// openByCode shows a visitor the contribution that their code opens.
func (s *site) openByCode(r *http.Request, v *view) (answer, error) {
	if err := readForm(r); err != nil {
		return answer{}, err
	}
	code := r.PostFormValue("code")
	holder, id, ok := readCode(code)
	if ok {
		found, err := s.own(r, v, holder, id)
		if !fault.Is(err, fault.NotFound) {
			return found, err
		}
	}
	return answer{template: "own_list", title: v.T("own.title"), data: ownList{Wrong: true}, status: http.StatusNotFound, private: true}, nil
}

// ownPage is the story of one contribution, for its author.
type ownPage struct {
	ID        int64
	Code      string // of a visitor, to go on with
	Action    string
	About     string
	State     string
	Tone      string
	Deadline  time.Time
	Open      bool // it can be withdrawn
	Asked     bool // it waits for an answer
	Refused   bool // it can be appealed, unless it was
	Story     []storyLine
	Changes   []changeText
	Message   string // that the author wrote with it
	PlaceURL  string
	Revision  int
	Receipt   string
	Entries   []entryText
	Problem   string // with what was just tried
	Done      string // what was just done
	ListURL   string
	HistoryAt string
}

// storyLine is one thing that happened to a contribution.
type storyLine struct {
	At      time.Time
	What    string
	Tone    string
	By      string
	Reason  string
	Message string
	Mine    bool // the author said it
}

func (s *site) showOwnOne(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	id, err := contributionID(r)
	if err != nil {
		return answer{}, err
	}
	return s.own(r, v, actor, id)
}

func contributionID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(mux.Vars(r)["id"], 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "contributions have no such numbers")
	}
	return id, nil
}

func (s *site) own(r *http.Request, v *view, actor accounts.Actor, id int64) (answer, error) {
	page, err := v.ownPage(r.Context(), actor, id)
	if err != nil {
		return answer{}, err
	}
	if actor.User == 0 {
		page.Code = r.PostFormValue("code")
	}
	return answer{template: "own", title: page.Action + " · " + page.About, data: page, private: true}, nil
}

func (v *view) ownPage(ctx context.Context, actor accounts.Actor, id int64) (*ownPage, error) {
	c, said, err := moderation.FindOwn(ctx, v.site.Pool, actor, id)
	if err != nil {
		return nil, err
	}
	page := &ownPage{
		ID: c.ID, Action: v.actionText(c.Action), About: v.aboutText(c), State: v.stateText(c.State), Tone: toneOf(string(c.State)),
		Deadline: c.Deadline, Open: c.State.Open(), Asked: c.State == moderation.NeedsInfo, Refused: c.State == moderation.Refused,
		Message: c.Proposal.Message, Receipt: c.Receipt, Revision: c.Revision,
	}
	if actor.User != 0 {
		page.ListURL = v.Link(ownPath)
	}
	if c.Place != 0 {
		page.PlaceURL, page.HistoryAt = v.placeURL(c.Place), v.Link(historyPath(c.Place))
	}
	page.Story = append(page.Story, storyLine{At: c.Received, What: v.T("own.received"), Tone: "quiet", Mine: true, Message: c.Proposal.Message})
	page.Story = append(page.Story, v.story(said)...)
	for path, value := range c.Proposal.Patch {
		if path != "kind" && path != "state" {
			page.Changes = append(page.Changes, changeText{Field: v.fieldLabel(path), After: v.valueText(path, value)})
		}
	}
	sortChanges(page.Changes)
	page.Entries, err = v.entriesOfItem(ctx, c.Item)
	return page, err
}

// story tells a conversation.
func (v *view) story(said []moderation.Said) []storyLine {
	var lines []storyLine
	for _, one := range said {
		line := storyLine{At: one.At, Message: one.Message, Tone: toneOf(string(one.Outcome)), Mine: !one.FromModeration}
		switch {
		case one.Outcome == "" && one.FromModeration:
			line.What = v.T("own.moderation_said")
		case one.Outcome == "":
			line.What = v.T("own.author_said")
		default:
			line.What, line.By = v.outcomeText(string(one.Outcome)), v.deciderText(one.Rule)
			if one.Outcome == moderation.Withdrawn {
				line.By = ""
			}
		}
		if one.Reason != "" {
			line.Reason = v.reasonText(one.Reason)
		}
		lines = append(lines, line)
	}
	return lines
}

// entriesOfItem are the entries of the public log about a contribution.
func (v *view) entriesOfItem(ctx context.Context, item string) ([]entryText, error) {
	positions, err := v.site.Counter.Positions(ctx, v.site.Pool, item)
	if fault.Is(err, fault.NotFound) {
		return nil, nil // nothing is signed yet
	}
	if err != nil {
		return nil, err
	}
	entries, err := publiclog.Entries(ctx, v.site.Pool, positions)
	if err != nil {
		return nil, err
	}
	t, err := v.site.town(ctx, v.site.Snapshot.View())
	if err != nil {
		return nil, err
	}
	var texts []entryText
	for _, entry := range entries {
		texts = append(texts, v.entryText(t, entry))
	}
	return texts, nil
}

// act is what an author does with their contribution.
type act func(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, message string, now time.Time) (moderation.Contribution, error)

// acting makes a page of an act: who is signed in is sent back to the
// contribution, a visitor with the code is shown it.
func (s *site) acting(do act, done string) func(*http.Request, *view) (answer, error) {
	return func(r *http.Request, v *view) (answer, error) {
		if err := readForm(r); err != nil {
			return answer{}, err
		}
		id, err := contributionID(r)
		if err != nil {
			return answer{}, err
		}
		actor, err := s.authorOf(r, id)
		if err != nil {
			return answer{}, err
		}
		_, failed := do(r.Context(), s.Pool, actor, id, r.PostFormValue("message"), s.Clock())
		if failed == nil && actor.User != 0 {
			return answer{seeOther: v.ownURL(id)}, nil
		}
		if kind := fault.KindOf(failed); failed != nil && (kind == fault.Internal || kind == fault.NotFound) {
			return answer{}, failed
		}
		return s.showActed(r, v, actor, id, failed, done)
	}
}

func (s *site) showActed(r *http.Request, v *view, actor accounts.Actor, id int64, failed error, done string) (answer, error) {
	page, err := v.ownPage(r.Context(), actor, id)
	if err != nil {
		return answer{}, err
	}
	result := answer{template: "own", title: page.Action + " · " + page.About, data: page, private: true}
	if actor.User == 0 {
		page.Code = r.PostFormValue("code")
	}
	if page.Done = v.T(done); failed != nil {
		said := v.faultOf(r, failed)
		page.Done, page.Problem, result.status = "", said.text(), said.status
	}
	return result, nil
}

// authorOf is who acts on a contribution: the holder of its code, else who is signed in.
func (s *site) authorOf(r *http.Request, id int64) (accounts.Actor, error) {
	if code := r.PostFormValue("code"); code != "" {
		holder, of, ok := readCode(code)
		if !ok || of != id {
			return holder, fault.New(fault.NotFound, "there is no contribution %d", id)
		}
		return holder, nil
	}
	return s.signedIn(r)
}

// withdraw is moderation.Withdraw as an act: it takes no words.
func withdraw(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, _ string, now time.Time) (moderation.Contribution, error) {
	return moderation.Withdraw(ctx, db, actor, id, now)
}

func (s *site) answerQuestion(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, message string, now time.Time) (moderation.Contribution, error) {
	return s.Road.Answer(ctx, db, actor, id, message, now)
}

func (s *site) appealRefusal(ctx context.Context, db pg.DB, actor accounts.Actor, id int64, message string, now time.Time) (moderation.Contribution, error) {
	return s.Road.Appeal(ctx, db, actor, id, message, now)
}

// downloadReceipt hands the receipt to its author as a file, by POST: a code may stand in the form.
func (s *site) downloadReceipt(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	actor, err := s.authorOf(r, id)
	if err != nil {
		return err
	}
	c, _, err := moderation.FindOwn(r.Context(), s.Pool, actor, id)
	if err != nil {
		return err
	}
	if c.Receipt == "" {
		return fault.New(fault.NotFound, "contribution %d has no receipt", id)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="recu-`+strconv.FormatInt(id, 10)+`.txt"`)
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write([]byte(c.Receipt)) // the caller hung up: nobody is left to tell
	return nil
}

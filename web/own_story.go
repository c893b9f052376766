package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/publiclog"
)

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
	Refused   bool // it can be appealed: once
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
	PhotoAt   string // where one adds a photo of the place
	Photo     *ownPicture
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
		Deadline: c.Deadline, Open: c.State.Open(), Asked: c.State == moderation.NeedsInfo, Refused: c.State == moderation.Refused && !appealed(said),
		Message: c.Proposal.Message, Receipt: c.Receipt, Revision: c.Revision,
	}
	if actor.User != 0 {
		page.ListURL = v.Link(ownPath)
	}
	if c.Place != 0 {
		page.PlaceURL, page.HistoryAt = v.placeURL(c.Place), v.Link(historyPath(c.Place))
		page.PhotoAt = v.Link(placePath(c.Place) + "/photo")
	}
	page.Story = append(page.Story, storyLine{At: c.Received, What: v.T("own.received"), Tone: "quiet", Mine: true, Message: c.Proposal.Message})
	page.Story = append(page.Story, v.story(said)...)
	for path, value := range c.Proposal.Patch {
		if path != "kind" && path != "state" {
			page.Changes = append(page.Changes, changeText{Field: v.fieldLabel(path), After: v.valueText(path, value)})
		}
	}
	sortChanges(page.Changes)
	if page.Photo, err = v.ownPicture(ctx, actor, c); err != nil {
		return nil, err
	}
	page.Entries, err = v.entriesOfItem(ctx, c.Item)
	return page, err
}

// appealed reports whether its author said more than what was asked: each question takes
// one answer, and only an appeal is said without a question. Where a question was
// never answered it may miss one; the road then says that once is all there is.
func appealed(said []moderation.Said) bool {
	unasked := 0
	for _, one := range said {
		switch {
		case one.Outcome == moderation.NeedsInfo:
			unasked--
		case one.Outcome == "" && !one.FromModeration:
			unasked++
		}
	}
	return unasked > 0
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

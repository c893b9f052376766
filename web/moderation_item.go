package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// itemPage is a contribution with all that helps to decide it.
type itemPage struct {
	queueRow
	Version    int
	Why        string // what made the risk
	PlaceURL   string
	History    string // URL of the story of the place
	Fields     []comparedField
	Same       []changeText // facts that nobody proposes to change
	Moved      string       // how far the place would move
	MapOld     string       // where it is and where it would be, on the map
	MapNew     string
	Message    string // of the author, to moderators
	Lookalikes []lookalikeText
	Record     recordText
	Zone       string
	Photo      int64  // the number of the photo that it proposes; 0 for none
	PhotoAlt   string // what its author says that it shows
	PhotoWaits bool   // it came with a new place, and is decided by itself afterwards
	Behind     int    // revisions since the one the author saw
	Votes      moderation.Votes
	Reported   []reportText
	Story      []storyLine
	Open       bool // it can be decided
	Mine       bool // this moderator holds it
	Until      string
	Own        bool // this moderator wrote it
	Conflicts  int
	Reasons    []option
	Canned     map[string]map[string]string // the usual text of each reason, by language
	Problem    string
	Happened   *storyLine // what somebody else answered meanwhile
	Chosen     string     // the answer that was tried
	Draft      string     // its text
	Spot       spot
	Faces      []faceText // the proposed place beside those that it may be
	Bench      *bench     // what stands around it; nil where only the item is asked for
	Done       string     // what was just decided of it; then nothing else is told
}

// comparedField is one field in three columns.
type comparedField struct {
	Path, Label                      string
	Base, Current, Proposed          string
	Conflict                         bool
	Editable                         bool   // as a line of text
	Edit                             string // name of its input
	Old, New                         []part
	CurrentJSON, ProposedJSON, Given string
}

// recordText is what became of an author's contributions so far.
type recordText struct{ Accepted, Refused, Pending int }

// reportText is one of several reports of the same place.
type reportText struct {
	Reason, Message, Role string
	Received              time.Time
}

// showItem shows a contribution to a moderator; a POST decides it at the version
// that the form holds.
func (s *site) showItem(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	id, err := contributionID(r)
	if err != nil {
		return answer{}, err
	}
	if r.Method != http.MethodPost {
		page, err := v.item(r.Context(), actor, id)
		if err != nil {
			return answer{}, err
		}
		return v.itemAnswer(r.Context(), actor, page)
	}
	failed := s.decide(r, v, actor, id)
	if failed == nil && v.asksWork() {
		return v.doneAnswer(r.Context(), actor, id)
	}
	if failed == nil {
		return answer{seeOther: v.itemURL(id)}, nil
	}
	if kind := fault.KindOf(failed); kind == fault.Internal || kind == fault.NotFound {
		return answer{}, failed
	}
	page, err := v.item(r.Context(), actor, id)
	if err != nil {
		return answer{}, err
	}
	said := v.faultOf(r, failed)
	page.Problem, page.Chosen, page.Draft = v.collision(said, failed), r.PostFormValue("outcome"), r.PostFormValue("message")
	page.Reasons = v.reasons(r.PostFormValue("reason"))
	page.Happened = happened(page)
	shown, err := v.itemAnswer(r.Context(), actor, page)
	shown.status = said.status
	return shown, err
}

// happened is the last answer of moderators to what one cannot decide any more;
// nil where one still can.
func happened(page *itemPage) *storyLine {
	for i := len(page.Story) - 1; i >= 0 && !page.Open; i-- {
		if !page.Story[i].Mine {
			return &page.Story[i]
		}
	}
	return nil
}

func (v *view) item(ctx context.Context, actor accounts.Actor, id int64) (*itemPage, error) {
	file, err := moderation.Open(ctx, v.site.Pool, actor, id)
	if err != nil {
		return &itemPage{}, err
	}
	t, err := v.site.town(ctx, v.site.Snapshot.View())
	if err != nil {
		return &itemPage{}, err
	}
	c := file.Contribution
	page := &itemPage{
		queueRow: v.queueRow(t, actor, c), Version: c.Version, Why: v.riskText(c.Screening.Reasons), Message: c.Proposal.Message, Zone: c.Screening.Zone,
		Lookalikes: v.lookalikeTexts(c.Screening.Lookalikes, c.Proposal.Distinct), Votes: file.Votes,
		Record: recordText{file.Record.Accepted, file.Record.Refused, file.Record.Pending}, Story: v.story(file.Conversation),
		Open: c.State.Open(), Mine: c.ClaimedBy == actor.User && c.ClaimedUntil.After(v.site.Clock()), Until: v.Instant(c.ClaimedUntil),
		Own: c.Author != 0 && c.Author == actor.User, Reasons: v.reasons(""), Canned: v.cannedTexts(),
		Spot: v.spotOf(file), Faces: v.faces(file),
	}
	if c.Place != 0 {
		page.PlaceURL, page.History = v.placeURL(c.Place), v.Link(historyPath(c.Place))
	}
	if p, err := findPublished(v.site.Snapshot.View(), c.Place); err == nil && c.BaseRevision > 0 {
		page.Behind = max(0, p.Revision-c.BaseRevision)
	}
	if c.Screening.MovedMetres > 0 {
		page.Moved = formatDistance(v.Language, c.Screening.MovedMetres)
	}
	v.compare(page, file)
	if c.Action == moderation.Photo {
		page.Photo, page.PhotoAlt = c.Proposal.Photo, v.photoText(c.Proposal.Patch[places.PhotoPath(c.Proposal.Photo)])
	}
	if with := c.Proposal.With; with != nil && page.Open {
		page.Photo, page.PhotoAlt, page.PhotoWaits = c.Proposal.Photo, with.Alt.In(v.Language), true
	}
	for _, one := range file.Reported {
		page.Reported = append(page.Reported, reportText{v.reasonText(one.Reason), one.Message, v.roleText(one.Role), one.Received})
	}
	return page, nil
}

// compare fills the three columns, and the facts that stay.
func (v *view) compare(page *itemPage, file moderation.File) {
	differing, category := make(map[string]bool), categoryOf(file)
	for _, d := range file.Differing {
		differing[d.Field] = true
		if d.Conflict {
			page.Conflicts++
		}
		if d.Field == "position" {
			page.MapOld, page.MapNew = v.mapAt(d.Current), v.mapAt(d.Proposed)
		}
		page.Fields = append(page.Fields, v.comparedField(d, category))
	}
	for path, value := range file.Current {
		if !differing[path] && !places.IsPrivate(path) {
			page.Same = append(page.Same, changeText{Field: v.fieldLabel(path), After: v.valueText(path, value)})
		}
	}
	sortChanges(page.Same)
}

// categoryOf is the category that the place will have.
func categoryOf(file moderation.File) (category string) {
	value := file.Current["category"]
	for _, d := range file.Differing {
		if d.Field == "category" && d.Proposed != nil {
			value = d.Proposed
		}
	}
	_ = json.Unmarshal(value, &category) // our own
	return category
}

func (v *view) comparedField(d moderation.Difference, category string) comparedField {
	field := comparedField{
		Path: d.Field, Label: v.fieldLabel(d.Field), Base: v.valueText(d.Field, d.Base), Current: v.valueText(d.Field, d.Current),
		Proposed: v.valueText(d.Field, d.Proposed), Conflict: d.Conflict, CurrentJSON: orNull(d.Current), ProposedJSON: orNull(d.Proposed),
	}
	field.Old, field.New = wordDiff(field.Current, field.Proposed)
	name, _, _ := strings.Cut(d.Field, ".")
	var text string
	switch name {
	case "category", "wheelchair", "kind": // their words are not their values
	case "extra":
		defined, _ := v.site.Taxonomy.ExtraField(category, strings.TrimPrefix(d.Field, extraPath))
		field.Editable = defined.Kind == places.ExtraText && (d.Proposed == nil || json.Unmarshal(d.Proposed, &text) == nil)
		field.Given = text
	default:
		field.Editable = moderation.Proposable(name) && (d.Proposed == nil || json.Unmarshal(d.Proposed, &text) == nil)
		field.Given = text
	}
	return field
}

func orNull(value json.RawMessage) string {
	if value == nil {
		return "null"
	}
	return string(value)
}

// Long tells which values want several lines.
func (f comparedField) Long() bool {
	return len(f.Given) > 80 || strings.HasPrefix(f.Path, "description")
}

// Takeable tells whether a conflict that is no line of text can be settled by taking one of the values.
func (f comparedField) Takeable() bool {
	name, _, _ := strings.Cut(f.Path, ".")
	return f.Conflict && !f.Editable && moderation.Proposable(name)
}

// mapAt is the map around a position; empty without one.
func (v *view) mapAt(position json.RawMessage) string {
	var at orb.Point
	if json.Unmarshal(position, &at) != nil || len(position) == 0 {
		return ""
	}
	return fmt.Sprintf("%s#17/%s/%s", v.Link("/"), degrees(at[1]), degrees(at[0]))
}

package web

import (
	"context"
	"encoding/json"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// bench is what stands around an item at the desk: the queue that it comes from,
// and what its map starts from.
type bench struct {
	Queue queuePage
	Atlas Atlas
}

// asksWork reports that a script asks for the item alone, to put it in the place
// of another one.
func (v *view) asksWork() bool { return v.request.Query().Get("fragment") == "work" }

// itemAnswer shows an item with the desk around it, or alone where a script asks so.
func (v *view) itemAnswer(ctx context.Context, actor accounts.Actor, page *itemPage) (answer, error) {
	shown := answer{template: "item", title: page.Action + " · " + page.About, data: page, private: true}
	if shown.fragment = v.asksWork(); shown.fragment {
		return shown, nil
	}
	t, err := v.site.town(ctx, v.site.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	page.Bench = &bench{Atlas: v.site.atlas(v, t)}
	return shown, v.fillQueue(ctx, actor, &page.Bench.Queue)
}

// doneAnswer says in one line what was just decided of an item, for the script
// that goes on to the next one.
func (v *view) doneAnswer(ctx context.Context, actor accounts.Actor, id int64) (answer, error) {
	file, err := moderation.Open(ctx, v.site.Pool, actor, id)
	if err != nil {
		return answer{}, err
	}
	page := &itemPage{Done: v.T("queue.state." + string(file.State))}
	page.ID, page.Href, page.About, page.Tone = id, v.itemURL(id), v.aboutText(file.Contribution), toneOf(string(file.State))
	return answer{template: "item", data: page, private: true, fragment: true}, nil
}

// spot is where an item is, for the map beside it: longitude, latitude. Old is
// where the place stands, New where it is proposed.
type spot struct {
	Old   *orb.Point   `json:"old,omitempty"`
	New   *orb.Point   `json:"new,omitempty"`
	Alike []spotBeside `json:"alike,omitempty"`
}

// spotBeside is a place that may be the same.
type spotBeside struct {
	Name  string    `json:"name"`
	Point orb.Point `json:"at"`
}

// Empty reports that there is nothing to put on a map.
func (s spot) Empty() bool { return s.Old == nil && s.New == nil }

func (v *view) spotOf(file moderation.File) (s spot) {
	s.Old = pointOf(file.Current["position"])
	for _, d := range file.Differing {
		if d.Field == "position" {
			s.New = pointOf(d.Proposed)
		}
	}
	view := v.site.Snapshot.View()
	for _, one := range file.Screening.Lookalikes {
		if p, err := findPublished(view, one.Place); err == nil {
			s.Alike = append(s.Alike, spotBeside{v.site.title(p, v.Language), orb.Point{p.Lon, p.Lat}})
		}
	}
	return s
}

// pointOf reads a position; nil where there is none.
func pointOf(value json.RawMessage) *orb.Point {
	var at orb.Point
	if len(value) == 0 || json.Unmarshal(value, &at) != nil {
		return nil
	}
	return &at
}

// faceText is the proposed place beside one that it may be, field by field.
type faceText struct {
	lookalikeText
	Rows []faceRow
}

// faceRow is a field of both; Same where they say the same.
type faceRow struct {
	Label, Mine, Theirs string
	Same                bool
}

// mostFaces is how many look-alikes are compared field by field; the others are listed.
const mostFaces = 2

// faces compares what a creation proposes with the places that it may be.
func (v *view) faces(file moderation.File) []faceText {
	if file.Action != moderation.Create || !file.State.Open() {
		return nil
	}
	mine := func(path string) string { return v.valueText(path, file.Proposal.Patch[path]) }
	view := v.site.Snapshot.View()
	var all []faceText
	for _, one := range v.lookalikeTexts(file.Screening.Lookalikes, file.Proposal.Distinct) {
		p, err := findPublished(view, one.ID)
		if err != nil || len(all) == mostFaces {
			continue // it is off the map by now
		}
		face := faceText{lookalikeText: one}
		name := mine("name." + places.Undetermined)
		face.add(v.fieldLabel("name"), name, v.site.title(p, v.Language))
		for _, fact := range v.comparable(p) {
			face.add(v.fieldLabel(fact[0]), mine(fact[0]), fact[1])
		}
		all = append(all, face)
	}
	return all
}

func (f *faceText) add(label, mine, theirs string) {
	if mine != "" || theirs != "" {
		f.Rows = append(f.Rows, faceRow{label, mine, theirs, mine == theirs})
	}
}

// comparable are the facts of a place that tell it from another: field and text.
func (v *view) comparable(p published) [][2]string {
	return [][2]string{
		{"category", v.site.categoryLabel(p.Category, v.Language)}, {"address", addressLine(p.Address)}, {"phone", phoneText(p.Phone)},
		{"website", p.Website}, {"email", p.Email}, {"opening_hours", p.OpeningHours}, {"operator", p.Operator},
	}
}

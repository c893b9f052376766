package web

import (
	"strconv"
	"time"

	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// entryText is an entry of the log in words.
type entryText struct {
	Index    int64
	Href     string
	What     string // what happened
	Tone     string // good, bad or quiet
	By       string // a rule by its name, or a person
	Reason   string
	Quarter  string
	Place    places.ID // 0 while there is none
	PlaceURL string
	Revision int
	Count    int
	At       time.Time // its day
}

func (v *view) entryURL(index int64) string {
	return v.Link("/journal/" + strconv.FormatInt(index, 10))
}

func (v *view) entryText(t *town, entry publiclog.Logged) entryText {
	leaf := entry.Leaf
	text := entryText{
		Index: entry.Index, Href: v.entryURL(entry.Index), What: v.T("log.event." + string(leaf.Event)), Tone: "quiet",
		Place: leaf.Place, Revision: leaf.Revision, Count: leaf.Count, At: leaf.At,
	}
	if leaf.Event == publiclog.Decided {
		text.What = v.outcomeText(leaf.Outcome)
		text.Tone = toneOf(leaf.Outcome)
		text.By = v.deciderText(leaf.Rule)
	}
	if leaf.Reason != "" {
		text.Reason = v.reasonText(leaf.Reason)
	}
	if leaf.Neighbourhood != "" {
		text.Quarter = neighbourhoodName(t, leaf.Neighbourhood, v.Language)
	}
	if leaf.Place != 0 {
		text.PlaceURL = v.placeURL(leaf.Place)
	}
	return text
}

// outcomeText says what became of a contribution.
func (v *view) outcomeText(outcome string) string { return v.textOr("outcome."+outcome, outcome) }

// toneOf is the tone of a badge for an outcome or a state.
func toneOf(outcome string) string {
	switch outcome {
	case "accepted":
		return "good"
	case "refused", "expired":
		return "bad"
	case "needs_info", "escalated":
		return "warn"
	}
	return "quiet"
}

// deciderText names a rule, or says that a person decided.
func (v *view) deciderText(rule string) string {
	if rule == "" {
		return v.T("by.person")
	}
	return v.T("by.rule", "rule", v.textOr("rule."+rule, rule))
}

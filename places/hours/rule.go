package hours

import "slices"

// joint says how a rule stands to what earlier ones said of the same day.
type joint int

const (
	replaces  joint = iota // ";"
	adds                   // ","
	fallsBack              // "||": holds where earlier ones are closed
)

// rule is one part of an opening_hours value.
type rule struct {
	Days
	joint   joint
	off     bool
	unsure  bool // "unknown", or only a comment
	spans   []Span
	comment string
}

func (r rule) apply(before Day) Day {
	if r.off && (r.joint == fallsBack || len(r.spans) > 0) {
		return r.without(before)
	}
	after := Day{}
	if r.joint != replaces {
		after = Day{slices.Clone(before.Spans), before.Unsure, slices.Clone(before.Comments)}
	}
	if r.comment != "" {
		after.Comments = append(after.Comments, r.comment)
	}
	if r.off {
		after.Spans = nil
		return after
	}
	after.Unsure = after.Unsure || r.unsure || r.comment != ""
	after.Spans = append(after.Spans, r.spans...)
	return after
}

// without takes hours away: "We 12:00-14:00 off". Where the sun decides, nothing is sure.
func (r rule) without(day Day) Day {
	if r.joint == fallsBack {
		return day
	}
	day.Unsure = day.Unsure || slices.ContainsFunc(slices.Concat(day.Spans, r.spans), Span.vague)
	for _, hole := range r.spans {
		var left []Span
		for _, span := range day.Spans {
			before, after := span, span
			before.To, after.From = min(span.To, hole.From), max(span.From, hole.To)
			for _, part := range []Span{before, after} {
				if part.From < part.To || span.vague() {
					left = append(left, part)
				}
			}
		}
		day.Spans = slices.CompactFunc(left, func(a, b Span) bool { return a == b })
	}
	return day
}

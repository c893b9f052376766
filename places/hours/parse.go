package hours

import (
	"time"

	"cartoquartiers/internal/fault"
)

var weekdayNames = map[string]time.Weekday{
	"mo": time.Monday, "tu": time.Tuesday, "we": time.Wednesday, "th": time.Thursday,
	"fr": time.Friday, "sa": time.Saturday, "su": time.Sunday,
}

var monthNames = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
	"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}

var eventNames = map[string]Event{"dawn": Dawn, "sunrise": Sunrise, "sunset": Sunset, "dusk": Dusk}

// Parse reads an opening_hours value. The fault is Invalid when it is wrong or
// beyond the part that this package understands: show the value as it is.
func Parse(text string) (*Schedule, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	schedule := &Schedule{}
	for joint := replaces; ; {
		r, err := p.rule()
		if err != nil {
			return nil, err
		}
		r.joint = joint
		schedule.rules = append(schedule.rules, r)
		switch {
		case p.accept(","):
			joint = adds
		case p.accept("|"):
			joint = fallsBack
			p.at++ // rule made sure of the second
		case p.accept(";") && p.peek().kind != end:
			joint = replaces
		default:
			return schedule, nil // rule made sure that nothing else follows
		}
	}
}

// parser reads tokens from the left; each method takes what it knows or fails.
type parser struct {
	tokens []token
	at     int
}

func (p *parser) ahead(n int) token {
	if p.at+n < len(p.tokens) {
		return p.tokens[p.at+n]
	}
	return token{kind: end}
}

func (p *parser) peek() token { return p.ahead(0) }

// accept takes a mark if it comes next.
func (p *parser) accept(text string) bool {
	if next := p.peek(); next.kind == mark && next.text == text {
		p.at++
		return true
	}
	return false
}

func (p *parser) unexpected() error {
	if p.peek().kind == end {
		return fault.New(fault.Invalid, "something is missing at the end")
	}
	return fault.New(fault.Invalid, "%q is not understood there", p.peek().text)
}

func (p *parser) rule() (rule, error) {
	var r rule
	start := p.at
	for _, part := range []func(*rule) error{p.selectors, p.days, p.times} {
		if err := part(&r); err != nil {
			return r, err
		}
	}
	p.modifier(&r)
	if p.at == start || !p.endsRule() {
		return r, p.unexpected()
	}
	if len(r.spans) == 0 && !r.off && !r.unsure && r.comment == "" {
		r.spans = []Span{{To: minutesPerDay}} // "Mo-Fr" alone: all day
	}
	return r, nil
}

func (p *parser) endsRule() bool {
	next := p.peek()
	if next.kind != mark {
		return next.kind == end
	}
	return next.text == ";" || next.text == "," || (next.text == "|" && p.ahead(1).text == "|")
}

// modifier reads what closes a rule: off, open, unknown, a comment.
func (p *parser) modifier(r *rule) {
	if p.peek().kind == word {
		switch p.peek().text {
		case "off", "closed":
			r.off = true
			p.at++
		case "open":
			p.at++
		case "unknown":
			r.unsure = true
			p.at++
		}
	}
	if p.peek().kind == comment {
		r.comment = p.peek().text
		p.at++
	}
}

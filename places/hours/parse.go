package hours

import (
	"slices"
	"strconv"
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
	for additional := false; ; {
		r, err := p.rule()
		if err != nil {
			return nil, err
		}
		r.additional = additional
		schedule.rules = append(schedule.rules, r)
		additional = p.accept(",")
		if !additional && (!p.accept(";") || p.peek().kind == end) {
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
	if err := p.dates(&r); err != nil {
		return r, err
	}
	if err := p.days(&r); err != nil {
		return r, err
	}
	if err := p.times(&r); err != nil {
		return r, err
	}
	p.modifier(&r)
	if p.at == start {
		return r, p.unexpected()
	}
	if next := p.peek(); next.kind != end && (next.kind != mark || (next.text != ";" && next.text != ",")) {
		return r, p.unexpected()
	}
	if r.off && len(r.spans) > 0 {
		return r, fault.New(fault.Invalid, "hours that are taken away are not understood")
	}
	if len(r.spans) == 0 && !r.off && !r.unsure && r.comment == "" {
		r.spans = []Span{{To: minutesPerDay}} // "Mo-Fr" alone: all day
	}
	return r, nil
}

// dates reads "Apr-Sep", "Dec 24-26", "Apr 01-Sep 30", several by comma.
func (p *parser) dates(r *rule) error {
	for {
		if _, ok := monthNames[p.peek().text]; !ok || p.peek().kind != word {
			return nil
		}
		dates, err := p.dateRange()
		if err != nil {
			return err
		}
		r.dates = append(r.dates, dates)
		if _, more := monthNames[p.ahead(1).text]; !more || !p.accept(",") {
			p.accept(":")
			return nil
		}
	}
}

func (p *parser) dateRange() (dateRange, error) {
	from, hasDay, err := p.date(0)
	if err != nil {
		return dateRange{}, err
	}
	to := from
	if p.accept("-") {
		if to, hasDay, err = p.date(from.Month); err != nil {
			return dateRange{}, err
		}
	}
	if !hasDay {
		to.Day = daysOf[to.Month]
	}
	return dateRange{from, to}, nil
}

// date reads a month with or without a day, or a day alone of the month before.
func (p *parser) date(before time.Month) (date Date, hasDay bool, err error) {
	date = Date{before, 1}
	if month, ok := monthNames[p.peek().text]; ok && p.peek().kind == word {
		date.Month = month
		p.at++
	} else if before == 0 || p.peek().kind != number {
		return date, false, p.unexpected()
	}
	if p.peek().kind != number || p.beginsTime() {
		return date, false, nil
	}
	date.Day, err = strconv.Atoi(p.peek().text)
	if err != nil || date.Day < 1 || date.Day > daysOf[date.Month] {
		return date, false, p.unexpected()
	}
	p.at++
	return date, true, nil
}

// beginsTime tells "08:00" from the day of "Jul 31: 08:00".
func (p *parser) beginsTime() bool {
	return p.ahead(1).text == ":" && p.ahead(2).kind == number && p.ahead(3).text != ":"
}

// days reads "Mo-Fr,Su,PH", and "PH" or "SH" before or after.
func (p *parser) days(r *rule) error {
	for {
		name := p.peek().text
		first, isDay := weekdayNames[name]
		switch {
		case p.peek().kind != word:
			return nil
		case name == "ph":
			r.publicHolidays = true
			p.at++
		case name == "sh":
			r.schoolHolidays = true
			p.at++
		case isDay:
			p.at++
			if err := p.daysFrom(r, first); err != nil {
				return err
			}
		default:
			return nil
		}
		if !isDayName(p.ahead(1)) || !p.accept(",") {
			return p.endOfDays()
		}
	}
}

func (p *parser) daysFrom(r *rule, first time.Weekday) error {
	last := first
	if p.accept("-") {
		var ok bool
		if last, ok = weekdayNames[p.peek().text]; !ok {
			return p.unexpected()
		}
		p.at++
	}
	for day := first; ; day = (day + 1) % 7 {
		if !slices.Contains(r.days, day) {
			r.days = append(r.days, day)
		}
		if day == last {
			return nil
		}
	}
}

// endOfDays refuses "SH Mo-Fr", which means both at once.
func (p *parser) endOfDays() error {
	if isDayName(p.peek()) {
		return fault.New(fault.Invalid, "weekdays within holidays are not understood")
	}
	if p.peek().text == ":" {
		p.at++
	}
	return nil
}

func isDayName(t token) bool {
	_, isDay := weekdayNames[t.text]
	return t.kind == word && (isDay || t.text == "ph" || t.text == "sh")
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

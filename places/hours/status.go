package hours

import (
	"slices"
	"time"
)

// State says whether a place is open at some instant.
type State int

// Unknown is the honest answer whenever the hours leave a doubt.
const (
	Unknown State = iota
	Open
	Closed
)

// Status is the state at an instant, and when it next changes. Change is zero
// when it does not within a week, or when that is not certain.
type Status struct {
	State  State
	Change time.Time
}

// lookAhead is how many days At searches for the next change.
const lookAhead = 7

// At is the state at an instant, which the caller gives in the place's time zone.
// It is Unknown on days that depend on a comment, on the sun or on school
// holidays, and on French public holidays of which the hours say nothing.
func (s *Schedule) At(at time.Time) Status {
	if s.Always() {
		return Status{State: Open}
	}
	yesterday, sureYesterday := s.on(at, -1)
	today, sureToday := s.on(at, 0)
	minute := at.Hour()*60 + at.Minute()
	if !sureToday || (!sureYesterday && spills(yesterday)) {
		return Status{}
	}
	if end, open := endOf(yesterday, minute+minutesPerDay); open {
		return Status{Open, s.closing(at, end-minutesPerDay)}
	}
	if end, open := endOf(today, minute); open {
		return Status{Open, s.closing(at, end)}
	}
	return Status{Closed, s.opening(at, minute)}
}

// on gives the spans of the day that lies so many days after at, and whether they are certain.
func (s *Schedule) on(at time.Time, days int) ([]Span, bool) {
	date := at.AddDate(0, 0, days)
	holiday := isHoliday(date)
	day := s.day(date, holiday)
	saysPublic := slices.ContainsFunc(s.rules, func(r rule) bool { return r.PublicHolidays })
	saysSchool := slices.ContainsFunc(s.rules, func(r rule) bool { return r.SchoolHolidays })
	sure := !day.Unsure && !saysSchool && (!holiday || saysPublic) && !maybeHoliday(date) &&
		!slices.ContainsFunc(day.Spans, Span.vague)
	return day.Spans, sure
}

func spills(spans []Span) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.To > minutesPerDay || s.vague() })
}

// endOf is the latest end of the spans that hold the minute.
func endOf(spans []Span, minute int) (end int, open bool) {
	for _, span := range spans {
		if minute >= span.From && minute < span.To {
			end, open = max(end, span.To), true
		}
	}
	return end, open
}

// closing follows spans that touch, over midnight too.
func (s *Schedule) closing(at time.Time, minute int) time.Time {
	for days := 0; days <= lookAhead; days++ {
		spans, sure := s.on(at, days)
		if !sure {
			return time.Time{}
		}
		local := minute - days*minutesPerDay
		for end, open := endOf(spans, local); open; end, open = endOf(spans, local) {
			local = end
		}
		minute = local + days*minutesPerDay
		if local < minutesPerDay {
			return clockTime(at, days, local)
		}
	}
	return time.Time{}
}

// opening finds the next beginning of a span.
func (s *Schedule) opening(at time.Time, minute int) time.Time {
	for days := 0; days <= lookAhead; days++ {
		spans, sure := s.on(at, days)
		if !sure {
			return time.Time{}
		}
		first := minutesPerDay
		for _, span := range spans {
			if days > 0 || span.From > minute {
				first = min(first, span.From)
			}
		}
		if first < minutesPerDay {
			return clockTime(at, days, first)
		}
	}
	return time.Time{}
}

// clockTime is the instant at which clocks show a minute of the day that lies so
// many days after at; days with a change of the clock have other lengths.
func clockTime(at time.Time, days, minute int) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day()+days, 0, minute, 0, 0, at.Location())
}

package hours

import (
	"slices"
	"time"
)

// Minutes in a day: spans that end later go past midnight.
const minutesPerDay = 24 * 60

// Event is a time of day that moves with the sun; empty for a clock time.
type Event string

// The events that opening hours may name.
const (
	Dawn    Event = "dawn"
	Sunrise Event = "sunrise"
	Sunset  Event = "sunset"
	Dusk    Event = "dusk"
)

// Span is a time of a day during which a place is open. Minutes count from local
// midnight; To is above 1440 when it lies on the next day. Where an event is
// given, the minutes of that end mean nothing.
type Span struct {
	From, To           int
	FromEvent, ToEvent Event
	OpenEnd            bool // "from 20:00 on": the end is not known, To is From
}

// vague reports whether a clock cannot tell if t lies inside.
func (s Span) vague() bool { return s.FromEvent != "" || s.ToEvent != "" || s.OpenEnd }

// Schedule is the opening hours of one place.
type Schedule struct {
	rules []rule
}

// Day is what holds on a day: closed when Spans is empty. Unsure days are neither
// open nor closed for certain, and their Comments say more.
type Day struct {
	Spans    []Span
	Unsure   bool
	Comments []string
}

func (d Day) equal(e Day) bool {
	return d.Unsure == e.Unsure && slices.Equal(d.Spans, e.Spans) && slices.Equal(d.Comments, e.Comments)
}

// Season is a part of the year with the same week, both ends included.
type Season struct {
	From, To Date
	Week     [7]Day // Monday first
}

// Weekdays in the order of Season.Week.
var Weekdays = [7]time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

// Always reports whether the place never closes, holidays included.
func (s *Schedule) Always() bool {
	return len(s.rules) == 1 && s.rules[0].isAlways()
}

func (r rule) isAlways() bool {
	return r.usual() && len(r.Dates) == 0 && len(r.Weekdays) == 0 && !r.PublicHolidays && !r.SchoolHolidays &&
		!r.off && !r.unsure && slices.Equal(r.spans, []Span{{To: minutesPerDay}})
}

// Seasons are the usual weeks of the year, in the order of the year; one that wraps
// around new year comes last. A place with the same week all year has one. What
// holds on some weeks or in some years only is in Exceptions.
func (s *Schedule) Seasons() []Season {
	starts := s.seasonStarts()
	var seasons []Season
	for i, start := range starts {
		next := starts[(i+1)%len(starts)]
		season := Season{From: start, To: dayBefore(next)}
		for day, weekday := range Weekdays {
			season.Week[day] = s.usualDay(start, weekday)
		}
		if n := len(seasons); n > 0 && sameWeek(seasons[n-1], season) {
			seasons[n-1].To = season.To
			continue
		}
		seasons = append(seasons, season)
	}
	if n := len(seasons); n > 1 && sameWeek(seasons[n-1], seasons[0]) {
		seasons[n-1].To = seasons[0].To
		seasons = seasons[1:]
	}
	return seasons
}

func sameWeek(a, b Season) bool {
	for i := range a.Week {
		if !a.Week[i].equal(b.Week[i]) {
			return false
		}
	}
	return true
}

func (s *Schedule) seasonStarts() []Date {
	starts := []Date{{time.January, 1}}
	for _, r := range s.rules {
		for _, dates := range r.Dates {
			if r.usual() {
				starts = append(starts, dates.From.Date, dayAfter(dates.To.Date))
			}
		}
	}
	slices.SortFunc(starts, func(a, b Date) int { return a.ordinal() - b.ordinal() })
	return slices.Compact(starts)
}

// PublicHolidays is what holds on public holidays; false when nothing is said, or a later
// rule says otherwise. Where one does on some weekdays, the others are named.
func (s *Schedule) PublicHolidays() (Day, []DayPick, bool) {
	return s.holidays(func(r rule) bool { return r.PublicHolidays })
}

// SchoolHolidays is what holds during school holidays, as PublicHolidays.
func (s *Schedule) SchoolHolidays() (Day, []DayPick, bool) {
	return s.holidays(func(r rule) bool { return r.SchoolHolidays })
}

func (s *Schedule) holidays(concerns func(rule) bool) (day Day, on []DayPick, found bool) {
	last := -1
	for i, r := range s.rules {
		if concerns(r) && r.usual() {
			day, last = r.apply(day), i
		}
	}
	if last < 0 {
		return day, nil, false
	}
	said := false // something that the week does not say
	for _, weekday := range Weekdays {
		if slices.ContainsFunc(s.rules[last+1:], func(r rule) bool { return r.overrides(weekday) }) {
			continue
		}
		on = append(on, DayPick{Day: weekday})
		said = said || !s.usualDay(Date{time.January, 1}, weekday).equal(day)
	}
	if len(on) == len(Weekdays) {
		return day, nil, true
	}
	return day, on, said
}

// overrides reports whether a rule says what holds on a weekday for more than a few days
// of the year, whatever was said before it.
func (r rule) overrides(weekday time.Weekday) bool {
	if !r.usual() || r.joint == fallsBack || (r.off && len(r.spans) > 0) {
		return false
	}
	short := func(d DateRange) bool { return Season{From: d.From.Date, To: d.To.Date}.days() <= briefly }
	if len(r.Dates) > 0 && !slices.ContainsFunc(r.Dates, func(d DateRange) bool { return !short(d) }) {
		return false
	}
	return r.onDay(func(p DayPick) bool { return p.Day == weekday }, false)
}

// Exception is what one rule says of days that no ordinary week shows: the first
// Saturday of a month, every other week, one year, Easter, weekdays of school holidays.
type Exception struct {
	Days
	Day Day
}

// Exceptions are in the order in which they were written.
func (s *Schedule) Exceptions() []Exception {
	var list []Exception
	for _, r := range s.rules {
		if !r.usual() {
			list = append(list, Exception{r.Days, r.apply(Day{})})
		}
	}
	return list
}

// Sometimes reports whether a weekday is open in some weeks or on some of a month, whatever
// the usual week says of it.
func (s *Schedule) Sometimes(weekday time.Weekday) bool {
	return slices.ContainsFunc(s.rules, func(r rule) bool {
		onDay := len(r.Weekdays) == 0 || slices.ContainsFunc(r.Weekdays, func(p DayPick) bool { return p.Day == weekday })
		return !r.usual() && onDay && !r.off && !r.Within && len(r.Years) == 0 && len(r.Dates) == 0
	})
}

// HasWeek reports whether anything at all holds every week: not so for "Sa[1] 10:00-12:00".
func (s *Schedule) HasWeek() bool {
	return slices.ContainsFunc(s.rules, func(r rule) bool { return r.usual() })
}

// usualDay applies the rules that hold every year.
func (s *Schedule) usualDay(date Date, weekday time.Weekday) Day {
	var day Day
	for _, r := range s.rules {
		if r.usual() && r.usually(date, weekday) {
			day = r.apply(day)
		}
	}
	return day
}

// day applies the rules in their order: a later one replaces what earlier ones
// said of the same day, unless it is additional.
func (s *Schedule) day(at time.Time, holiday bool) Day {
	var day Day
	for _, r := range s.rules {
		if r.hold(at, holiday) {
			day = r.apply(day)
		}
	}
	return day
}

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

// Date is a day of any year.
type Date struct {
	Month time.Month
	Day   int
}

// ordinal orders dates within a leap year.
func (d Date) ordinal() int { return int(d.Month)*32 + d.Day }

// dateRange holds both ends and may wrap around new year.
type dateRange struct{ from, to Date }

func (r dateRange) contains(d Date) bool {
	from, to, at := r.from.ordinal(), r.to.ordinal(), d.ordinal()
	if from <= to {
		return at >= from && at <= to
	}
	return at >= from || at <= to
}

// rule is one part of an opening_hours value. Without dates it holds all year,
// without days and holidays every day.
type rule struct {
	dates          []dateRange
	days           []time.Weekday
	publicHolidays bool
	schoolHolidays bool
	additional     bool // adds to earlier rules, rather than replacing them on its days
	off            bool
	unsure         bool // "unknown", or only a comment
	spans          []Span
	comment        string
}

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
	return len(r.dates) == 0 && len(r.days) == 0 && !r.publicHolidays && !r.schoolHolidays &&
		!r.off && !r.unsure && slices.Equal(r.spans, []Span{{To: minutesPerDay}})
}

// Seasons are the weeks of the year, in the order of the year; one that wraps
// around new year comes last. A place with the same week all year has one.
func (s *Schedule) Seasons() []Season {
	starts := s.seasonStarts()
	var seasons []Season
	for i, start := range starts {
		next := starts[(i+1)%len(starts)]
		season := Season{From: start, To: dayBefore(next)}
		for day, weekday := range Weekdays {
			season.Week[day] = s.day(start, weekday, false)
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
		for _, dates := range r.dates {
			starts = append(starts, dates.from, dayAfter(dates.to))
		}
	}
	slices.SortFunc(starts, func(a, b Date) int { return a.ordinal() - b.ordinal() })
	return slices.Compact(starts)
}

// PublicHolidays is what holds on public holidays; false when nothing is said.
func (s *Schedule) PublicHolidays() (Day, bool) {
	return s.holidays(func(r rule) bool { return r.publicHolidays })
}

// SchoolHolidays is what holds during school holidays; false when nothing is said.
func (s *Schedule) SchoolHolidays() (Day, bool) {
	return s.holidays(func(r rule) bool { return r.schoolHolidays })
}

func (s *Schedule) holidays(concerns func(rule) bool) (Day, bool) {
	var day Day
	found := false
	for _, r := range s.rules {
		if concerns(r) {
			day, found = r.apply(day), true
		}
	}
	return day, found
}

// day applies the rules in their order: a later one replaces what earlier ones
// said of the same day, unless it is additional.
func (s *Schedule) day(date Date, weekday time.Weekday, holiday bool) Day {
	var day Day
	for _, r := range s.rules {
		if r.holdsOn(date, weekday, holiday) {
			day = r.apply(day)
		}
	}
	return day
}

func (r rule) holdsOn(date Date, weekday time.Weekday, holiday bool) bool {
	if len(r.dates) > 0 && !slices.ContainsFunc(r.dates, func(d dateRange) bool { return d.contains(date) }) {
		return false
	}
	if len(r.days) == 0 && !r.publicHolidays && !r.schoolHolidays {
		return true
	}
	return slices.Contains(r.days, weekday) || (holiday && r.publicHolidays)
}

func (r rule) apply(before Day) Day {
	after := Day{}
	if r.additional {
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

var daysOf = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func dayAfter(d Date) Date {
	if d.Day < daysOf[d.Month] {
		return Date{d.Month, d.Day + 1}
	}
	return Date{d.Month%12 + 1, 1}
}

func dayBefore(d Date) Date {
	if d.Day > 1 {
		return Date{d.Month, d.Day - 1}
	}
	month := (d.Month+10)%12 + 1
	return Date{month, daysOf[month]}
}

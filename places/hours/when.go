package hours

import (
	"slices"
	"time"
)

// Date is a day of any year.
type Date struct {
	Month time.Month
	Day   int
}

// ordinal orders dates within a leap year.
func (d Date) ordinal() int { return int(d.Month)*32 + d.Day }

// When is one end of a range of dates: of one year, or of any if Year is 0. With
// Easter, it is so many days after Easter Sunday and Date means nothing.
type When struct {
	Year int
	Date
	Easter bool
	Shift  int // days after Easter
}

// in is the date in a year.
func (w When) in(year int) Date {
	if !w.Easter {
		return w.Date
	}
	at := easter(year).AddDate(0, 0, w.Shift)
	return Date{at.Month(), at.Day()}
}

func (w When) before(other When) bool {
	if w.Year != other.Year {
		return w.Year < other.Year
	}
	return w.in(w.Year).ordinal() < other.in(other.Year).ordinal()
}

// DateRange holds both ends and may wrap around new year.
type DateRange struct{ From, To When }

// usual ranges are the same every year.
func (r DateRange) usual() bool { return r.From.Year == 0 && !r.From.Easter && !r.To.Easter }

func (r DateRange) contains(year int, d Date) bool {
	if r.From.Year != 0 {
		at := When{Year: year, Date: d}
		return !at.before(r.From) && !r.To.before(at)
	}
	from, to, at := r.From.in(year).ordinal(), r.To.in(year).ordinal(), d.ordinal()
	if from <= to {
		return at >= from && at <= to
	}
	return at >= from || at <= to
}

// Steps are the numbers From, From+Step, … up to To.
type Steps struct{ From, To, Step int }

func anyHolds(steps []Steps, n int) bool {
	return len(steps) == 0 || slices.ContainsFunc(steps, func(s Steps) bool {
		return n >= s.From && n <= s.To && (n-s.From)%s.Step == 0
	})
}

// DayPick is a weekday: each of a month, or with Nth the first (1) or the last (-1) and so on.
type DayPick struct {
	Day time.Weekday
	Nth int
}

func (p DayPick) holds(at time.Time) bool {
	if p.Day != at.Weekday() {
		return false
	}
	last := time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return p.Nth == 0 || p.Nth == (at.Day()+6)/7 || p.Nth == -(last-at.Day()+7)/7
}

// Days say on which days a rule holds. Without years, weeks (of ISO 8601) and dates
// it holds all year, without weekdays and holidays every day.
type Days struct {
	Years, Weeks   []Steps
	Dates          []DateRange
	Weekdays       []DayPick
	PublicHolidays bool
	SchoolHolidays bool
	Within         bool // weekdays within the holidays, rather than weekdays and holidays
}

// usual reports whether the days are the same in every year and every week of a season.
func (d Days) usual() bool {
	return len(d.Years) == 0 && len(d.Weeks) == 0 && !d.Within &&
		!slices.ContainsFunc(d.Dates, func(r DateRange) bool { return !r.usual() }) &&
		!slices.ContainsFunc(d.Weekdays, func(p DayPick) bool { return p.Nth != 0 })
}

// Over reports whether these days are all of years before that of at.
func (d Days) Over(at time.Time) bool {
	past := func(s Steps) bool { return s.To < at.Year() }
	gone := func(r DateRange) bool { return r.To.Year != 0 && r.To.Year < at.Year() }
	return len(d.Years) > 0 && !slices.ContainsFunc(d.Years, func(s Steps) bool { return !past(s) }) ||
		len(d.Dates) > 0 && !slices.ContainsFunc(d.Dates, func(r DateRange) bool { return !gone(r) })
}

func (d Days) inDates(year int, date Date) bool {
	return len(d.Dates) == 0 || slices.ContainsFunc(d.Dates, func(r DateRange) bool { return r.contains(year, date) })
}

// usually reports whether usual days hold a weekday at a date that is no holiday.
func (d Days) usually(date Date, weekday time.Weekday) bool {
	return d.inDates(0, date) && d.onDay(func(p DayPick) bool { return p.Day == weekday }, false)
}

func (d Days) hold(at time.Time, holiday bool) bool {
	_, week := at.ISOWeek()
	return anyHolds(d.Years, at.Year()) && anyHolds(d.Weeks, week) &&
		d.inDates(at.Year(), Date{at.Month(), at.Day()}) &&
		d.onDay(func(p DayPick) bool { return p.holds(at) }, holiday)
}

func (d Days) onDay(holds func(DayPick) bool, holiday bool) bool {
	onWeekday, onHoliday := slices.ContainsFunc(d.Weekdays, holds), holiday && d.PublicHolidays
	switch {
	case d.Within:
		return onWeekday && onHoliday
	case len(d.Weekdays) == 0 && !d.PublicHolidays && !d.SchoolHolidays:
		return true
	}
	return onWeekday || onHoliday
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

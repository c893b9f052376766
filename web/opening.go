package web

import (
	"strings"
	"time"

	"cartoquartiers/places"
	"cartoquartiers/places/hours"
)

// badge is a short certain statement: open until six, closed for good.
type badge struct {
	Tone, Text string // tone: good, warn, bad or quiet
	Hours      string // from which it was read, for a page that stays open; else empty
}

// badgeOf says how a place stands now; nil when nothing is certain.
func (v *view) badgeOf(p published) *badge {
	switch p.State {
	case places.Closed:
		return &badge{Tone: "bad", Text: v.T("state.closed")}
	case places.ClosedTemporarily:
		return &badge{Tone: "warn", Text: v.T("state.closed_temporarily")}
	case places.Open, places.Merged: // its hours say more; merged places have no page
	}
	schedule := p.schedule()
	if schedule == nil {
		return nil
	}
	if schedule.Always() {
		return &badge{Tone: "good", Text: v.T("hours.always")}
	}
	now := v.site.Clock().In(v.site.zone)
	status := schedule.At(now)
	switch status.State {
	case hours.Open:
		return &badge{"good", v.openUntil(now, status.Change), p.OpeningHours}
	case hours.Closed:
		return &badge{"quiet", v.closedUntil(now, status.Change), p.OpeningHours}
	case hours.Unknown: // nothing certain to say
	}
	return nil
}

func (v *view) openUntil(now, change time.Time) string {
	if change.IsZero() || change.Sub(now) > 24*time.Hour {
		return v.T("hours.open")
	}
	return v.T("hours.open_until", "time", v.clockOf(change))
}

func (v *view) closedUntil(now, change time.Time) string {
	switch days := calendarDays(now, change); {
	case change.IsZero():
		return v.T("hours.closed")
	case days == 0:
		return v.T("hours.opens_today", "time", v.clockOf(change))
	case days == 1:
		return v.T("hours.opens_tomorrow", "time", v.clockOf(change))
	}
	return v.T("hours.opens_on", "day", v.weekday(change.Weekday()), "time", v.clockOf(change))
}

func (v *view) clockOf(t time.Time) string {
	if minutes := t.Hour()*60 + t.Minute(); minutes > 0 {
		return v.clock(minutes)
	}
	return v.T("time.midnight")
}

// timetable is the opening hours of a place, in words.
type timetable struct {
	Always  bool
	Seasons []seasonTable
	Notes   []string // holidays, and what no week shows
	Raw     string   // as written, when that is all there is to show
}

type seasonTable struct {
	Caption string // "1er avril – 30 septembre"; empty when the week holds all year
	Rows    []dayRow
}

type dayRow struct {
	Day, Hours string
	Today      bool
	Closed     bool
}

// timetableOf is nil when nobody told the opening hours.
func (v *view) timetableOf(p published) *timetable {
	if p.OpeningHours == "" {
		return nil
	}
	schedule := p.schedule()
	if schedule == nil {
		return &timetable{Raw: p.OpeningHours}
	}
	if schedule.Always() {
		return &timetable{Always: true}
	}
	var table timetable
	if schedule.HasWeek() {
		v.fillYear(schedule, &table)
	}
	if day, on, known := schedule.PublicHolidays(); known {
		table.Notes = append(table.Notes, v.exception(hours.Days{PublicHolidays: true, Weekdays: on}, day))
	}
	if day, on, known := schedule.SchoolHolidays(); known {
		table.Notes = append(table.Notes, v.exception(hours.Days{SchoolHolidays: true, Weekdays: on}, day))
	}
	table.Notes = append(table.Notes, v.exceptions(schedule)...)
	if len(table.Seasons) == 0 && len(table.Notes) == 0 {
		table.Raw = p.OpeningHours // of years gone by
	}
	return &table
}

// fillYear shows the weeks of the year, and says what a sentence says better.
func (v *view) fillYear(schedule *hours.Schedule, table *timetable) {
	now := v.site.Clock().In(v.site.zone)
	seasons, apart := schedule.Year()
	usual := len(seasons) == 1 && seasons[0].AllYear()
	for _, one := range apart {
		dates := hours.DateRange{From: hours.When{Date: one.From}, To: hours.When{Date: one.To}}
		table.Notes = append(table.Notes, v.exception(hours.Days{Dates: []hours.DateRange{dates}}, one.Week[0]))
		usual = usual && !one.Contains(hours.Date{Month: now.Month(), Day: now.Day()})
	}
	for _, season := range seasons {
		week := seasonTable{Caption: v.seasonCaption(season)}
		for i, day := range season.Week {
			row := dayRow{
				Day: v.weekday(hours.Weekdays[i]), Hours: v.dayText(day), Closed: len(day.Spans) == 0,
				Today: usual && hours.Weekdays[i] == now.Weekday(),
			}
			if row.Closed && !day.Unsure && schedule.Sometimes(hours.Weekdays[i]) {
				row.Hours = v.T("hours.see_below")
			}
			week.Rows = append(week.Rows, row)
		}
		table.Seasons = append(table.Seasons, week)
	}
}

// seasonCaption names a part of the year; empty for all of it.
func (v *view) seasonCaption(season hours.Season) string {
	if season.AllYear() {
		return ""
	}
	return v.T("hours.season", "from", v.dayOfYear(season.From.Month, season.From.Day), "to", v.dayOfYear(season.To.Month, season.To.Day))
}

func (v *view) dayText(day hours.Day) string {
	text := ""
	for _, span := range day.Spans {
		text = joinWords(", ", text, v.spanText(span))
	}
	for _, comment := range day.Comments {
		text = joinWords(" · ", text, comment)
	}
	switch {
	case text == "" && day.Unsure:
		return v.T("hours.unsure")
	case text == "":
		return v.T("hours.day_closed")
	}
	return text
}

func (v *view) spanText(span hours.Span) string {
	if span.From == 0 && span.To == 24*60 && span.FromEvent == "" && span.ToEvent == "" {
		return v.T("hours.all_day")
	}
	from := v.endText(span.From, span.FromEvent)
	if span.OpenEnd && (span.To > span.From || span.ToEvent != "") {
		return v.T("hours.span_or_later", "from", from, "to", v.endText(span.To, span.ToEvent))
	}
	if span.OpenEnd {
		return v.T("hours.from_on", "from", from)
	}
	return unbroken(v.T("hours.span", "from", from, "to", v.endText(span.To, span.ToEvent)))
}

// unbroken keeps "14 h – 18 h 30" on one line.
func unbroken(text string) string { return strings.ReplaceAll(text, " ", "\u00a0") }

func (v *view) endText(minutes int, event hours.Event) string {
	if event != "" {
		return v.T("sun." + string(event))
	}
	return v.clock(minutes)
}

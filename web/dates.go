package web

import (
	"fmt"
	"time"
)

// Ago says when something happened: in days and weeks up to a month, then the date.
func (v *view) Ago(at time.Time) string {
	days := calendarDays(at.In(v.site.zone), v.site.Clock().In(v.site.zone))
	switch {
	case days < 0 || days > 31:
		return v.T("date.on", "date", v.Date(at))
	case days == 0:
		return v.T("date.today")
	case days == 1:
		return v.T("date.yesterday")
	case days < 14:
		return v.N("date.days_ago", days)
	}
	return v.N("date.weeks_ago", days/7)
}

// calendarDays counts midnights from one instant to another, in their zone.
func calendarDays(from, to time.Time) int {
	midnight := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(midnight(to).Sub(midnight(from)).Hours() / 24)
}

// Date is a day in words: 3 mars 2026, 3 March 2026.
func (v *view) Date(at time.Time) string {
	local := at.In(v.site.zone)
	return fmt.Sprintf("%s %d", v.dayOfYear(local.Month(), local.Day()), local.Year())
}

// dayOfYear is a day of any year: 3 mars, 1er mars, 3 March.
func (v *view) dayOfYear(month time.Month, day int) string {
	name := v.T("month." + monthKeys[month-1])
	if day == 1 {
		return v.T("date.first_of", "month", name)
	}
	return v.T("date.day_of", "day", day, "month", name)
}

var monthKeys = [12]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// weekdayKeys are in the order of time.Weekday.
var weekdayKeys = [7]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func (v *view) weekday(day time.Weekday) string { return v.T("weekday." + weekdayKeys[day]) }

// Stamp is an instant for machines, in the datetime attribute.
func (v *view) Stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// clock is a time of day: 8 h, 8 h 30, minuit; 08:00 in English. Minutes past
// midnight may be above 1440.
func (v *view) clock(minutes int) string {
	hour, minute := minutes/60%24, minutes%60
	if minutes == 24*60 {
		return v.T("time.midnight")
	}
	if minute == 0 {
		return v.T("time.hour", "hour", v.hour(hour))
	}
	return v.T("time.minute", "hour", v.hour(hour), "minute", fmt.Sprintf("%02d", minute))
}

func (v *view) hour(hour int) string {
	if v.Language == "en" {
		return fmt.Sprintf("%02d", hour)
	}
	return fmt.Sprint(hour)
}

// dateText is a YYYY-MM-DD in words, as it is when it is none.
func (v *view) dateText(text string) string {
	day, err := time.ParseInLocation(time.DateOnly, text, v.site.zone)
	if err != nil {
		return text
	}
	return v.Date(day)
}

// Day is a day for machines, in the datetime attribute.
func (v *view) Day(at time.Time) string { return at.Format(time.DateOnly) }

// Instant is a day and its time: 3 mars 2026 à 14 h 05.
func (v *view) Instant(at time.Time) string {
	local := at.In(v.site.zone)
	return v.T("date.at", "date", v.Date(at), "time", v.clock(local.Hour()*60+local.Minute()))
}

package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"cartoquartiers/places/hours"
)

// exceptions say what a weekly table cannot: "1er et 3e samedi du mois : 9 h – 12 h".
// Those of years gone by are left out.
func (v *view) exceptions(schedule *hours.Schedule) []string {
	var notes []string
	now := v.site.Clock().In(v.site.zone)
	for _, one := range schedule.Exceptions() {
		if one.Over(now) {
			continue
		}
		notes = append(notes, v.exception(one.Days, one.Day))
	}
	return notes
}

func (v *view) exception(days hours.Days, day hours.Day) string {
	when := []rune(v.whenText(days))
	when[0] = []rune(strings.ToUpper(string(when[0])))[0]
	return v.T("hours.exception", "when", string(when), "hours", v.dayText(day))
}

// whenText names days: "semaines paires, mardi".
func (v *view) whenText(days hours.Days) string {
	var parts []string
	for _, years := range days.Years {
		parts = append(parts, v.stepsText("years.", years, years.To >= 2999))
	}
	for _, dates := range days.Dates {
		parts = append(parts, v.datesText(dates))
	}
	for _, weeks := range days.Weeks {
		parts = append(parts, v.stepsText("weeks.", weeks, false))
	}
	if days.PublicHolidays {
		parts = append(parts, v.T("hours.on_public_holidays"))
	}
	if days.SchoolHolidays {
		parts = append(parts, v.T("hours.on_school_holidays"))
	}
	return strings.Join(append(parts, v.weekdaysText(days.Weekdays)...), ", ")
}

// stepsText names weeks or years: "semaine 5", "semaines impaires", "de 2026 à 2028".
func (v *view) stepsText(key string, steps hours.Steps, open bool) string {
	switch {
	case open:
		return v.T(key+"from", "from", steps.From)
	case steps.From == steps.To:
		return v.T(key+"one", "from", steps.From)
	case steps.Step == 2 && steps.To >= 52 && steps.From == 1:
		return v.T("hours.weeks_odd")
	case steps.Step == 2 && steps.To >= 52 && steps.From == 2:
		return v.T("hours.weeks_even")
	case steps.Step > 1:
		return v.T(key+"step", "from", steps.From, "to", steps.To, "step", steps.Step)
	}
	return v.T(key+"range", "from", steps.From, "to", steps.To)
}

func (v *view) datesText(dates hours.DateRange) string {
	if dates.From == dates.To {
		return v.whenDate(dates.From)
	}
	return v.T("hours.span", "from", v.whenDate(dates.From), "to", v.whenDate(dates.To))
}

func (v *view) whenDate(when hours.When) string {
	var text string
	switch {
	case when.Easter && when.Shift > 0:
		text = v.N("hours.after_easter", when.Shift)
	case when.Easter && when.Shift < 0:
		text = v.N("hours.before_easter", -when.Shift)
	case when.Easter:
		text = v.T("hours.easter")
	default:
		text = v.dayOfYear(when.Month, when.Day)
	}
	if when.Year != 0 {
		text += " " + strconv.Itoa(when.Year)
	}
	return text
}

// weekdaysText names weekdays, those of a month together: "1er et 3e samedi du mois".
func (v *view) weekdaysText(picks []hours.DayPick) []string {
	var parts []string
	for len(picks) > 0 {
		n := 1
		if picks[0].Nth == 0 {
			for n < len(picks) && picks[n].Nth == 0 && picks[n].Day == (picks[n-1].Day+1)%7 {
				n++
			}
			parts = append(parts, v.weekdaySpan(picks[0].Day, picks[n-1].Day))
		} else {
			for n < len(picks) && picks[n].Nth != 0 && picks[n].Day == picks[0].Day {
				n++
			}
			parts = append(parts, v.nthText(picks[:n]))
		}
		picks = picks[n:]
	}
	return parts
}

func (v *view) weekdaySpan(from, to time.Weekday) string {
	if from == to {
		return v.weekday(from)
	}
	return v.T("hours.span", "from", v.weekday(from), "to", v.weekday(to))
}

func (v *view) nthText(picks []hours.DayPick) string {
	var nths []string
	for _, pick := range picks {
		switch {
		case pick.Nth > 0:
			nths = append(nths, v.T("nth."+strconv.Itoa(pick.Nth)))
		case pick.Nth >= -2:
			nths = append(nths, v.T("nth.last_"+strconv.Itoa(-pick.Nth)))
		default:
			nths = append(nths, v.T("hours.nth_last", "n", -pick.Nth))
		}
	}
	text := strings.Join(slices.Compact(nths), v.T("hours.and"))
	return v.T("hours.nth_of_month", "nth", text, "day", v.weekday(picks[0].Day))
}

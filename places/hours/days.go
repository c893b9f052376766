package hours

import (
	"slices"
	"time"

	"cartoquartiers/internal/fault"
)

// days reads "Mo-Fr,Sa[1],PH", and "PH" or "SH" before or after.
func (p *parser) days(r *rule) error {
	for {
		name := p.peek().text
		first, isDay := weekdayNames[name]
		switch {
		case p.peek().kind != word:
			return nil
		case name == "ph":
			r.PublicHolidays = true
			p.at++
		case name == "sh":
			r.SchoolHolidays = true
			p.at++
		case isDay:
			p.at++
			if err := p.daysFrom(r, first); err != nil {
				return err
			}
		default:
			return nil
		}
		if isDayName(p.ahead(1)) && p.accept(",") {
			continue
		}
		if !isDayName(p.peek()) {
			p.accept(":")
			return nil
		}
		if (!r.PublicHolidays && !r.SchoolHolidays) || len(r.Weekdays) > 0 {
			return fault.New(fault.Invalid, "weekdays before holidays are not understood")
		}
		r.Within = true // "SH Mo-Fr": both at once
	}
}

func (p *parser) daysFrom(r *rule, first time.Weekday) error {
	if p.accept("[") {
		return p.nths(r, first)
	}
	last := first
	if p.accept("-") {
		var ok bool
		if last, ok = weekdayNames[p.peek().text]; !ok {
			return p.unexpected()
		}
		p.at++
	}
	for day := first; ; day = (day + 1) % 7 {
		if one := (DayPick{Day: day}); !slices.Contains(r.Weekdays, one) {
			r.Weekdays = append(r.Weekdays, one)
		}
		if day == last {
			return nil
		}
	}
}

// nths reads "1,3]", "1-2]", "-1]": which of a month, the last being -1.
func (p *parser) nths(r *rule, day time.Weekday) error {
	for {
		sign := 1
		if p.accept("-") {
			sign = -1
		}
		from, err := p.count(1, 5)
		to := from
		if err == nil && sign > 0 && p.accept("-") {
			to, err = p.count(from, 5)
		}
		if err != nil {
			return err
		}
		for nth := from; nth <= to; nth++ {
			r.Weekdays = append(r.Weekdays, DayPick{day, sign * nth})
		}
		if p.accept("]") {
			return nil
		}
		if !p.accept(",") {
			return p.unexpected()
		}
	}
}

func isDayName(t token) bool {
	_, isDay := weekdayNames[t.text]
	return t.kind == word && (isDay || t.text == "ph" || t.text == "sh")
}

package hours

import (
	"strconv"

	"cartoquartiers/internal/fault"
)

// selectors reads the years, dates and weeks that come before weekdays, in any order.
func (p *parser) selectors(r *rule) error {
	for {
		var err error
		switch {
		case p.startsDate():
			err = p.dates(r)
		case isYear(p.peek()):
			r.Years, err = p.steps(year)
		case p.peek().kind == word && p.peek().text == "week":
			p.at++
			r.Weeks, err = p.steps(week)
		default:
			return nil
		}
		if err != nil {
			return err
		}
		p.accept(":")
	}
}

func isYear(t token) bool { return t.kind == number && len(t.text) == 4 && t.text >= "1900" }

// year and week say which numbers steps takes.
var (
	year = Steps{1900, 2999, 1}
	week = Steps{1, 53, 1}
)

// steps reads "5", "1-53/2", "2026+", several by comma.
func (p *parser) steps(among Steps) ([]Steps, error) {
	var list []Steps
	for {
		one, err := p.step(among)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
		if p.ahead(1).kind != number || !p.accept(",") {
			return list, nil
		}
	}
}

func (p *parser) step(among Steps) (Steps, error) {
	from, err := p.count(among.From, among.To)
	one := Steps{from, from, 1}
	if err != nil {
		return one, err
	}
	if among == year && p.accept("+") {
		one.To = among.To
	}
	if !p.accept("-") {
		return one, nil
	}
	if one.To, err = p.count(from, among.To); err == nil && p.accept("/") {
		one.Step, err = p.count(1, among.To)
	}
	return one, err
}

// count reads a whole number between two others.
func (p *parser) count(least, most int) (int, error) {
	n, err := strconv.Atoi(p.peek().text)
	if err != nil || p.peek().kind != number || n < least || n > most {
		return 0, p.unexpected()
	}
	p.at++
	return n, nil
}

// startsDate holds before a month or Easter, with its year or without.
func (p *parser) startsDate() bool {
	next := p.peek()
	if isYear(next) {
		next = p.ahead(1)
	}
	_, isMonth := monthNames[next.text]
	return next.kind == word && (isMonth || next.text == "easter")
}

// dates reads "Apr-Sep", "Dec 24-26", "2026 Dec 20-2027 Jan 3", "easter -2 days",
// several by comma.
func (p *parser) dates(r *rule) error {
	for {
		dates, err := p.dateRange()
		if err != nil {
			return err
		}
		r.Dates = append(r.Dates, dates)
		if len(r.Dates) > 1 && (r.Dates[0].From.Year == 0) != (dates.From.Year == 0) {
			return fault.New(fault.Invalid, "dates of a year beside dates of all years are not understood")
		}
		p.at++ // what follows a comma
		more := p.startsDate()
		p.at--
		if !more || !p.accept(",") {
			return nil
		}
	}
}

func (p *parser) dateRange() (DateRange, error) {
	from, hasDay, err := p.date(When{})
	if err != nil {
		return DateRange{}, err
	}
	to := from
	if p.accept("-") {
		if to, hasDay, err = p.date(from); err != nil {
			return DateRange{}, err
		}
	}
	if !hasDay {
		to.Day = daysOf[to.Month]
	}
	if to.Year != 0 && to.before(from) {
		return DateRange{}, fault.New(fault.Invalid, "dates that end before they begin are not understood")
	}
	return DateRange{from, to}, nil
}

// date reads a month with or without a day, a day alone of the month before, or Easter.
func (p *parser) date(before When) (date When, hasDay bool, err error) {
	date = When{Year: before.Year, Date: Date{before.Month, 1}}
	if isYear(p.peek()) {
		if date.Year, _ = strconv.Atoi(p.peek().text); before.Month != 0 && before.Year == 0 {
			return date, false, p.unexpected()
		}
		p.at++
	}
	if p.peek().text == "easter" {
		p.at++
		date.Date, date.Easter = Date{}, true
		date.Shift, err = p.shift()
		return date, true, err
	}
	if month, ok := monthNames[p.peek().text]; ok && p.peek().kind == word {
		date.Month = month
		p.at++
	} else if before.Month == 0 {
		return date, false, p.unexpected()
	}
	if p.peek().kind != number || p.beginsTime() {
		return date, false, nil
	}
	date.Day, err = p.count(1, daysOf[date.Month])
	return date, true, err
}

// shift reads "-2 days", if it is there.
func (p *parser) shift() (int, error) {
	sign, count, unit := p.ahead(0), p.ahead(1), p.ahead(2)
	if (sign.text != "+" && sign.text != "-") || count.kind != number || (unit.text != "day" && unit.text != "days") {
		return 0, nil
	}
	p.at++
	days, err := p.count(1, 99)
	p.at++
	if sign.text == "-" {
		days = -days
	}
	return days, err
}

// beginsTime tells "08:00" from the day of "Jul 31: 08:00".
func (p *parser) beginsTime() bool {
	return p.ahead(1).text == ":" && p.ahead(2).kind == number && p.ahead(3).text != ":"
}

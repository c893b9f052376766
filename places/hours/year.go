package hours

import "slices"

// briefly is up to how many days a closure interrupts a season rather than ending it.
const briefly = 31

// Contains reports whether a day of the year is in the season.
func (s Season) Contains(d Date) bool {
	return DateRange{When{Date: s.From}, When{Date: s.To}}.contains(0, d)
}

// days counts the days of a season, in a leap year.
func (s Season) days() int {
	count := 1
	for at := s.From; at != s.To; at = dayAfter(at) {
		count++
	}
	return count
}

// isApart reports a season that a sentence says better than a table: closed all the time,
// or a few days that are all alike, as Christmas Eve, and like no longer one of all.
func (s Season) isApart(all []Season) bool {
	for _, day := range s.Week[1:] {
		if !day.equal(s.Week[0]) {
			return false
		}
	}
	if len(s.Week[0].Spans) == 0 && !s.Week[0].Unsure {
		return true
	}
	return s.days() <= 7 && !slices.ContainsFunc(all, func(one Season) bool { return one.days() > 7 && sameWeek(one, s) })
}

// Year is Seasons for reading: the weeks that a table shows, and apart from them what a
// sentence says of one stretch of the year, every day of which is Week[0]. What is apart
// for up to a month does not cut the season around it.
func (s *Schedule) Year() (tables, apart []Season) {
	all := s.Seasons()
	if len(all) == 1 || !slices.ContainsFunc(all, func(one Season) bool { return !one.isApart(all) }) {
		return all, nil
	}
	var parts []Season
	for _, one := range all {
		aside := one.isApart(all)
		if aside {
			apart = append(apart, one)
		}
		if aside && one.days() <= briefly {
			continue
		}
		if n := len(parts); n > 0 && sameWeek(parts[n-1], one) {
			parts[n-1].To = one.To
			continue
		}
		parts = append(parts, one)
	}
	if n := len(parts); n > 1 && sameWeek(parts[n-1], parts[0]) {
		parts[n-1].To = parts[0].To
		parts = parts[1:]
	}
	if len(parts) == 1 {
		parts[0].From, parts[0].To = Date{1, 1}, Date{12, 31}
	}
	return slices.DeleteFunc(parts, func(one Season) bool { return one.isApart(all) }), apart
}

// AllYear reports a season that never ends.
func (s Season) AllYear() bool { return dayAfter(s.To) == s.From }

package hours

import "time"

// isHoliday reports whether a day is one of the eleven public holidays of France
// (Code du travail, art. L3133-1).
func isHoliday(t time.Time) bool {
	switch (Date{t.Month(), t.Day()}) {
	case Date{time.January, 1}, Date{time.May, 1}, Date{time.May, 8}, Date{time.July, 14},
		Date{time.August, 15}, Date{time.November, 1}, Date{time.November, 11}, Date{time.December, 25}:
		return true
	}
	switch daysAfterEaster(t) {
	case 1, 39, 50: // Easter Monday, Ascension, Whit Monday
		return true
	}
	return false
}

// maybeHoliday reports the days that are holidays in a part of France only:
// Alsace and Moselle (Code du travail, art. L3134-13).
func maybeHoliday(t time.Time) bool {
	return daysAfterEaster(t) == -2 || (t.Month() == time.December && t.Day() == 26)
}

func daysAfterEaster(t time.Time) int {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return int(day.Sub(easter(t.Year())).Hours() / 24)
}

// easter is the Sunday of the Gregorian computus, by the anonymous algorithm
// (Meeus, Astronomical Algorithms, chapter 8).
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}

package hours

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/fault"
)

// describe writes a schedule as a text that a test can compare.
func describe(s *Schedule) string {
	var lines []string
	for _, season := range s.Seasons() {
		line := fmt.Sprintf("%d/%d-%d/%d", season.From.Day, season.From.Month, season.To.Day, season.To.Month)
		for i, day := range season.Week {
			line += " " + Weekdays[i].String()[:2] + "=" + describeDay(day)
		}
		lines = append(lines, line)
	}
	if day, _, ok := s.PublicHolidays(); ok {
		lines = append(lines, "PH="+describeDay(day))
	}
	if day, _, ok := s.SchoolHolidays(); ok {
		lines = append(lines, "SH="+describeDay(day))
	}
	return strings.Join(lines, "\n")
}

func describeDay(d Day) string {
	var parts []string
	for _, span := range d.Spans {
		parts = append(parts, describeEnd(span.From, span.FromEvent)+"-"+describeEnd(span.To, span.ToEvent))
		if span.OpenEnd {
			parts[len(parts)-1] = describeEnd(span.From, span.FromEvent) + "+"
		}
	}
	for _, comment := range d.Comments {
		parts = append(parts, `"`+comment+`"`)
	}
	text := strings.Join(parts, ",")
	if text == "" {
		text = "off"
	}
	if d.Unsure {
		text += "?"
	}
	return text
}

func describeEnd(minutes int, event Event) string {
	if event != "" {
		return string(event)
	}
	return fmt.Sprintf("%d:%02d", minutes/60, minutes%60)
}

func TestParse(t *testing.T) {
	year := "1/1-31/12 "
	for text, want := range map[string]string{
		"24/7": year + "Mo=0:00-24:00 Tu=0:00-24:00 We=0:00-24:00 Th=0:00-24:00 Fr=0:00-24:00 Sa=0:00-24:00 Su=0:00-24:00",
		"Mo-Fr 08:00-12:00,14:00-18:00; Sa 9:00-12:00": year +
			"Mo=8:00-12:00,14:00-18:00 Tu=8:00-12:00,14:00-18:00 We=8:00-12:00,14:00-18:00 Th=8:00-12:00,14:00-18:00 Fr=8:00-12:00,14:00-18:00 Sa=9:00-12:00 Su=off",
		"mo-fr 08:00-12:00 , 14:00-18:00;": year +
			"Mo=8:00-12:00,14:00-18:00 Tu=8:00-12:00,14:00-18:00 We=8:00-12:00,14:00-18:00 Th=8:00-12:00,14:00-18:00 Fr=8:00-12:00,14:00-18:00 Sa=off Su=off",
		"Mo-Su 10:00-20:00; We off; PH off": year + "Mo=10:00-20:00 Tu=10:00-20:00 We=off Th=10:00-20:00 Fr=10:00-20:00 Sa=10:00-20:00 Su=10:00-20:00\nPH=off",
		"Mo,We 10:00-12:00, We 16:00-18:00": year + "Mo=10:00-12:00 Tu=off We=10:00-12:00,16:00-18:00 Th=off Fr=off Sa=off Su=off",
		"Mo–Tu 10:00–12:00":                 year + "Mo=10:00-12:00 Tu=10:00-12:00 We=off Th=off Fr=off Sa=off Su=off",
		"Jul 15-Aug 31: 20:45-24:00; Sep-Jul 14 off": "15/7-31/8 Mo=20:45-24:00 Tu=20:45-24:00 We=20:45-24:00 Th=20:45-24:00 Fr=20:45-24:00 Sa=20:45-24:00 Su=20:45-24:00\n" +
			"1/9-14/7 Mo=off Tu=off We=off Th=off Fr=off Sa=off Su=off",
		"Mo 10:00-12:00; Mo 16:00-18:00": year + "Mo=16:00-18:00 Tu=off We=off Th=off Fr=off Sa=off Su=off",
		"Sa-Mo 22:00-02:00":              year + "Mo=22:00-26:00 Tu=off We=off Th=off Fr=off Sa=22:00-26:00 Su=22:00-26:00",
		"Mo sunrise-sunset":              year + "Mo=sunrise-sunset Tu=off We=off Th=off Fr=off Sa=off Su=off",
		"Fr 19:00+":                      year + "Mo=off Tu=off We=off Th=off Fr=19:00+ Sa=off Su=off",
		`Mo "sur rendez-vous"`:           year + `Mo="sur rendez-vous"? Tu=off We=off Th=off Fr=off Sa=off Su=off`,
		`Mo 09:00-10:00 "sonner"`:        year + `Mo=9:00-10:00,"sonner"? Tu=off We=off Th=off Fr=off Sa=off Su=off`,
		"Su,PH 10:00-12:00; SH off":      year + "Mo=off Tu=off We=off Th=off Fr=off Sa=off Su=10:00-12:00\nPH=10:00-12:00\nSH=off",
		"Mo":                             year + "Mo=0:00-24:00 Tu=off We=off Th=off Fr=off Sa=off Su=off",
		"Apr-Sep Mo 08:00-20:00; Oct-Mar off": "1/4-30/9 Mo=8:00-20:00 Tu=off We=off Th=off Fr=off Sa=off Su=off\n" +
			"1/10-31/3 Mo=off Tu=off We=off Th=off Fr=off Sa=off Su=off",
		"Mo 08:00-20:00; Dec 24-26 off": "24/12-26/12 Mo=off Tu=off We=off Th=off Fr=off Sa=off Su=off\n" +
			"27/12-23/12 Mo=8:00-20:00 Tu=off We=off Th=off Fr=off Sa=off Su=off",
		"Su 08:00-09:00; Nov 15-Feb: Su 10:00-11:00": "1/3-14/11 Mo=off Tu=off We=off Th=off Fr=off Sa=off Su=8:00-9:00\n" +
			"15/11-29/2 Mo=off Tu=off We=off Th=off Fr=off Sa=off Su=10:00-11:00",
	} {
		t.Run(text, func(t *testing.T) {
			schedule, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(schedule); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestParseRefusesWhatItDoesNotUnderstand(t *testing.T) {
	for _, text := range []string{
		"", ";", "sur rendez-vous", "Mo[6] 10:00-12:00", "Mo[2-1] 10:00-12:00", "Mo[1 10:00-12:00", "Sa[1] +1 day 10:00-12:00",
		"week 54 Mo 10:00-12:00", "week 50-3 Mo 10:00-12:00", "2024-2023 Mo 10:00-12:00", "2024 Dec 31-2024 Jan 2 off",
		"2024 Dec 31,Jan 2 off", "week 1-10/0 off",
		"Mo 10:00", "Mo 10-12", "Mo 25:70-26:00", "Mo 10:00-49:00", "Mo 10:00-12:00 | Tu 10:00-12:00", `Mo "sonner`,
		"Mo-Fr SH 10:00-12:00", "Mo-Xx 10:00-12:00", "Feb 30 off", "Mar Su[-1]-Oct 10:00-12:00",
		"easter -2 weeks off", "(sunrise+01:00)-sunset", "08h00-12h00", "Mo—Fr 08:00-12:00", "Mo 08:00-12:00;;", "Mo 10:00-12:00/90",
		strings.Repeat("Mo 08:00-12:00;", 200),
	} {
		if schedule, err := Parse(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v, %v; want an Invalid fault", text, schedule, err)
		}
	}
}

func TestAt(t *testing.T) {
	for _, c := range []struct{ hours, at, want string }{
		{"24/7", "2026-03-18 03:00", "open"},
		{"Mo-Fr 08:00-12:00,14:00-18:00", "2026-03-18 11:59", "open until 2026-03-18 12:00"}, // a Wednesday
		{"Mo-Fr 08:00-12:00,14:00-18:00", "2026-03-18 12:00", "closed until 2026-03-18 14:00"},
		{"Mo-Fr 08:00-12:00,14:00-18:00", "2026-03-20 18:00", "closed until 2026-03-23 08:00"},
		{"Mo-Fr 08:00-18:00", "2026-05-01 10:00", "unknown"}, // Labour day, nothing said
		{"Mo-Fr 08:00-18:00; PH off", "2026-05-01 10:00", "closed until 2026-05-04 08:00"},
		{"Mo-Fr 08:00-18:00; PH off", "2026-04-30 10:00", "open until 2026-04-30 18:00"},
		{"Mo-Fr 08:00-18:00; PH 10:00-12:00", "2026-05-01 10:00", "open until 2026-05-01 12:00"},
		{"Mo-Fr 08:00-18:00", "2026-04-30 19:00", "closed"}, // what comes next is not certain
		{"Fr 22:00-02:00", "2026-03-21 01:59", "open until 2026-03-21 02:00"},
		{"Fr 22:00-02:00", "2026-03-21 02:00", "closed until 2026-03-27 22:00"},
		{"Sa 20:00-24:00; Su 00:00-03:00", "2026-03-21 21:00", "open until 2026-03-22 03:00"},
		{"Sa 20:00-03:00", "2026-03-28 21:00", "open until 2026-03-29 03:00"}, // clocks go forward that night
		{"Mo-Su 00:00-24:00; PH off", "2026-03-10 12:00", "open"},
		{"Mo sunrise-sunset", "2026-03-16 12:00", "unknown"},
		{"Mo sunrise-sunset; Tu 10:00-12:00", "2026-03-17 11:00", "unknown"}, // may last past midnight for all we know
		{`We 10:00-18:00 "sur rendez-vous"`, "2026-03-18 12:00", "unknown"},
		{"Mo-Fr 10:00-18:00; SH off", "2026-03-18 12:00", "unknown"},
		{"Jan-Mar We 10:00-18:00; Apr-Dec off", "2026-03-18 12:00", "open until 2026-03-18 18:00"},
		{"Jan-Mar We 10:00-18:00; Apr-Dec off", "2026-04-22 12:00", "closed"},
		{"We 10:00-12:00,11:00-14:00", "2026-03-18 11:30", "open until 2026-03-18 14:00"},
	} {
		t.Run(c.hours+" at "+c.at, func(t *testing.T) {
			schedule, err := Parse(c.hours)
			if err != nil {
				t.Fatal(err)
			}
			if got := describeStatus(schedule.At(local(t, c.at))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func local(t *testing.T, text string) time.Time {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skipf("no time zones on this machine: %v", err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, paris)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func describeStatus(s Status) string {
	text := map[State]string{Unknown: "unknown", Open: "open", Closed: "closed"}[s.State]
	if !s.Change.IsZero() {
		text += " until " + s.Change.Format("2006-01-02 15:04")
	}
	return text
}

func TestEaster(t *testing.T) { // dates from the tables of the Bureau des longitudes
	for year, want := range map[int]string{2000: "04-23", 2008: "03-23", 2011: "04-24", 2024: "03-31", 2025: "04-20", 2026: "04-05", 2038: "04-25"} {
		if got := easter(year).Format("01-02"); got != want {
			t.Errorf("Easter %d is %s, want %s", year, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Mo-Fr 08:00-12:00,14:00-18:00; Sa 09:00-12:00; PH off")
	f.Add(`Apr 01-Sep 30: sunrise-sunset "x"; 24/7, Mo 19:00+`)
	f.Fuzz(func(t *testing.T, text string) {
		schedule, err := Parse(text)
		if err != nil {
			return
		}
		if len(schedule.Seasons()) == 0 {
			t.Error("no season at all")
		}
		at := time.Date(2026, 12, 24, 23, 59, 0, 0, time.UTC)
		if status := schedule.At(at); !status.Change.IsZero() && !status.Change.After(at) {
			t.Errorf("changes at %v, which is past", status.Change)
		}
	})
}

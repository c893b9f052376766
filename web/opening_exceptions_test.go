package web

import (
	"strings"
	"testing"
	"time"
)

func TestHoursThatNoWeekShows(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"Sa[1,3] 09:00-12:00":                       {"1er et 3e samedi du mois : 9 h – 12 h", "1st and 3rd Saturday of the month: 09:00 – 12:00"},
		"Su[-1],Th[-2],We[-4] 10:00-12:00":          {"Dernier dimanche du mois, avant-dernier jeudi du mois, 4e depuis la fin, mercredi du mois : 10 h – 12 h", ""},
		"week 1-53/2 Mo-We,Fr 10:00-12:00":          {"Semaines impaires, lundi – mercredi, vendredi : 10 h – 12 h", "Odd weeks, Monday – Wednesday, Friday: 10:00 – 12:00"},
		"week 2-52/2 off":                           {"Semaines paires : fermé", "Even weeks: closed"},
		"week 5,10-12,20-30/3 Tu 10:00-12:00":       {"Semaine 5, semaines 10 à 12, semaines 20 à 30, une sur 3, mardi : 10 h – 12 h", ""},
		"Mo 08:00-19:00; 2026 Dec 31 08:00-14:00":   {"31 décembre 2026 : 8 h – 14 h", "31 December 2026: 08:00 – 14:00"},
		"2021 Dec 31 08:00-14:00; 2020-2022 Mo off": {"", ""},
		"2026 Dec 20-2027 Jan 03 off":               {"20 décembre 2026 – 3 janvier 2027 : fermé", ""},
		"2027+ Mo 10:00-12:00":                      {"À partir de 2027, lundi : 10 h – 12 h", ""},
		"2026 Mo off":                               {"En 2026, lundi : fermé", "In 2026, Monday: closed"},
		"easter -2 days off":                        {"2 jours avant Pâques : fermé", "2 days before Easter: closed"},
		"easter,easter +1 day off":                  {"Dimanche de Pâques, le lendemain de Pâques : fermé", ""},
		"SH Mo-Fr 10:00-19:00+":                     {"Vacances scolaires, lundi – vendredi : 10 h – 19 h ou plus tard", ""},
		"PH Mo off":                                 {"Jours fériés, lundi : fermé", ""},
	} {
		clock := func() time.Time { return wednesday }
		s := &site{Deps: Deps{Clock: clock}, catalogue: readCatalogues(), zone: time.UTC}
		for i, language := range []string{"fr", "en"} {
			if i == 1 && want[1] == "" {
				continue
			}
			v := &view{Language: language, site: s}
			table := v.timetableOf(published{OpeningHours: text})
			if got := strings.ReplaceAll(strings.Join(table.Notes, " | "), "\u00a0", " "); got != want[i] {
				t.Errorf("%s: %q, want %q", text, got, want[i])
			}
		}
	}
}

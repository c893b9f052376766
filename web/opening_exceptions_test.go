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

func TestATableSaysWhatHolds(t *testing.T) {
	t.Parallel()
	s := &site{Deps: Deps{Clock: func() time.Time { return wednesday }}, catalogue: readCatalogues(), zone: time.UTC}
	v := &view{Language: "fr", site: s}
	for text, want := range map[string]string{
		"Mo-Su 10:00-20:00; Dec 25,Jan 01,May 01 off":                "[] | 1er janvier : fermé | 1er mai : fermé | 25 décembre : fermé",
		"Tu-Sa 10:00-19:00; Dec 24-Jan 02: closed":                   "[] | 24 décembre – 2 janvier : fermé",
		"Mo-Su 10:00-20:00; Dec 24 10:00-16:00":                      "[] | 24 décembre : 10 h – 16 h",
		"Mo-Fr 10:00-20:00; Jun-Sep off":                             "[Du 1er octobre au 31 mai] | 1er juin – 30 septembre : fermé",
		"Apr-Sep Mo 08:00-20:00; Oct-Mar Mo 09:00-17:00; Dec 25 off": "[Du 1er avril au 30 septembre][Du 1er octobre au 31 mars] | 25 décembre : fermé",
		"Aug Mo-Fr 10:00-12:00; Sep-Jul Mo-Fr 9:00-18:00":            "[Du 1er août au 31 août][Du 1er septembre au 31 juillet]",
		"off":                                         "[]",
		"2024 Mo-Fr 10:00-12:00":                      " | written",
		"PH,Su off; Mo-Sa 08:00-20:00":                "[]",
		"Mo-Sa 08:00-20:00; PH,Su off":                "[] | Jours fériés : fermé",
		"Mo-Fr 9:00-17:00; PH off; Sa 9:00-12:00":     "[] | Jours fériés, lundi – vendredi, dimanche : fermé",
		"PH off; Mo-Fr 9:00-17:00; Dec 24 9:00-12:00": "[] | 24 décembre : 9 h – 12 h",
		"Mo-Fr 9:00-17:00; Sa[1] 09:00-13:00":         "[](samedi voir ci-dessous) | 1er samedi du mois : 9 h – 13 h",
	} {
		table := v.timetableOf(published{OpeningHours: text})
		got := ""
		for _, season := range table.Seasons {
			got += "[" + season.Caption + "]"
			for _, row := range season.Rows {
				if row.Hours == "voir ci-dessous" {
					got += "(" + row.Day + " " + row.Hours + ")"
				}
			}
		}
		for _, note := range table.Notes {
			got += " | " + strings.ReplaceAll(note, "\u00a0", " ")
		}
		if table.Raw == text {
			got += " | written"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

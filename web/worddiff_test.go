package web

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// marked writes changed parts in brackets.
func marked(parts []part) string {
	var text strings.Builder
	for _, one := range parts {
		if one.Changed {
			text.WriteString("[" + one.Text + "]")
			continue
		}
		text.WriteString(one.Text)
	}
	return text.String()
}

func TestWordDiffMarksWords(t *testing.T) {
	for _, c := range []struct{ before, after, old, now string }{
		{"", "", "", ""},
		{"", "neuf", "", "neuf"}, {"vieux", "", "vieux", ""},
		{"Livres et films", "Livres, films", "Livres[ et] films", "Livres[,] films"},
		{"Mo-Fr 09:00-18:00", "Mo-Fr 09:00-19:00", "Mo-Fr 09:00-[18]:00", "Mo-Fr 09:00-[19]:00"},
		{"école", "École", "[école]", "[École]"},
	} {
		old, now := wordDiff(c.before, c.after)
		if marked(old) != c.old || marked(now) != c.now {
			t.Errorf("%q, %q: %q, %q", c.before, c.after, marked(old), marked(now))
		}
	}
}

// TestWordDiffLosesNothing: the parts are the texts, and what is not marked is in both.
func TestWordDiffLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab é,.\n1")), 0, 40, -1)
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		old, now := wordDiff(before, after)
		if all(old, true) != before || all(now, true) != after {
			t.Fatalf("%q, %q became %q, %q", before, after, all(old, true), all(now, true))
		}
		if before != "" && after != "" && all(old, false) != all(now, false) {
			t.Fatalf("unmarked: %q and %q", all(old, false), all(now, false))
		}
	})
}

func all(parts []part, changed bool) string {
	text := ""
	for _, one := range parts {
		if changed || !one.Changed {
			text += one.Text
		}
	}
	return text
}

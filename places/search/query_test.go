package search

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for name, want := range map[string]string{
		"L'Île 12":              " l ile 12",
		"Médiathèque":           " mediatheque",
		"E\u0301cole":           " ecole",
		"Sacré-Cœur":            " sacre coeur",
		"Straße ŁÓDŹ":           " strasse lodz",
		"  ":                    "",
		"!?":                    "",
		"ÇA, c’est «l'été»":     " ca c est l ete",
		"Ελλάδα":                " ελλαδα",
		"№ 5 ½":                 " no 5 1 2",
		"caf\xe9":               " caf",
		"Maison\nde\tquartier.": " maison de quartier",
	} {
		if got := Fold(name); got != want {
			t.Errorf("Fold(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestBest(t *testing.T) {
	for _, c := range []struct {
		typed, name string
		want        Rank
	}{
		{"mais", "Maison de quartier", Prefix},
		{"MAISON DE Q", "maison de quartier", Prefix},
		{"quart mais", "Maison de quartier", Words},
		{"ecole zola", "Groupe scolaire École Émile Zola", Words},
		{"aison", "Maison de quartier", NoMatch},
		{"mediateque", "Médiathèque", Typos},
		{"medai", "Médiathèque", Typos},
		{"ecloe", "École Jules Ferry", Typos},
		{"biblothek", "Bibliothèque", Typos},
		{"jardn partage", "Jardin partagé", Typos},
		{"resourcerie", "La Ressourcerie", Typos},
		{"jardin xyz", "Jardin partagé", NoMatch},
		{"pac", "Parc", NoMatch},
		{"zzzzzz", "Jardin partagé", NoMatch},
	} {
		if got := NewQuery(c.typed).Best(c.name); got != c.want {
			t.Errorf("%q in %q: %d, want %d", c.typed, c.name, got, c.want)
		}
	}
	if NewQuery("?!") != nil || NewQuery("") != nil {
		t.Error("a query without a letter")
	}
}

// TestEveryPrefixOfANameFindsIt holds for any text at all.
func TestEveryPrefixOfANameFindsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 60, 100).Draw(t, "name")
		words := strings.Fields(Fold(name))
		if len(words) == 0 {
			return
		}
		word := []rune(rapid.SampledFrom(words).Draw(t, "word"))
		prefix := string(word[:rapid.IntRange(1, len(word)).Draw(t, "length")])
		if q := NewQuery(prefix); q == nil || q.Best(name) == NoMatch || q.Best(name) == Typos {
			t.Fatalf("%q does not find %q", prefix, name)
		}
	})
}

// TestOneTypoIsForgiven leaves out, doubles or swaps a letter behind the first
// two of a long word.
func TestOneTypoIsForgiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"mediatheque", "ressourcerie", "composteur", "defibrillateur", "bibliotheque", "gymnase"}).Draw(t, "word")
		at := rapid.IntRange(2, len(word)-2).Draw(t, "at")
		typed := rapid.SampledFrom([]string{
			word[:at] + word[at+1:],
			word[:at] + word[at:at+1] + word[at:],
			word[:at] + word[at+1:at+2] + word[at:at+1] + word[at+2:],
		}).Draw(t, "typed")
		if NewQuery(typed).Best("La "+word) == NoMatch {
			t.Fatalf("%q does not find %q", typed, word)
		}
	})
}

func FuzzQuery(f *testing.F) {
	f.Add("jardin", "Jardin partagé")
	f.Fuzz(func(_ *testing.T, typed, name string) {
		if q := NewQuery(typed); q != nil {
			q.Best(name)
		}
	})
}

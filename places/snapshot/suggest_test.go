package snapshot

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"

	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
	"cartoquartiers/places/placestest"
	"cartoquartiers/places/search"
)

// TestSuggestFindsWhatReadingEveryNameFinds compares with the slow way, over old,
// replaced and recent rows.
func TestSuggestFindsWhatReadingEveryNameFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	db := pgtest.New(t)
	words := []string{"Jardin", "Médiathèque", "École", "des Lilas", "Ressourcerie", "du Port", "Bellevue", "Maison"}
	rename := func(changes []placestest.Change) []placestest.Change {
		for i := range changes {
			changes[i].Name = ""
			if random.IntN(5) > 0 {
				changes[i].Name = words[random.IntN(len(words))] + " " + words[random.IntN(len(words))] + fmt.Sprint(" ", random.IntN(4))
			}
		}
		return changes
	}
	placestest.Write(t, db, rename(placestest.RandomList(random, 1, 500))...)
	store := open(t, db, Options{FoldAt: 200})
	for range 5 {
		waitFor(t, store, placestest.Write(t, db, rename(placestest.RandomList(random, places.ID(1+random.IntN(400)), 90))...))
	}
	view := store.View()
	for _, typed := range []string{"j", "mai", "medi", "jardin des", "lilas", "port 2", "mediateque", "ecloe", "resourcerie", "belvue", "xyz", "maison belevue"} {
		for _, near := range []*orb.Point{nil, {7.4, 43.7}} {
			for _, limit := range []int{1, 7, 1000} {
				got, want := described(view.Suggest(search.NewQuery(typed), near, limit)), readAll(view, typed, near, limit)
				if !slices.Equal(got, want) {
					t.Errorf("%q near %v, limit %d:\n%v\nwant\n%v", typed, near, limit, got, want)
				}
			}
		}
	}
	if got := view.Suggest(search.NewQuery("jardin"), nil, 5); len(got) != 5 || got[0].Rank != search.Prefix {
		t.Errorf("%v", described(got))
	}
}

func described(suggestions []Suggestion) []string {
	texts := make([]string, len(suggestions))
	for i, s := range suggestions {
		texts[i] = fmt.Sprintf("%d %s %d", s.Rank, s.Row.Name(), s.Row.ID())
	}
	return texts
}

func readAll(view *View, typed string, near *orb.Point, limit int) []string {
	q := search.NewQuery(typed)
	var exact, forgiven []Suggestion
	for row := range view.All(places.Filter{}) {
		s := Suggestion{Row: row, Rank: q.Best(row.Name())}
		if near != nil {
			s.Metres = metresBetween(*near, row.Point())
		}
		switch s.Rank {
		case search.Prefix, search.Words:
			exact = append(exact, s)
		case search.Typos:
			forgiven = append(forgiven, s)
		case search.NoMatch:
		}
	}
	if len(exact) < limit {
		exact = append(exact, forgiven...)
	}
	slices.SortFunc(exact, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Metres, b.Metres), cmp.Compare(len(a.Row.Name()), len(b.Row.Name())),
			strings.Compare(a.Row.Name(), b.Row.Name()), cmp.Compare(a.Row.ID(), b.Row.ID()))
	})
	return described(exact[:min(limit, len(exact))])
}

func TestMetresBetweenAgreesWithTheSphere(t *testing.T) {
	for _, c := range [][2]orb.Point{
		{{-1.55, 47.21}, {-1.50, 47.25}}, {{179.99, -17}, {-179.99, -17.02}}, {{7.41, 43.73}, {7.42, 43.74}}, {{2, 48}, {2, 48}},
	} {
		got, want := metresBetween(c[0], c[1]), orbgeo.DistanceHaversine(c[0], c[1])
		if diff := got - want; diff < -0.005*want-1 || diff > 0.005*want+1 {
			t.Errorf("%v: %v m, want %v", c, got, want)
		}
	}
}

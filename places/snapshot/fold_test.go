package snapshot

import (
	"math/rand/v2"
	"strings"
	"testing"

	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
	"cartoquartiers/places/placestest"
)

// Folding again and again must not keep the texts of rows that are long gone.
func TestFoldLetsGoOfOldTexts(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	random := rand.New(rand.NewPCG(7, 7))
	placestest.Write(t, db, placestest.RandomList(random, 1, 50)...)
	store := open(t, db, Options{FoldAt: 20})
	for round := range 30 {
		changes := placestest.RandomList(random, 1, 50)
		changes[0].Name = strings.Repeat("n", round+1)
		waitFor(t, store, placestest.Write(t, db, changes...))
	}
	held, used := heldAndUsed(store.View())
	for range 100 { // the last fold may still be under way; each change lets it come in
		if held <= 6*used {
			break
		}
		again, _ := store.View().Find(places.ID(1))
		change := placestest.Random(random, again.ID())
		change.Name, change.Removed = again.Name(), false
		waitFor(t, store, placestest.Write(t, db, change))
		held, used = heldAndUsed(store.View())
	}
	if held > 6*used {
		t.Errorf("%d bytes of features are held for %d in use", held, used)
	}
	view := store.View()
	if row, ok := view.Find(places.ID(1)); !ok || row.Name() != strings.Repeat("n", 30) {
		t.Errorf("place 1 is %q", row.Name())
	}
}

// heldAndUsed are the bytes of features that a view keeps alive, and those that it shows.
func heldAndUsed(v *View) (held, used int) {
	for row := range v.All(everyState) {
		used += len(row.Feature())
	}
	_, held = v.Bytes()
	return held, used
}

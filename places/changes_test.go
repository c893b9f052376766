package places_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
)

// TestReadersOfTheFeedMissNothing follows the feed with a reader that
// only ever goes forward while eight writers publish at once.
func TestReadersOfTheFeedMissNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	const writers, rounds, batch = 8, 25, 3
	var writing sync.WaitGroup
	for writer := range writers {
		writing.Go(func() {
			for round := range rounds {
				drafts := make([]places.Draft, batch)
				for i := range drafts {
					drafts[i] = draft(fmt.Sprintf("%d-%d-%d", writer, round, i), orb.Point{float64(writer), float64(round)})
				}
				if _, err := places.Publish(t.Context(), db, taxonomy, places.Cause{At: noon}, drafts); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const all = writers * rounds * batch
	seen := map[places.ID]bool{}
	polls := 0
	for since := int64(0); since < all && !t.Failed(); polls++ {
		changes, err := places.Changes(t.Context(), db, since, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes {
			if change.Seq != since+1 {
				t.Fatalf("seq %d follows %d", change.Seq, since)
			}
			if change.Operation != places.Created || change.Revision != 1 || seen[change.Place] {
				t.Fatalf("%+v, seen before: %v", change, seen[change.Place])
			}
			since, seen[change.Place] = change.Seq, true
		}
	}
	writing.Wait()
	if published := count(t, db, `select count(*) from published_places`); len(seen) != all || published != all {
		t.Errorf("the reader saw %d places in %d polls, %d are published, want %d", len(seen), polls, published, all)
	}
}

func TestChangesTellWhatHappened(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first := publish(t, db, draft("A", orb.Point{1, 1}))[0]
	again := draft("B", orb.Point{1, 1})
	again.Place, again.Base = first.Place, 1
	publish(t, db, again)
	changes, err := places.Changes(t.Context(), db, 0, 10)
	if err != nil || len(changes) != 2 {
		t.Fatalf("%+v, %v", changes, err)
	}
	if got := changes[1]; got.Seq != 2 || got.Place != first.Place || got.Revision != 2 || got.Operation != places.Updated || !got.At.Equal(noon) {
		t.Errorf("%+v", got)
	}
	if rest, err := places.Changes(t.Context(), db, 2, 10); err != nil || len(rest) != 0 {
		t.Errorf("behind the last: %+v, %v", rest, err)
	}
}

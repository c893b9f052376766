package snapshot

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/geo"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/places"
	"cartoquartiers/places/placestest"
)

var everyState = places.Filter{States: []places.State{places.Open, places.ClosedTemporarily, places.Closed}}

// fingerprint is what a View says of every place, in order.
func fingerprint(v *View) []string {
	var all []string
	for row := range v.All(everyState) {
		all = append(all, string(row.Feature())+row.Cursor().String()+row.Name()+row.Category()+row.Neighbourhood()+fmt.Sprint(row.Group(), row.Kind(), row.State(), row.Wheelchair(), row.Point()))
	}
	return all
}

func compareWithFreshLoad(t *testing.T, db *pgxpool.Pool, followed *View) {
	t.Helper()
	fresh := open(t, db, Options{}).View()
	if fresh.Seq() != followed.Seq() || fresh.Len() != followed.Len() || !fresh.UpdatedAt().Equal(followed.UpdatedAt()) {
		t.Fatalf("followed to seq %d with %d places of %v, a fresh load has seq %d with %d of %v",
			followed.Seq(), followed.Len(), followed.UpdatedAt(), fresh.Seq(), fresh.Len(), fresh.UpdatedAt())
	}
	if !slices.Equal(fingerprint(fresh), fingerprint(followed)) {
		t.Fatal("the followed places differ from a fresh load")
	}
}

func TestKilledConnectionsMissNothing(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	node, err := pgxpool.New(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Close)
	publisher, err := pgxpool.New(context.Background(), url+"&application_name=publisher")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(publisher.Close)

	random := rand.New(rand.NewPCG(1, 1))
	store := open(t, node, Options{FoldAt: 200})
	var last int64
	for i := range 1000 {
		c := placestest.Random(random, places.ID(1+random.IntN(600)))
		c.Removed = random.IntN(5) == 0
		last = placestest.Write(t, publisher, c)
		if i%20 == 0 {
			killOthers(t, publisher)
		}
	}
	waitFor(t, store, last)
	compareWithFreshLoad(t, publisher, store.View())
}

func killOthers(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	_, err := db.Exec(context.Background(), `
		select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and application_name <> 'publisher' and backend_type = 'client backend'`)
	if err != nil {
		t.Fatal(err)
	}
}

// The machine that runs tests may stand still for a moment, so the rule is asked
// of the median.
func TestAnotherNodeShowsAPublishWithinASecond(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	random := rand.New(rand.NewPCG(2, 2))
	placestest.Write(t, db, placestest.RandomList(random, 1, 100)...)
	other := open(t, db, Options{Rhythm: time.Hour}) // woken by notifications alone
	var took []time.Duration
	for id := places.ID(1000); id < 1021; id++ {
		placestest.Write(t, db, placestest.Random(random, id))
		committed := time.Now()
		for told := other.told.Load(); ; told = other.told.Load() {
			if _, ok := other.View().Find(id); ok {
				break
			}
			select {
			case <-told.superseded:
			case <-time.After(20 * time.Second):
				t.Fatalf("place %d is not shown", id)
			}
		}
		took = append(took, time.Since(committed))
	}
	slices.Sort(took)
	if median := took[len(took)/2]; median > time.Second {
		t.Errorf("another node shows a publish after %v", median)
	}
}

func TestOneReadsOnesOwnWrites(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	store := open(t, db, Options{Rhythm: time.Hour, FoldAt: 10})
	random := rand.New(rand.NewPCG(3, 3))
	for id := places.ID(1); id < 60; id++ {
		c := placestest.Random(random, id)
		c.State = places.Open
		const zoom = 14
		mx, my := geo.Mercator(c.Point)
		x, y := uint32(min(mx, insideUnit)*(1<<zoom)), uint32(min(my, insideUnit)*(1<<zoom))
		before := store.TileVersion(zoom, x, y, 0)
		view := waitFor(t, store, placestest.Write(t, db, c))
		row, ok := view.Find(id)
		if !ok || row.Point() != c.Point {
			t.Fatalf("place %d is not there after WaitFor", id)
		}
		if store.TileVersion(zoom, x, y, 0) == before {
			t.Fatalf("tile %d/%d/%d kept its version over a change inside", zoom, x, y)
		}
		if store.TileVersion(3, 0, 0, 0) == 0 {
			t.Fatal("a low tile kept its version over a change")
		}
	}
}

func TestABulkOrARestoredBackupIsLoadedAgain(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	random := rand.New(rand.NewPCG(4, 4))
	first := placestest.Write(t, db, placestest.RandomList(random, 1, 300)...)
	store := open(t, db, Options{Rhythm: 50 * time.Millisecond})
	ctx := context.Background()
	// As after a bulk import: far more changes than are worth applying one by one.
	if _, err := db.Exec(ctx, `
		insert into changes (seq, place_id, revision, operation, at)
		select $1 + n, 1 + n % 300, 1, 'update', $2 from generate_series(1, $3::int) n`, first, placestest.Epoch, reloadAbove+1); err != nil {
		t.Fatal(err)
	}
	waitFor(t, store, first+reloadAbove+1)
	compareWithFreshLoad(t, db, store.View())
	// As after a restored backup: the database is younger than the node.
	told := store.told.Load()
	if _, err := db.Exec(ctx, `delete from changes where seq > $1`, first); err != nil {
		t.Fatal(err)
	}
	select {
	case <-told.superseded:
	case <-time.After(20 * time.Second):
		t.Fatal("the node still shows what the database has not")
	}
	compareWithFreshLoad(t, db, store.View())
}

// Pages are read while others publish: what existed throughout and stayed where
// it was comes exactly once, and no reader ever sees half a change.
func TestPagingAndFoldingWhileOthersPublish(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	random := rand.New(rand.NewPCG(5, 5))
	stable := placestest.RandomList(random, 1, 800)
	for i := range stable {
		stable[i].State = places.Open
	}
	placestest.Write(t, db, stable...)
	store := open(t, db, Options{FoldAt: 40})
	publishing, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { publishUntil(t, publishing, db, stable) })
	for range 2 {
		running.Go(func() {
			for publishing.Err() == nil {
				checkPages(t, store)
			}
		})
	}
	waitFor(t, store, store.View().Seq()+300)
	stop()
	running.Wait()
	waitFor(t, store, placestest.Write(t, db, placestest.Random(random, 5000)))
	compareWithFreshLoad(t, db, store.View())
}

// publishUntil updates stable places where they are, and adds, moves and removes others.
func publishUntil(t *testing.T, ctx context.Context, db *pgxpool.Pool, stable []placestest.Change) {
	random := rand.New(rand.NewPCG(6, 6))
	for ctx.Err() == nil {
		touched := stable[random.IntN(len(stable))]
		touched.Name = "renamed"
		other := placestest.Random(random, places.ID(2000+random.IntN(200)))
		other.Removed = random.IntN(3) == 0
		placestest.Write(t, db, touched, other)
	}
}

func checkPages(t *testing.T, store *Store) {
	seen := make(map[places.ID]int)
	var cursor Cursor
	var rows []Row
	for more := true; more; {
		view := store.View()
		rows, cursor, more = view.Page(everyState, cursor, 37)
		for _, row := range rows {
			seen[row.ID()]++
			if found, ok := view.Find(row.ID()); !ok || found.Seq() != row.Seq() {
				t.Errorf("place %d is in a page and found differently", row.ID())
			}
		}
	}
	for id := places.ID(1); id <= 800; id++ {
		if seen[id] != 1 {
			t.Errorf("place %d came %d times", id, seen[id])
		}
	}
}

package tiles

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"cartoquartiers/geo"
	"cartoquartiers/places"
	"cartoquartiers/places/placestest"
)

// What is kept is true: a tile that a publish changes gets another version, at
// every zoom, the places in its buffer included.
func TestKeptTilesFollowEveryPublish(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(12, 13))
	db, store := town(t, random)
	kept, fresh := NewSource(store, 1<<20), NewSource(store, 0)
	changed := 0
	for range 120 {
		c := placestest.Random(random, places.ID(1+random.IntN(1900)))
		c.Removed = random.IntN(4) == 0
		around := neighbours(tileOf(random.IntN(MaxZoom+1), c.Point))
		before := make([][]byte, len(around))
		for i, a := range around {
			before[i] = plainOf(t, kept, a)
		}
		follow(t, store, placestest.Write(t, db, c))
		for i, a := range around {
			now := plainOf(t, kept, a)
			if want := fresh.Encode(store.View(), a, places.Filter{}); !sameContent(t, now, want) {
				t.Fatalf("tile %v is kept although place %d changed at %v", a, c.ID, c.Point)
			}
			if !bytes.Equal(now, before[i]) {
				changed++
			}
		}
	}
	if changed < 60 {
		t.Errorf("only %d tiles changed: this test tests nothing", changed)
	}
}

// sameContent compares tiles whatever the order of their features, which
// changes when recent changes are folded in.
func sameContent(t *testing.T, a, b []byte) bool {
	t.Helper()
	content := func(tile []byte) []string {
		layers, err := mvt.Unmarshal(tile)
		if err != nil {
			t.Fatal(err)
		}
		var features []string
		for _, layer := range layers {
			for _, f := range layer.Features {
				features = append(features, fmt.Sprint(layer.Name, f.ID, f.Geometry, f.Properties))
			}
		}
		slices.Sort(features)
		return features
	}
	return bytes.Equal(a, b) || slices.Equal(content(a), content(b))
}

func plainOf(t *testing.T, source *Source, a Address) []byte {
	t.Helper()
	plain, err := source.Plain(source.Tile(a, places.Filter{}))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// neighbours are a tile and those around it.
func neighbours(a Address) (around []Address) {
	for dx := -1; dx <= 1; dx++ {
		for dy := -1; dy <= 1; dy++ {
			b := Address{a.Z, a.X + uint32(dx), a.Y + uint32(dy)}
			if b.Valid() {
				around = append(around, b)
			}
		}
	}
	return around
}

// A tile costs the same few allocations however much is in it.
func TestEncodingAllocatesLittle(t *testing.T) {
	_, store := town(t, rand.New(rand.NewPCG(14, 15)))
	view, e := store.View(), new(encoder)
	x, y := geo.Mercator([2]float64{-1.5536, 47.2184})
	a := Address{PlacesFrom, uint32(x * (1 << PlacesFrom)), uint32(y * (1 << PlacesFrom))}
	features := len(decode(t, e.encode(view, a, places.Filter{}), PlacesLayer))
	allocations := math.Inf(1)
	for range 5 { // the store works in the background now and then, which only adds
		allocations = min(allocations, testing.AllocsPerRun(20, func() { e.encode(view, a, places.Filter{}) }))
	}
	if features < 200 || allocations > 10 {
		t.Errorf("%v allocations for %d places", allocations, features)
	}
}

func TestCanonicalTellsFiltersApart(t *testing.T) {
	same := [][2]places.Filter{
		{{}, {Categories: []string{}}},
		{{Categories: []string{"a", "b"}}, {Categories: []string{"b", "a", "b"}}},
	}
	for _, pair := range same {
		if canonical(pair[0]) != canonical(pair[1]) {
			t.Errorf("%+v and %+v find the same", pair[0], pair[1])
		}
	}
	distinct := []places.Filter{
		{}, {Categories: []string{"a"}}, {Groups: []string{"a"}}, {Neighbourhoods: []string{"a"}},
		{Neighbourhoods: []string{"a", "b"}}, {Neighbourhoods: []string{"a\x02\x01b"}}, {Neighbourhoods: []string{"a\x00"}},
		{Neighbourhoods: []string{""}}, {Kinds: []places.Kind{"a"}}, {States: []places.State{"a"}},
	}
	seen := make(map[string]int)
	for i, f := range distinct {
		if j, ok := seen[canonical(f)]; ok {
			t.Errorf("%+v and %+v share a text", distinct[j], f)
		}
		seen[canonical(f)] = i
	}
}

func TestParseAddress(t *testing.T) {
	good := map[string]Address{
		"0/0/0.mvt": {0, 0, 0}, "22/4194303/4194303.mvt": {22, 4194303, 4194303}, "10/9/12.mvt": {10, 9, 12}, "99/1/1.mvt": {99, 1, 1},
	}
	for path, want := range good {
		if got, ok := ParseAddress(path); !ok || got != want {
			t.Errorf("%s is %v, %v", path, got, ok)
		}
	}
	for _, path := range []string{
		"", "/", "0/0", "0/0/0", "0/0/0.pbf", "0/0/0.mvt/", "0/0/0.mvt?x", "a/0/0.mvt", "-1/0/0.mvt", "+1/0/0.mvt",
		"01/0/0.mvt", "1/00/0.mvt", "1//0.mvt", "1/0/.mvt", "1/0/0..mvt", "1/0/9999999999.mvt", "0/0/0.mvt\x00", " 0/0/0.mvt",
	} {
		if got, ok := ParseAddress(path); ok {
			t.Errorf("%q is %v, want nothing", path, got)
		}
	}
	for _, a := range []Address{{-1, 0, 0}, {23, 0, 0}, {0, 1, 0}, {3, 0, 8}} {
		if a.Valid() {
			t.Errorf("%v is no tile", a)
		}
	}
}

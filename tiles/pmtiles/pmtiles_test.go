package pmtiles

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"
)

func TestIDsFollowTheSpecification(t *testing.T) {
	t.Parallel()
	// The examples of the specification, section 4.1.
	for want, at := range map[uint64][3]uint32{0: {0, 0, 0}, 1: {1, 0, 0}, 2: {1, 0, 1}, 3: {1, 1, 1}, 4: {1, 1, 0}, 5: {2, 0, 0}, 19078479: {12, 3423, 1763}} {
		if got := ID(int(at[0]), at[1], at[2]); got != want {
			t.Errorf("%v is %d, not %d", at, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.IntRange(0, MaxZoom).Draw(t, "z")
		x, y := uint32(rapid.IntRange(0, 1<<z-1).Draw(t, "x")), uint32(rapid.IntRange(0, 1<<z-1).Draw(t, "y"))
		if gotZ, gotX, gotY := XYZ(ID(z, x, y)); gotZ != z || gotX != x || gotY != y {
			t.Fatalf("%d/%d/%d came back as %d/%d/%d", z, x, y, gotZ, gotX, gotY)
		}
	})
}

// archived is an archive of zoom 12 and what is in it: tiles far from each other, of
// many lengths, so that the index takes leaves, and runs of the sea between them.
type archived struct {
	whole []byte
	tiles map[uint64][]byte
}

const countOfMany = 12_000

// many is made once: tests write it where they read it.
var many = sync.OnceValues(func() (a archived, err error) {
	dir, err := os.MkdirTemp("", "pmtiles-*")
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "many.pmtiles")
	writer, err := Create(path)
	if err != nil {
		return a, err
	}
	defer writer.Abort()
	a.tiles = make(map[uint64][]byte)
	random := rand.New(rand.NewPCG(1, 2))
	id := ID(12, 0, 0)
	for range countOfMany {
		step, text := 1+random.Uint64N(400), fmt.Appendf(nil, "%d %s", id, strings.Repeat("x", random.IntN(60)))
		if random.IntN(4) == 0 {
			step, text = 1, []byte("sea")
		}
		id += step
		a.tiles[id] = text
		if err := writer.Add(id, text); err != nil {
			return a, err
		}
	}
	bound := orb.Bound{Min: orb.Point{-1.7, 47.1}, Max: orb.Point{-1.4, 47.3}}
	if err := writer.Close(Info{Low: 12, High: 12, Bound: bound, Metadata: map[string]any{"name": "Îlot"}}); err != nil {
		return a, err
	}
	a.whole, err = os.ReadFile(path)
	return a, err
})

func TestAnArchiveComesBack(t *testing.T) {
	t.Parallel()
	made, err := many()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "many.pmtiles")
	if err := os.WriteFile(path, made.whole, 0o600); err != nil {
		t.Fatal(err)
	}
	archive, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if archive.header.leaves.length == 0 {
		t.Error("no leaf directories: the test looks at too little")
	}
	for known := range made.tiles {
		for id := known - 1; id <= known+1; id++ { // absent ones lie beside
			z, x, y := XYZ(id)
			if got, err := archive.Tile(z, x, y); err != nil || !bytes.Equal(got, made.tiles[id]) {
				t.Fatalf("tile %d is %q, %v, not %q", id, got, err, made.tiles[id])
			}
		}
	}
	ids := slices.Collect(archive.IDs())
	if !slices.IsSorted(ids) || len(ids) != len(made.tiles) {
		t.Errorf("%d ids of %d tiles", len(ids), len(made.tiles))
	}
	for _, z := range []int{11, 13} {
		if got, err := archive.Tile(z, 0, 0); got != nil || err != nil {
			t.Errorf("zoom %d: %q, %v", z, got, err)
		}
	}
	info := archive.Info()
	if info.Metadata["name"] != "Îlot" || info.Low != 12 || info.High != 12 || info.Bound.Min != (orb.Point{-1.7, 47.1}) {
		t.Errorf("info %+v", info)
	}
	once := 0
	for _, text := range made.tiles {
		if string(text) != "sea" {
			once += len(text)
		}
	}
	if archive.header.tiles.length != uint64(once+len("sea")) {
		t.Errorf("%d bytes of tiles, not %d: is the sea kept once?", archive.header.tiles.length, once+len("sea"))
	}
}

func TestTilesMustComeInOrder(t *testing.T) {
	t.Parallel()
	writer, err := Create(filepath.Join(t.TempDir(), "x.pmtiles"))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Abort()
	if err := writer.Add(7, []byte("a")); err != nil {
		t.Fatal(err)
	}
	for _, id := range []uint64{7, 3} {
		if writer.Add(id, []byte("b")) == nil {
			t.Errorf("%d after 7 is taken", id)
		}
	}
}

// TestAnAbortedArchiveLeavesNothing keeps what was there.
func TestAnAbortedArchiveLeavesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.pmtiles")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Add(1, []byte("a")); err != nil {
		t.Fatal(err)
	}
	writer.Abort()
	kept, err := os.ReadFile(path)
	files, errDir := os.ReadDir(filepath.Dir(path))
	if err != nil || errDir != nil || string(kept) != "before" || len(files) != 1 {
		t.Errorf("%q, %d files, %v, %v", kept, len(files), err, errDir)
	}
}

// TestDamagedArchives cuts and flips; whatever comes of it is a tile or an error.
func TestDamagedArchives(t *testing.T) {
	t.Parallel()
	made, err := many()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "damaged.pmtiles")
	refused := 0
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		damaged := bytes.Clone(made.whole)
		if random.IntN(2) == 0 {
			damaged = damaged[:random.IntN(400)]
		} else {
			damaged[random.IntN(400)] ^= 1 << random.IntN(8)
		}
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		archive, err := Open(file)
		if err != nil {
			refused++
			continue
		}
		for range 50 {
			_, _ = archive.Tile(12, random.Uint32N(4096), random.Uint32N(4096)) // must not panic
		}
		_ = archive.Close()
	}
	if refused < 30 {
		t.Errorf("%d of 200 were refused", refused)
	}
}

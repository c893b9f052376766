package pmtiles

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
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

// many writes an archive of zoom 8, some tiles left out and many alike, and tells
// what is in it.
func many(t testing.TB) (path string, tiles map[uint64][]byte) {
	t.Helper()
	path, tiles = filepath.Join(t.TempDir(), "many.pmtiles"), make(map[uint64][]byte)
	writer, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Abort()
	random := rand.New(rand.NewPCG(1, 2))
	for id := ID(8, 0, 0); id < ID(9, 0, 0); id++ {
		text := fmt.Sprintf("tile %d", id)
		switch random.IntN(4) {
		case 0:
			continue
		case 1:
			text = "sea"
		}
		tiles[id] = []byte(text)
		if err := writer.Add(id, tiles[id]); err != nil {
			t.Fatal(err)
		}
	}
	bound := orb.Bound{Min: orb.Point{-1.7, 47.1}, Max: orb.Point{-1.4, 47.3}}
	if err := writer.Close(Info{Low: 8, High: 8, Bound: bound, Metadata: map[string]any{"name": "Îlot"}}); err != nil {
		t.Fatal(err)
	}
	return path, tiles
}

func TestAnArchiveComesBack(t *testing.T) {
	t.Parallel()
	path, tiles := many(t)
	archive, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if archive.header.leaves.length == 0 {
		t.Error("no leaf directories: the test looks at too little")
	}
	for id := ID(8, 0, 0); id < ID(9, 0, 0); id++ {
		z, x, y := XYZ(id)
		if got, err := archive.Tile(z, x, y); err != nil || !bytes.Equal(got, tiles[id]) {
			t.Fatalf("tile %d is %q, %v, not %q", id, got, err, tiles[id])
		}
	}
	for _, z := range []int{7, 9} {
		if got, err := archive.Tile(z, 0, 0); got != nil || err != nil {
			t.Errorf("zoom %d: %q, %v", z, got, err)
		}
	}
	info := archive.Info()
	if info.Metadata["name"] != "Îlot" || info.Low != 8 || info.High != 8 || info.Bound.Min != (orb.Point{-1.7, 47.1}) {
		t.Errorf("info %+v", info)
	}
	about, err := os.Stat(path)
	if err != nil || about.Size() > 1_200_000 {
		t.Errorf("%d bytes: is the sea kept once? %v", about.Size(), err)
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
	path, _ := many(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		damaged := bytes.Clone(whole)
		if random.IntN(2) == 0 {
			damaged = damaged[:random.IntN(400)]
		} else {
			damaged[random.IntN(400)] ^= 1 << random.IntN(8)
		}
		file := filepath.Join(t.TempDir(), "damaged.pmtiles")
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		archive, err := Open(file)
		if err != nil {
			refused++
			continue
		}
		for range 50 {
			_, _ = archive.Tile(8, random.Uint32N(256), random.Uint32N(256)) // must not panic
		}
		_ = archive.Close()
	}
	if refused < 30 {
		t.Errorf("%d of 200 were refused", refused)
	}
}

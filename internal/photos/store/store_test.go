package store

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/photos"
)

func openStore(t *testing.T) (*Store, string) {
	t.Helper()
	data := t.TempDir()
	s, err := Open(t.Context(), "", data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, filepath.Join(data, "photos")
}

func keep(t *testing.T, s *Store) string {
	t.Helper()
	name, err := NewName()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(t.Context(), name, pictureOf()); err != nil {
		t.Fatal(err)
	}
	return name
}

// pictureOf has files as long as their sizes, each of one byte.
func pictureOf() (picture photos.Picture) {
	for i, size := range photos.Sizes {
		picture.Renditions[i] = photos.Rendition{Size: size, JPEG: bytes.Repeat([]byte{byte(i)}, size)}
	}
	return picture
}

// checkKept reads one size back.
func checkKept(t *testing.T, s *Store, name string) {
	t.Helper()
	reader, err := s.Read(t.Context(), name, 960)
	if err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(reader)
	if err != nil || len(file) != 960 || reader.Size() != 960 || file[0] != 1 {
		t.Errorf("%d bytes, %v", len(file), err)
	}
	_ = reader.Close()
}

func TestStoreKeepsAndForgets(t *testing.T) {
	s, _ := openStore(t)
	name := keep(t, s)
	checkKept(t, s, name)
	for range 2 { // what is gone is no fault
		if err := s.Forget(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range photos.Sizes {
		if _, err := s.Read(t.Context(), name, size); !fault.Is(err, fault.NotFound) {
			t.Errorf("size %d after it was forgotten: %v", size, err)
		}
	}
}

func TestStoreSweepsWhatNobodyKnows(t *testing.T) {
	s, dir := openStore(t)
	known, orphan := keep(t, s), keep(t, s)
	cut := filepath.Join(dir, known[:2], known+"-320.jpg.18a.tmp") // of a process that was killed
	foreign := filepath.Join(dir, "LISEZMOI.txt")
	for _, path := range []string{cut, foreign} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stays := func(name string) (bool, error) { return name == known, nil }
	if gone, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour), stays); gone != 0 || err != nil {
		t.Errorf("too early: %d, %v", gone, err)
	}
	if gone, err := s.Sweep(t.Context(), time.Now().Add(time.Hour), stays); gone != len(photos.Sizes)+1 || err != nil {
		t.Errorf("%d files went, %v", gone, err)
	}
	if _, err := s.Read(t.Context(), orphan, 320); !fault.Is(err, fault.NotFound) {
		t.Errorf("the orphan is there: %v", err)
	}
	if reader, err := s.Read(t.Context(), known, 320); err != nil {
		t.Error(err)
	} else {
		_ = reader.Close()
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("somebody else's file: %v", err)
	}
}

// TestStoreKeepsWhatAnotherDatabaseKnows: a database that knows nothing of a store
// is the wrong one, or not restored yet.
func TestStoreKeepsWhatAnotherDatabaseKnows(t *testing.T) {
	s, _ := openStore(t)
	var last string
	for range 12 {
		last = keep(t, s)
	}
	knowsNothing := func(string) (bool, error) { return false, nil }
	if gone, err := s.Sweep(t.Context(), time.Now().Add(time.Hour), knowsNothing); gone != 0 || !fault.Is(err, fault.Conflict) {
		t.Errorf("%d files went, %v", gone, err)
	}
	if reader, err := s.Read(t.Context(), last, 320); err != nil {
		t.Error(err)
	} else {
		_ = reader.Close()
	}
}

func TestStoreSaysThatItIsAway(t *testing.T) {
	if _, err := Open(t.Context(), "nowhere://bucket", t.TempDir()); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown scheme: %v", err)
	}
	s, _ := openStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var picture photos.Picture
	picture.Renditions[0] = photos.Rendition{Size: 320, JPEG: []byte("x")}
	if err := s.Keep(ctx, "00112233445566778899aabbccddeeff", picture); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a write that is cut: %v", err)
	}
}

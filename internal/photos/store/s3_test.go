package store

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	_ "gocloud.dev/blob/s3blob" // s3:// URLs, as in the program

	"cartoquartiers/internal/fault"
)

// TestStoreInABucket does over the protocol of S3 what the others do in a directory:
// keep, read, forget, sweep. Credentials come from the environment, as in a real bucket.
func TestStoreInABucket(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("carte"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	address := "s3://carte?region=eu-west-3&use_path_style=true&endpoint=" + server.URL + "&prefix=photos/"
	s, err := Open(t.Context(), address, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	known, orphan := keep(t, s), keep(t, s)
	checkKept(t, s, known)
	for range 2 { // what is gone is no fault
		if err := s.Forget(t.Context(), orphan); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Read(t.Context(), orphan, 960); !fault.Is(err, fault.NotFound) {
		t.Errorf("forgotten: %v", err)
	}
	orphan = keep(t, s)
	stays := func(name string) (bool, error) { return name == known, nil }
	if gone, err := s.Sweep(t.Context(), time.Now().Add(time.Hour), stays); gone != 3 || err != nil {
		t.Errorf("%d files went, %v", gone, err)
	}
	if _, err := s.Read(t.Context(), orphan, 320); !fault.Is(err, fault.NotFound) {
		t.Errorf("the orphan is there: %v", err)
	}
	checkKept(t, s, known)
	if _, err := Open(t.Context(), "s3://nobodys?region=eu-west-3&use_path_style=true&endpoint="+server.URL, ""); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a bucket that is not there: %v", err)
	}
	server.Close()
	if err := s.Keep(t.Context(), "00112233445566778899aabbccddeeff", pictureOf()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("while it does not answer: %v", err)
	}
}

package moderation_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"path/filepath"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/photos/store"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// gallery is a town that takes photos, with one place.
type gallery struct {
	town
	road  *moderation.Road
	dir   string // of the store
	place places.ID
}

func newGallery(t *testing.T) *gallery {
	t.Helper()
	g := &gallery{town: newTown(t), road: moderation.DefaultRoad(taxonomy)}
	var err error
	data := t.TempDir()
	g.dir = filepath.Join(data, "photos")
	if g.road.Photos, err = store.Open(t.Context(), "", data); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.road.Photos.Close() })
	g.place = g.mustSubmit(t, g.agent, library).Place
	return g
}

// snap is a picture in one colour.
func snap(t testing.TB, width, height int) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i)
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, nil); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func (g *gallery) upload(t *testing.T, actor accounts.Actor) moderation.Upload {
	t.Helper()
	if err := g.road.MaySendPhoto(t.Context(), g, actor, noon); err != nil {
		t.Fatal(err)
	}
	upload, err := g.road.TakePhoto(t.Context(), g, actor, snap(t, 400, 30), noon)
	if err != nil {
		t.Fatal(err)
	}
	return upload
}

func (g *gallery) proposal(upload string) string {
	return fmt.Sprintf(`{"action":"photo","place_id":%d,"photo":%q,"alt":"La façade","licence":"CC-BY-SA-4.0"}`, g.place, upload)
}

// propose sends a picture and proposes it; its number comes with it.
func (g *gallery) propose(t *testing.T, actor accounts.Actor) (received moderation.Received, number int64) {
	t.Helper()
	received = g.mustSubmit(t, actor, g.proposal(g.upload(t, actor).ID))
	if err := g.QueryRow(t.Context(), `select id from photos where contribution_id = $1`, received.ID).Scan(&number); err != nil {
		t.Fatal(err)
	}
	return received, number
}

// published is a photo that a moderator has accepted, and its contribution.
func (g *gallery) published(t *testing.T) (c moderation.Contribution, number int64) {
	t.Helper()
	received, number := g.propose(t, g.resident)
	decision, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	return decision.Contribution, number
}

// stands tells the state of a photo, and whether its bytes have to go by an instant.
func (g *gallery) stands(t *testing.T, number int64, by time.Time) (state string, goes bool) {
	t.Helper()
	err := g.QueryRow(t.Context(), `select state, coalesce(due_at <= $2, false) from photos where id = $1`, number, by).Scan(&state, &goes)
	if err != nil {
		t.Fatal(err)
	}
	return state, goes
}

// file is the name of a photo's file; files are all that are in the store.
func (g *gallery) file(t *testing.T, number int64) (name string) {
	t.Helper()
	if err := g.QueryRow(t.Context(), `select file from photos where id = $1`, number).Scan(&name); err != nil {
		t.Fatal(err)
	}
	return name
}

func (g *gallery) inStore(t *testing.T, name string) bool {
	t.Helper()
	reader, err := g.road.Photos.Read(t.Context(), name, 320)
	if fault.Is(err, fault.NotFound) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
	return true
}

func (g *gallery) sweep(t *testing.T, now time.Time) {
	t.Helper()
	if err := g.road.SweepPhotos(t.Context(), g, now); err != nil {
		t.Fatal(err)
	}
}

// shown tells whether everybody can see it.
func (g *gallery) shown(t *testing.T, name string) bool {
	t.Helper()
	reader, err := g.road.PublishedPhoto(t.Context(), g, name, 960)
	if fault.Is(err, fault.NotFound) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
	return true
}

package moderation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/photos"
	"cartoquartiers/internal/photos/store"
	"cartoquartiers/moderation"
)

// A server that is killed anywhere leaves nothing for ever.
func TestSweepFindsWhatWasLeftBehind(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	upload := g.upload(t, g.resident)
	var unbound string
	if err := g.QueryRow(t.Context(), `select file from photos`).Scan(&unbound); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := g.Exec(t.Context(), `alter table photos add constraint full_disk check (id < 2)`); err != nil {
		t.Fatal(err)
	}
	if _, err := g.road.TakePhoto(t.Context(), g, g.resident, snap(t, 40, 30), noon); err == nil {
		t.Fatal("taken")
	}
	var cut string
	if err := g.QueryRow(t.Context(), `select file from photo_leftovers`).Scan(&cut); err != nil || !g.inStore(t, cut) {
		t.Fatalf("%q, %v", cut, err)
	}
	cancel()
	if err := g.road.SweepPhotos(ctx, g, noon.AddDate(0, 0, 2)); err == nil {
		t.Error("swept though it was cut")
	}
	g.sweep(t, noon.Add(time.Minute))
	if !g.inStore(t, cut) || !g.inStore(t, unbound) {
		t.Error("swept what may still be written, or bound")
	}
	g.sweep(t, noon.Add(25*time.Hour))
	var left int
	err := g.QueryRow(t.Context(), `select (select count(*) from photos) + (select count(*) from photo_leftovers)`).Scan(&left)
	if err != nil || left != 0 || g.inStore(t, cut) || g.inStore(t, unbound) {
		t.Errorf("%d rows, %v; in the store: %v, %v", left, err, g.inStore(t, cut), g.inStore(t, unbound))
	}
	if _, err := g.submit(t, g.resident, g.proposal(upload.ID)); wrongField(err) != "/photo" {
		t.Errorf("an upload that is gone: %v", err)
	}
}

func TestSweepStoreDeletesWhatNoRowKnows(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	_, number := g.published(t)
	orphan, err := store.NewName()
	if err != nil {
		t.Fatal(err)
	}
	picture, err := g.road.Photos.Darkroom.Develop(t.Context(), snap(t, 40, 30))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.road.Photos.Keep(t.Context(), orphan, picture); err != nil {
		t.Fatal(err)
	}
	// The age of a file is by the clock of the store.
	if gone, err := g.road.SweepStore(t.Context(), g, time.Now().Add(48*time.Hour)); gone != len(photos.Sizes) || err != nil {
		t.Errorf("%d files, %v", gone, err)
	}
	if g.inStore(t, orphan) || !g.inStore(t, g.file(t, number)) {
		t.Error("the wrong files went")
	}
}

func TestOnlyModeratorsInScopeSeeAPhotoThatWaits(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	_, number := g.propose(t, g.resident)
	elsewhere := g.colleague
	elsewhere.Scopes = []accounts.Scope{{Neighbourhood: "ailleurs"}}
	for name, one := range map[string]struct {
		actor  accounts.Actor
		number int64
		kind   fault.Kind
	}{
		"its author": {g.resident, number, fault.Forbidden}, "a visitor": {g.visitor, number, fault.Forbidden},
		"an agent": {g.agent, number, fault.Forbidden}, "elsewhere": {elsewhere, number, fault.Forbidden}, "none": {g.moderator, 999, fault.NotFound},
	} {
		if _, err := g.road.ReviewedPhoto(t.Context(), g, one.actor, one.number, 320, noon); !fault.Is(err, one.kind) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := g.road.BlurPhoto(t.Context(), g, one.actor, one.number, []photos.Rectangle{{Width: 1, Height: 1}}, noon); !fault.Is(err, one.kind) {
			t.Errorf("%s blurs: %v", name, err)
		}
	}
	reader, err := g.road.ReviewedPhoto(t.Context(), g, g.moderator, number, 320, noon)
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
}

// isGrey tells whether the middle of a size of a photo is painted over.
func (g *gallery) isGrey(t *testing.T, number int64, size int) bool {
	t.Helper()
	reader, err := g.road.ReviewedPhoto(t.Context(), g, g.moderator, number, size, noon)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	file, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	middle := decoded.Bounds().Size().Div(2)
	grey, _ := color.GrayModel.Convert(decoded.At(middle.X, middle.Y)).(color.Gray)
	beside, _ := color.GrayModel.Convert(decoded.At(middle.X+5, middle.Y+3)).(color.Gray)
	return grey.Y >= 126 && grey.Y <= 130 && beside == grey
}

func TestBlurringReplacesTheFiles(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	received, number := g.propose(t, g.resident)
	middle := []photos.Rectangle{{X: 0.4, Y: 0.4, Width: 0.2, Height: 0.2}}
	for _, accepted := range []bool{false, true} {
		before := g.file(t, number)
		done, err := g.road.BlurPhoto(t.Context(), g, g.moderator, number, middle, noon.Add(3*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		after := g.file(t, number)
		if after == before || g.inStore(t, before) || g.shown(t, before) {
			t.Errorf("accepted %v: %s, then %s; in the store %v", accepted, before, after, g.inStore(t, before))
		}
		for _, size := range photos.Sizes {
			if !g.isGrey(t, number, size) {
				t.Errorf("accepted %v: the size %d shows it", accepted, size)
			}
		}
		if accepted {
			live := g.live(t, g.place)
			if live.Document.Photos[fmt.Sprint(number)].File != after || live.Revision != 3 || done.Seq == 0 || !g.shown(t, after) {
				t.Errorf("published %+v at revision %d", live.Document.Photos, live.Revision)
			}
			return
		}
		if _, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted}); !fault.Is(err, fault.Stale) {
			t.Errorf("decided as if it was as before: %v", err)
		}
		received.Version = done.Version
		if _, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestABlurThatWasDoneIsSaid: the store does not delete the file from before at once;
// the photo is blurred all the same, and the chore goes on until the file is gone.
func TestABlurThatWasDoneIsSaid(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	_, number := g.propose(t, g.resident)
	before := g.file(t, number)
	stuck := filepath.Join(g.dir, before[:2], before+"-320.jpg")
	if err := errors.Join(os.Remove(stuck), os.MkdirAll(filepath.Join(stuck, "full"), 0o755)); err != nil {
		t.Fatal(err)
	}
	middle := []photos.Rectangle{{X: 0.4, Y: 0.4, Width: 0.2, Height: 0.2}}
	done, err := g.road.BlurPhoto(t.Context(), g, g.moderator, number, middle, noon)
	if err != nil || done.Version != 2 || g.file(t, number) == before || !g.isGrey(t, number, 960) {
		t.Errorf("%+v, %v", done, err)
	}
	if err := g.road.SweepPhotos(t.Context(), g, noon); err == nil {
		t.Error("what cannot be deleted is not told")
	}
	if err := os.RemoveAll(stuck); err != nil {
		t.Fatal(err)
	}
	if err := g.road.SweepPhotos(t.Context(), g, noon); err != nil || g.inStore(t, before) {
		t.Errorf("later: %v", err)
	}
}

func TestPhotosAreNotForVotes(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	g.road.Community = &moderation.DefaultCommunity
	received, _ := g.propose(t, g.visitor)
	proposals, err := g.road.Proposals(t.Context(), g, g.resident, "", 0, 50)
	if err != nil || slices.ContainsFunc(proposals, func(p moderation.Proposed) bool { return p.ID == received.ID }) {
		t.Errorf("%+v, %v", proposals, err)
	}
	text, err := json.Marshal(proposals)
	if err != nil || strings.Contains(string(text), "façade") {
		t.Errorf("%s, %v", text, err)
	}
}

package moderation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

func TestAPhotoWaitsForAModerator(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	for _, author := range []accounts.Actor{g.visitor, g.resident, g.agent, g.moderator} {
		received, number := g.propose(t, author)
		name := g.file(t, number)
		if received.State != moderation.Pending || received.Rule != "" || g.shown(t, name) {
			t.Errorf("by %s: %+v, shown %v", author.Role, received, g.shown(t, name))
		}
		decision, err := g.decide(t, g.colleague, received, moderation.Verdict{Outcome: moderation.Accepted})
		if err != nil {
			t.Fatal(err)
		}
		live := g.live(t, g.place)
		path := places.PhotoPath(number)
		photo := live.Document.Photos[fmt.Sprint(number)]
		want := places.Photo{File: name, Alt: places.Text{"und": "La façade"}, Licence: "CC-BY-SA-4.0", Role: string(author.Role), Width: 400, Height: 30}
		if fmt.Sprint(photo) != fmt.Sprint(want) || live.Provenance[path].Licence != places.LicenceBYSA || decision.Revision != live.Revision {
			t.Errorf("published %+v by %+v, want %+v", photo, live.Provenance[path], want)
		}
		if !g.shown(t, name) {
			t.Errorf("by %s: not shown once accepted", author.Role)
		}
	}
	if n := len(g.live(t, g.place).Document.Photos); n != 4 {
		t.Errorf("%d photos", n)
	}
}

func TestAPhotoNeedsWhatItIsShownWith(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	hers := g.upload(t, g.resident).ID
	for text, want := range map[string]string{
		`{"action":"photo","place_id":%d,"alt":"x","licence":"CC0-1.0"}`:                         "/photo",
		`{"action":"photo","place_id":%d,"photo":"cqp_x","licence":"CC0-1.0"}`:                   "/alt",
		`{"action":"photo","place_id":%d,"photo":"cqp_x","alt":"","licence":"CC0-1.0"}`:          "/alt",
		`{"action":"photo","place_id":%d,"photo":"cqp_x","alt":{"fr":null},"licence":"CC0-1.0"}`: "/alt",
		`{"action":"photo","place_id":%d,"photo":"cqp_x","alt":"x","licence":"ODbL-1.0"}`:        "/licence",
		`{"action":"photo","place_id":%d,"photo":"cqp_x","alt":"x","licence":"CC0-1.0"}`:         "/photo",
		`{"action":"photo","place_id":%d,"photo":"` + hers + `","alt":"x","licence":"CC0-1.0"}`:  "/photo", // somebody else's
		`{"action":"report","place_id":%d,"photo":"7","reason":"spam"}`:                          "/photo",
	} {
		if _, err := g.submit(t, g.visitor, fmt.Sprintf(text, g.place)); wrongField(err) != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := g.submit(t, g.resident, g.proposal(hers)); err != nil {
		t.Error(err)
	}
	if _, err := g.submit(t, g.resident, g.proposal(hers)); wrongField(err) != "/photo" {
		t.Errorf("the same upload twice: %v", err)
	}
}

func TestUploadsHaveAQuota(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	for range 10 {
		g.upload(t, g.visitor)
	}
	if err := g.road.MaySendPhoto(t.Context(), g, g.visitor, noon); !fault.Is(err, fault.TooMany) {
		t.Errorf("the eleventh: %v", err)
	}
	if err := g.road.MaySendPhoto(t.Context(), g, g.visitor, noon.AddDate(0, 0, 2)); err != nil {
		t.Errorf("the day after: %v", err)
	}
	if err := g.road.MaySendPhoto(t.Context(), g, accounts.Actor{Role: accounts.Resident, Grants: []string{"read"}}, noon); !fault.Is(err, fault.Forbidden) {
		t.Errorf("with a token for reading: %v", err)
	}
}

// TestBrokenPicturesHaveALimit: no row remembers them, and each costs its decoding.
func TestBrokenPicturesHaveALimit(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	broken := snap(t, 400, 300)[:500]
	sent := 0
	for ; sent < 100 && g.road.MaySendPhoto(t.Context(), g, g.visitor, noon) == nil; sent++ {
		if _, err := g.road.TakePhoto(t.Context(), g, g.visitor, broken, noon); !fault.Is(err, fault.Unreadable) {
			t.Fatal(err)
		}
	}
	if err := g.road.MaySendPhoto(t.Context(), g, g.visitor, noon); sent != 20 || !fault.Is(err, fault.TooMany) {
		t.Errorf("after %d: %v", sent, err)
	}
	g.upload(t, g.resident) // somebody else
	if err := g.road.MaySendPhoto(t.Context(), g, g.visitor, noon.Add(time.Hour)); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func TestAModeratorCorrectsWhatAPhotoIsSaidToShow(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	received, number := g.propose(t, g.resident)
	for alt, outcome := range map[string]moderation.State{`""`: moderation.Accepted, `"La porte"`: moderation.Refused} {
		verdict := moderation.Verdict{Outcome: outcome, Alt: json.RawMessage(alt), Reason: "wrong", Message: "Non."}
		if _, err := g.decide(t, g.moderator, received, verdict); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s with %s: %v", alt, outcome, err)
		}
	}
	edit := g.mustSubmit(t, g.resident, fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":1,"patch":{"operator":"Nous"}}`, g.place))
	if _, err := g.decide(t, g.moderator, edit, moderation.Verdict{Outcome: moderation.Accepted, Alt: json.RawMessage(`"x"`)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("of what is no photo: %v", err)
	}
	if _, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted, Alt: json.RawMessage(`{"fr":"La porte côté rue","en":"The door"}`)}); err != nil {
		t.Fatal(err)
	}
	shown := g.live(t, g.place).Document.Photos[fmt.Sprint(number)]
	if shown.Alt["fr"] != "La porte côté rue" || shown.Alt["en"] != "The door" || shown.Alt["und"] != "" || shown.Licence != "CC-BY-SA-4.0" || shown.File == "" {
		t.Errorf("%+v", shown)
	}
}

// What becomes of the bytes, by what becomes of the photo.
func TestAPhotosBytesGo(t *testing.T) {
	t.Parallel()
	refuse := func(reason string) moderation.Verdict {
		return moderation.Verdict{Outcome: moderation.Refused, Reason: reason, Message: "Non."}
	}
	soon, later := noon.Add(2*time.Hour), noon.AddDate(0, 0, places.KeptDays+1)
	for name, one := range map[string]struct {
		do    func(t *testing.T, g *gallery, r moderation.Received) error
		state string
		goes  time.Time // by then, and not before
	}{
		"refused": {func(t *testing.T, g *gallery, r moderation.Received) error {
			_, err := g.decide(t, g.moderator, r, refuse("out_of_scope"))
			return err
		}, "refused", later},
		"refused for what it shows": {func(t *testing.T, g *gallery, r moderation.Received) error {
			_, err := g.decide(t, g.moderator, r, refuse("personal_data"))
			return err
		}, "refused", soon},
		"withdrawn": {func(t *testing.T, g *gallery, r moderation.Received) error {
			_, err := moderation.Withdraw(t.Context(), g, g.resident, r.ID, noon)
			return err
		}, "refused", soon},
		"waiting": {func(*testing.T, *gallery, moderation.Received) error { return nil }, "pending", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGallery(t)
			received, number := g.propose(t, g.resident)
			if err := one.do(t, g, received); err != nil {
				t.Fatal(err)
			}
			file := g.file(t, number)
			if state, _ := g.stands(t, number, noon); state != one.state {
				t.Errorf("is %s, want %s", state, one.state)
			}
			for _, now := range []time.Time{soon, later} {
				g.sweep(t, now)
				if gone := !one.goes.IsZero() && !now.Before(one.goes); g.inStore(t, file) == gone {
					t.Errorf("on %s in the store: %v", now, !gone)
				}
			}
		})
	}
}

func TestARefusedPhotoCanBeAppealed(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	received, number := g.propose(t, g.resident)
	decision, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Refused, Reason: "wrong", Message: "Ce n'est pas là."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.road.Appeal(t.Context(), g, g.resident, received.ID, "Si.", noon.AddDate(0, 0, 3)); err != nil {
		t.Fatal(err)
	}
	g.sweep(t, noon.AddDate(0, 0, 60))
	if state, _ := g.stands(t, number, noon); state != "pending" || !g.inStore(t, g.file(t, number)) {
		t.Errorf("%s while the appeal waits", state)
	}
	received.Version = decision.Contribution.Version + 1
	if _, err := g.decide(t, g.colleague, received, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	if !g.shown(t, g.file(t, number)) {
		t.Error("not shown")
	}
	// One whose bytes are gone cannot be accepted any more.
	received, number = g.propose(t, g.resident)
	decision, err = g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Refused, Reason: "personal_data", Message: "Un visage."})
	if err != nil {
		t.Fatal(err)
	}
	g.sweep(t, noon.Add(2*time.Hour))
	if _, err := g.road.Appeal(t.Context(), g, g.resident, received.ID, "Si.", noon.AddDate(0, 0, 3)); err != nil {
		t.Fatal(err)
	}
	received.Version = decision.Contribution.Version + 1
	if _, err := g.decide(t, g.colleague, received, moderation.Verdict{Outcome: moderation.Accepted}); !fault.Is(err, fault.Conflict) {
		t.Errorf("photo %d: %v", number, err)
	}
}

func TestAPhotoIsTakenOffForGood(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	c, number := g.published(t)
	file := g.file(t, number)
	hide := fmt.Sprintf(`{"action":"hide","place_id":%d,"photo":"%d","reason":"personal_data","message":"Un visage."}`, g.place, number)
	if _, err := g.submit(t, g.resident, hide); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by a resident: %v", err)
	}
	received := g.mustSubmit(t, g.moderator, hide)
	if received.State != moderation.Accepted || g.shown(t, file) || len(g.live(t, g.place).Document.Photos) != 0 {
		t.Errorf("%+v, shown %v", received, g.shown(t, file))
	}
	g.sweep(t, noon.Add(2*time.Hour))
	if g.inStore(t, file) {
		t.Error("its bytes are in the store")
	}
	// Going back to the revision that had it brings everything back but the photo.
	revert := g.mustSubmit(t, g.moderator, fmt.Sprintf(`{"action":"revert","place_id":%d,"base_revision":%d,"revision":%d,"reason":"wrong","message":"x"}`, g.place, received.Revision, c.Revision))
	live := g.live(t, g.place)
	if revert.State != moderation.Accepted || len(live.Document.Photos) != 0 {
		t.Errorf("%+v: %+v", revert, live.Document.Photos)
	}
	if _, known := live.Provenance[places.PhotoPath(number)]; known {
		t.Error("the provenance tells of a photo that is not there")
	}
	if _, err := moderation.FindHidden(t.Context(), g, g.place); !fault.Is(err, fault.NotFound) {
		t.Errorf("the place itself is hidden: %v", err)
	}
}

func TestGoingBackTakesAPhotoOffAndBringsItBack(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	c, number := g.published(t)
	file := g.file(t, number)
	revert := func(base, to int) int {
		text := fmt.Sprintf(`{"action":"revert","place_id":%d,"base_revision":%d,"revision":%d,"reason":"wrong","message":"x"}`, g.place, base, to)
		return g.mustSubmit(t, g.moderator, text).Revision
	}
	without := revert(c.Revision, 1)
	if state, goes := g.stands(t, number, noon.AddDate(0, 0, 7)); state != "hidden" || goes || g.shown(t, file) {
		t.Errorf("%s, goes %v, shown %v", state, goes, g.shown(t, file))
	}
	revert(without, c.Revision)
	if state, _ := g.stands(t, number, noon); state != "published" || !g.shown(t, file) {
		t.Errorf("%s, shown %v", state, g.shown(t, file))
	}
	g.sweep(t, noon.AddDate(1, 0, 0))
	if !g.inStore(t, file) {
		t.Error("a published photo was swept")
	}
}

func TestPhotosOfAHiddenPlaceAreAbsent(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	c, number := g.published(t)
	file := g.file(t, number)
	g.mustSubmit(t, g.moderator, fmt.Sprintf(`{"action":"hide","place_id":%d,"base_revision":%d,"face":"withheld","reason":"spam","message":"x"}`, g.place, c.Revision))
	if g.shown(t, file) {
		t.Error("shown though its place is hidden")
	}
	g.mustSubmit(t, g.moderator, fmt.Sprintf(`{"action":"restore","place_id":%d,"base_revision":%d,"reason":"wrong","message":"x"}`, g.place, c.Revision))
	if !g.shown(t, file) {
		t.Error("not shown though its place is back")
	}
}

func TestErasingAPlaceErasesItsPhotos(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	c, number := g.published(t)
	waiting, second := g.propose(t, g.resident)
	files := []string{g.file(t, number), g.file(t, second)}
	g.mustSubmit(t, g.moderator, fmt.Sprintf(`{"action":"erase","place_id":%d,"base_revision":%d,"reason":"personal_data","message":"x"}`, g.place, c.Revision))
	g.sweep(t, noon.Add(time.Minute))
	for i, file := range files {
		if g.inStore(t, file) {
			t.Errorf("photo %d is in the store", i)
		}
	}
	if stored, _, err := moderation.FindOwn(t.Context(), g, g.resident, waiting.ID); err != nil || stored.State != moderation.Superseded {
		t.Errorf("what waited: %+v, %v", stored.State, err)
	}
	var kept int
	if err := g.QueryRow(t.Context(), `select count(*) from contributions where body::text like '%façade%'`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d contributions tell what they showed, %v", kept, err)
	}
}

func TestPhotosGoWithAMergeAndComeBack(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	_, number := g.published(t)
	file := g.file(t, number)
	other := g.mustSubmit(t, g.agent, strings.Replace(library, "-1.55,47.21", "-1.56,47.22", 1)).Place
	g.mustSubmit(t, g.moderator, fmt.Sprintf(`{"action":"merge","place_id":%d,"base_revision":2,"into":%d,"reason":"duplicate","message":"x"}`, g.place, other))
	if photos := g.live(t, other).Document.Photos; len(photos) != 1 || !g.shown(t, file) {
		t.Errorf("%+v, shown %v", photos, g.shown(t, file))
	}
	g.mustSubmit(t, g.moderator, fmt.Sprintf(`{"action":"restore","place_id":%d,"base_revision":2,"reason":"wrong","message":"x"}`, g.place))
	if len(g.live(t, other).Document.Photos) != 0 || len(g.live(t, g.place).Document.Photos) != 1 || !g.shown(t, file) {
		t.Errorf("apart again: %+v and %+v, shown %v", g.live(t, other).Document.Photos, g.live(t, g.place).Document.Photos, g.shown(t, file))
	}
}

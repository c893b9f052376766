package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// withPhoto is a creation that comes with an upload.
func withPhoto(upload string) string {
	return strings.TrimSuffix(library, "}") + fmt.Sprintf(`,"photo":%q,"alt":"La porte","licence":"CC0-1.0"}`, upload)
}

// bring proposes another library with a photo of it; its number comes with it.
func (g *gallery) bring(t *testing.T, actor accounts.Actor) (received moderation.Received, number int64) {
	t.Helper()
	text := strings.Replace(withPhoto(g.upload(t, actor).ID), "-1.55,47.21", "-1.57,47.23", 1)
	received = g.mustSubmit(t, actor, text)
	if err := g.QueryRow(t.Context(), `select id from photos where contribution_id = $1`, received.ID).Scan(&number); err != nil {
		t.Fatal(err)
	}
	return received, number
}

// errands are the creations whose photos wait to be proposed: those whose acceptance committed.
func (g *gallery) errands(t *testing.T) (rows int) {
	t.Helper()
	err := g.QueryRow(t.Context(), `select count(*) from river_job where kind = 'errand' and args ->> 'name' = $1`, moderation.PhotoErrand).Scan(&rows)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// proposals are the contributions of photos.
func (g *gallery) proposals(t *testing.T) (count int) {
	t.Helper()
	if err := g.QueryRow(t.Context(), `select count(*) from contributions where action = 'photo'`).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// A photo waits with its creation, whoever sent both; then it is a photo like any other,
// by the same author, also where a rule accepted the place.
func TestAPhotoFollowsItsPlace(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	for i, author := range []accounts.Actor{g.visitor, g.resident, g.agent} {
		received, number := g.bring(t, author)
		file := g.file(t, number)
		if received.State == moderation.Pending {
			if state, _ := g.stands(t, number, noon); state != "attached" || g.shown(t, file) || g.errands(t) != i {
				t.Errorf("while the place waits: %s, shown %v", state, g.shown(t, file))
			}
			if _, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
				t.Fatal(err)
			}
		}
		if g.proposals(t) != i || g.errands(t) != i+1 {
			t.Fatalf("%d photos are proposed, %d are to be", g.proposals(t), g.errands(t))
		}
		creation, _, err := moderation.FindOwn(t.Context(), g, g.moderator, received.ID)
		if err != nil || len(g.live(t, creation.Place).Document.Photos) != 0 || g.shown(t, file) {
			t.Fatalf("published with its place: %v", err)
		}
		g.proposeTwice(t, received.ID)
		id, err := moderation.PhotoProposal(t.Context(), g, creation)
		if err != nil || g.proposals(t) != i+1 {
			t.Fatalf("%d photos, %v", g.proposals(t), err)
		}
		waiting, _, err := moderation.FindOwn(t.Context(), g, g.moderator, id)
		if err != nil || waiting.State != moderation.Pending || waiting.Author != author.User || waiting.Role != author.Role || waiting.Place != creation.Place {
			t.Errorf("%+v, %v", waiting, err)
		}
		if _, err := g.decide(t, g.colleague, moderation.Received{ID: id, Version: 1}, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
			t.Fatal(err)
		}
		photo := g.live(t, creation.Place).Document.Photos[fmt.Sprint(number)]
		if photo.Alt["und"] != "La porte" || photo.Licence != "CC0-1.0" || photo.Role != string(author.Role) || !g.shown(t, file) {
			t.Errorf("published %+v, shown %v", photo, g.shown(t, file))
		}
		g.mustSubmit(t, g.moderator, fmt.Sprintf(`{"action":"hide","place_id":%d,"base_revision":2,"face":"withheld","reason":"spam","message":"x"}`, creation.Place))
	}
}

// proposeTwice runs the errand as two nodes that were killed and came back would.
func (g *gallery) proposeTwice(t *testing.T, creation int64) {
	t.Helper()
	var nodes sync.WaitGroup
	for range 2 {
		nodes.Go(func() {
			if err := g.road.ProposePhoto(t.Context(), g, creation, noon); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
}

// The secret of a visitor opens both, and shows the picture while it waits.
func TestAVisitorSeesThePhotoThatWaits(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	received, _ := g.bring(t, g.visitor)
	holder, ok := accounts.HolderOf(received.Secret)
	if !ok {
		t.Fatal(received.Secret)
	}
	sees := func(actor accounts.Actor, id int64) bool {
		reader, err := g.road.OwnPhoto(t.Context(), g, actor, id, 320)
		if err == nil {
			_ = reader.Close()
		} else if !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		return err == nil
	}
	if !sees(holder, received.ID) || !sees(g.moderator, received.ID) || sees(g.resident, received.ID) || sees(g.visitor, received.ID) {
		t.Error("not its author and the moderators alone see it")
	}
	if _, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	g.proposeTwice(t, received.ID)
	creation, _, err := moderation.FindOwn(t.Context(), g, holder, received.ID)
	if err != nil {
		t.Fatal(err)
	}
	id, err := moderation.PhotoProposal(t.Context(), g, creation)
	if err != nil || !sees(holder, id) || !sees(holder, received.ID) || sees(g.resident, id) {
		t.Errorf("once it is proposed as %d: %v", id, err)
	}
}

// What becomes of the photo of a place that never was on the map.
func TestAPhotoGoesWithItsCreation(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	soon, later := noon.Add(2*time.Hour), noon.AddDate(0, 0, places.KeptDays+1)
	refuse := func(reason string) func(moderation.Received) error {
		return func(r moderation.Received) error {
			_, err := g.decide(t, g.moderator, r, moderation.Verdict{Outcome: moderation.Refused, Reason: reason, Message: "Non."})
			return err
		}
	}
	leaves := g.resident
	if err := g.QueryRow(t.Context(), `insert into users (name, role, created_at) values ('Noémie', 'resident', $1) returning id`, noon).Scan(&leaves.User); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		author accounts.Actor
		do     func(r moderation.Received) error
		goes   time.Time // by then, and not before
	}{
		{"waiting", g.resident, func(moderation.Received) error { return nil }, time.Time{}},
		{"refused, as an appeal may show it", g.resident, refuse("wrong"), later},
		{"refused for what it shows", g.resident, refuse("personal_data"), soon},
		{"withdrawn", g.resident, func(r moderation.Received) error {
			_, err := moderation.Withdraw(t.Context(), g, g.resident, r.ID, noon)
			return err
		}, soon},
		{"erased", g.resident, func(r moderation.Received) error {
			_, err := g.eraseOne(t, r.ID)
			return err
		}, soon},
		{"its author is erased with what she said", leaves, func(moderation.Received) error {
			persons := moderation.Persons{DB: g, Clock: func() time.Time { return noon }}
			return persons.Erase(t.Context(), leaves.User, true)
		}, soon},
		{"accepted, its place erased before the photo is proposed", g.resident, func(r moderation.Received) error {
			decision, err := g.decide(t, g.moderator, r, moderation.Verdict{Outcome: moderation.Accepted})
			if err == nil {
				g.mustSubmit(t, g.moderator, fmt.Sprintf(`{"action":"erase","place_id":%d,"base_revision":1,"reason":"personal_data","message":"x"}`, decision.Place))
				err = g.road.ProposePhoto(t.Context(), g, r.ID, noon)
			}
			return err
		}, soon},
		{"expired", g.resident, func(r moderation.Received) error {
			if _, err := g.decide(t, g.moderator, r, moderation.Verdict{Outcome: moderation.NeedsInfo, Message: "Où ?"}); err != nil {
				return err
			}
			_, expired, err := g.road.Overdue(t.Context(), g, noon.AddDate(0, 0, 15))
			if err == nil && expired != 1 {
				err = fmt.Errorf("%d expired", expired)
			}
			return err
		}, later},
	}
	numbers, files := make([]int64, len(cases)), make([]string, len(cases))
	for i, one := range cases {
		var received moderation.Received
		received, numbers[i] = g.bring(t, one.author)
		files[i] = g.file(t, numbers[i])
		if err := one.do(received); err != nil {
			t.Fatalf("%s: %v", one.name, err)
		}
	}
	for _, now := range []time.Time{soon, later} {
		g.sweep(t, now)
		for i, one := range cases {
			stays := one.goes.IsZero() || now.Before(one.goes)
			var row bool
			if err := g.QueryRow(t.Context(), `select exists (select from photos where id = $1)`, numbers[i]).Scan(&row); err != nil || row != stays || g.inStore(t, files[i]) != stays {
				t.Errorf("%s, on %s: a row %v, in the store %v, %v", one.name, now, row, g.inStore(t, files[i]), err)
			}
		}
	}
	if g.proposals(t) != 0 {
		t.Error("one was proposed")
	}
}

// A creation that was refused and appealed has its photo again.
func TestTheAppealOfACreationKeepsItsPhoto(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	received, number := g.bring(t, g.resident)
	decision, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Refused, Reason: "wrong", Message: "Non."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.road.Appeal(t.Context(), g, g.resident, received.ID, "Si.", noon.AddDate(0, 0, 3)); err != nil {
		t.Fatal(err)
	}
	g.sweep(t, noon.AddDate(0, 0, 60))
	received.Version = decision.Contribution.Version + 1
	if _, err := g.decide(t, g.colleague, received, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	g.proposeTwice(t, received.ID)
	if state, _ := g.stands(t, number, noon); state != "pending" || !g.inStore(t, g.file(t, number)) {
		t.Errorf("is %s", state)
	}
}

// The same request twice is one photo; an upload is a part of one contribution.
func TestACreationTakesItsUploadOnce(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	upload := g.upload(t, g.resident).ID
	text := strings.Replace(withPhoto(upload), "-1.55,47.21", "-1.57,47.23", 1)
	envelope := moderation.Envelope{Key: "5d3c9a52-7c1f-4b8e-8a39-2e64c7d1f0a6", Body: []byte(text), Now: noon}
	for i := range 2 {
		if received, err := g.road.Submit(t.Context(), g, g.resident, submission(t, text), envelope); err != nil || received.Repeated != (i > 0) {
			t.Fatalf("%+v, %v", received, err)
		}
	}
	if _, err := g.submit(t, g.resident, text); wrongField(err) != "/photo" {
		t.Errorf("the same upload in another creation: %v", err)
	}
	for text, want := range map[string]string{
		withPhoto("cqp_x"): "/photo",
		strings.Replace(withPhoto(upload), `"alt":"La porte",`, "", 1):       "/alt",
		strings.Replace(withPhoto(upload), "CC0-1.0", "ODbL-1.0", 1):         "/licence",
		strings.TrimSuffix(library, "}") + `,"alt":"x","licence":"CC0-1.0"}`: "/photo",
	} {
		if _, err := g.submit(t, g.resident, text); wrongField(err) != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	var waiting, rows int
	err := g.QueryRow(context.Background(), `select count(*) filter (where state = 'attached'), count(*) from photos`).Scan(&waiting, &rows)
	if err != nil || waiting != 1 || rows != 1 {
		t.Errorf("%d of %d photos wait, %v", waiting, rows, err)
	}
}

// The photo of an accepted place is nothing that its author sends that day, and tells a
// visitor apart no longer than the place does.
func TestAPhotoThatCameWithAPlaceIsOneSending(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	road := *g.road
	road.Policy.Quotas = map[accounts.Role]moderation.Quota{accounts.Visitor: {Day: 1}, accounts.Resident: {Day: 1}}
	for i, author := range []accounts.Actor{g.visitor, g.resident} {
		text := strings.Replace(withPhoto(g.upload(t, author).ID), "-1.55,47.21", fmt.Sprintf("-1.5%d,47.23", i), 1)
		received := g.mustSubmit(t, author, text)
		if _, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
			t.Fatal(err)
		}
		next := noon.AddDate(0, 0, 2)
		if err := g.road.ProposePhoto(t.Context(), g, received.ID, next); err != nil {
			t.Fatal(err)
		}
		if _, err := road.Submit(t.Context(), g, author, submission(t, create("Salle des fêtes", -1.58+0.1*float64(i))), moderation.Envelope{Body: []byte("x"), Now: next.Add(time.Hour)}); err != nil {
			t.Errorf("what a %s sends on the day of the photo: %v", author.Role, err)
		}
	}
	known := func(at time.Time) (count int) {
		if err := moderation.Forget(t.Context(), g, at); err != nil {
			t.Fatal(err)
		}
		if err := g.QueryRow(t.Context(), `select count(*) from contributions where action = 'photo' and prefix_hash is not null`).Scan(&count); err != nil {
			t.Fatal(err)
		}
		return count
	}
	if before, after := known(noon.AddDate(0, 0, 29)), known(noon.AddDate(0, 0, 31)); before != 1 || after != 0 {
		t.Errorf("%d are known after 29 days, %d after 31", before, after)
	}
}

// A photo whose errand was given up is proposed all the same, once.
func TestAPhotoIsNotLeftBehind(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	received, number := g.bring(t, g.resident)
	if _, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		after time.Duration
		found int
		state string
	}{{3 * time.Hour, 0, "attached"}, {6 * time.Hour, 1, "pending"}, {7 * time.Hour, 0, "pending"}} {
		found, err := g.road.ProposeLeft(t.Context(), g, noon.Add(want.after))
		if state, _ := g.stands(t, number, noon); err != nil || found != want.found || state != want.state {
			t.Errorf("%d: %d found, now %s, %v", i, found, state, err)
		}
	}
}

// While a place is being erased, the errand waits for it before it holds the creation,
// which erasing is about to empty.
func TestThePhotoOfAPlaceWaitsForItsErasing(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	received, _ := g.bring(t, g.resident)
	decision, err := g.decide(t, g.moderator, received, moderation.Verdict{Outcome: moderation.Accepted})
	if err != nil {
		t.Fatal(err)
	}
	proposed := make(chan error, 1)
	err = pg.InTx(t.Context(), g, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `select from places where id = $1 for update`, decision.Place); err != nil {
			return err
		}
		go func() { proposed <- g.road.ProposePhoto(t.Context(), g, received.ID, noon) }()
		g.waits(t, "the errand")
		_, err := tx.Exec(t.Context(), `select from contributions where id = $1 for update nowait`, received.ID)
		return err
	})
	if err := errors.Join(err, <-proposed); err != nil {
		t.Error(err)
	}
}

package web

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/photos/store"
	"cartoquartiers/moderation"
)

// person is a user who can act.
func (town *testTown) actor(t *testing.T, name string, role accounts.Role) accounts.Actor {
	t.Helper()
	id, err := accounts.CreateUser(t.Context(), town.db, accounts.NewUser{Name: name, Role: role}, wednesday)
	if err != nil {
		t.Fatal(err)
	}
	return accounts.Actor{User: id, Role: role, Grants: accounts.GrantsOf(role)}
}

// photograph publishes a photo of the library, and gives the name of its file.
func (town *testTown) photograph(t *testing.T, alt string) (file string) {
	t.Helper()
	var err error
	if town.road.Photos, err = store.Open(t.Context(), "", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = town.road.Photos.Close() })
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 1200, 80)), nil); err != nil {
		t.Fatal(err)
	}
	upload, err := town.road.TakePhoto(t.Context(), town.db, town.actor(t, "Rosa", accounts.Resident), picture.Bytes(), wednesday)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"action":"photo","place_id":%d,"photo":%q,"alt":{"fr":%q,"en":"The front"},"licence":"CC-BY-SA-4.0"}`, town.library, upload.ID, alt)
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	rosa := accounts.Actor{User: 1, Role: accounts.Resident, Grants: []string{"contribute"}}
	received, err := town.road.Submit(t.Context(), town.db, rosa, submission, moderation.Envelope{Body: []byte(text), Now: wednesday})
	if err != nil {
		t.Fatal(err)
	}
	verdict := moderation.Verdict{ID: received.ID, Version: received.Version, Outcome: moderation.Accepted}
	decision, err := town.road.Decide(t.Context(), town.db, town.actor(t, "Maud", accounts.Moderator), verdict, wednesday)
	if err != nil {
		t.Fatal(err)
	}
	if err := town.store.WaitFor(t.Context(), decision.Seq); err != nil {
		t.Fatal(err)
	}
	if err := town.db.QueryRow(t.Context(), `select file from photos`).Scan(&file); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAPlaceShowsItsPhotos(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	file := town.photograph(t, `La <b>façade</b>"`)
	path := fmt.Sprintf("/lieux/%d", town.library)
	page := town.page(t, path)
	for _, want := range []string{
		`src="/photos/` + file + `-960.jpg"`, `srcset="/photos/` + file + `-320.jpg 320w, /photos/` + file + `-960.jpg 960w, /photos/` + file + `-1920.jpg 1200w"`,
		`width="960" height="64"`, `loading="lazy"`, `alt="La &lt;b&gt;façade&lt;/b&gt;&#34;"`,
		"Photo envoyée par une habitante ou un habitant", `href="https://creativecommons.org/licenses/by-sa/4.0/"`, "CC BY-SA 4.0",
		`<ins><bdi>La &lt;b&gt;façade`, // in the history
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if english := town.page(t, path+"?lang=en"); !strings.Contains(english, `alt="The front"`) || !strings.Contains(english, "Photo sent by a resident") {
		t.Error("the English page says it otherwise")
	}
	if other := town.page(t, fmt.Sprintf("/lieux/%d", town.garden)); strings.Contains(other, "/photos/") {
		t.Error("another place shows it")
	}
}

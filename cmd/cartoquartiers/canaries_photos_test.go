package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
)

// plantedPhoto is a photo that the crawl asks for.
type plantedPhoto struct {
	number int64
	file   string // its name in the store
}

// snap is a JPEG file with a canary where nobody looks: behind its end.
func snap(t *testing.T) string {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewGray(image.Rect(0, 0, 400, 30)), nil); err != nil {
		t.Fatal(err)
	}
	return file.String() + canary + "appended"
}

// photograph sends a picture and proposes it for a place.
func (a *aviary) photograph(who string, place int64, alt string) sent {
	a.t.Helper()
	return a.say(http.StatusAccepted, who, "POST", contributions, fmt.Sprintf(
		`{"action":"photo","place_id":%d,"photo":%q,"alt":%q,"licence":"CC0-1.0","message":"%sbeside"}`, place, a.picture(who), alt, canary))
}

// bring proposes a place with a picture of it.
func (a *aviary) bring(status int, who, name, alt string) sent {
	a.t.Helper()
	return a.say(status, who, "POST", contributions, strings.TrimSuffix(a.plain(name), "}")+fmt.Sprintf(
		`,"photo":%q,"alt":%q,"licence":"CC0-1.0","message":"%sbeside"}`, a.picture(who), alt, canary))
}

// picture sends one, and gives the id of the upload.
func (a *aviary) picture(who string) string {
	a.t.Helper()
	response := a.ask(who, http.MethodPost, photosPath, snap(a.t))
	var upload struct{ ID string }
	if err := json.Unmarshal([]byte(response.body), &upload); err != nil || response.status != http.StatusCreated {
		a.t.Fatalf("%d %s", response.status, response.body)
	}
	a.secrets = append(a.secrets, upload.ID)
	return upload.ID
}

// plantPhotos puts a photo of each state into the map: but for one, neither what they
// are said to show nor the names of their files may come out.
func (a *aviary) plantPhotos() {
	a.t.Helper()
	const accept = `{"outcome":"accepted"}`
	place := a.say(http.StatusCreated, "ahmed", "POST", contributions, a.plain("Boîte aux images")).Place
	a.photograph("rosa", place, canary+"waits")
	a.photograph("", place, canary+"visitor")
	a.decide(a.photograph("rosa", place, canary+"refused"), `{"outcome":"refused","reason":"wrong","message":"`+canary+`refusal"}`)
	shown := a.photograph("rosa", place, "La boîte, "+control)
	a.decide(shown, accept)

	hidden := a.say(http.StatusCreated, "ahmed", "POST", contributions, a.plain("Boîte retirée")).Place
	a.decide(a.photograph("rosa", hidden, canary+"ofhidden"), accept)
	a.say(http.StatusCreated, "maud", "POST", contributions, fmt.Sprintf(
		`{"action":"hide","place_id":%d,"base_revision":2,"face":"withheld","reason":"spam","message":"x"}`, hidden))

	a.bring(http.StatusAccepted, "rosa", canary+"withphoto", canary+"attached")
	withdrawn := a.bring(http.StatusAccepted, "rosa", canary+"nophoto", canary+"takenback")
	a.say(http.StatusOK, "rosa", "POST", fmt.Sprintf("%s/%d/withdraw", contributions, withdrawn.ID), "")
	a.bring(http.StatusCreated, "ahmed", "Boîte photographiée", canary+"follows")
	eventually(a.t, "the photo of an accepted place is proposed", func() bool {
		var waits bool
		err := a.db.QueryRow(a.t.Context(), `select exists (select from contributions where action = 'photo' and body::text like '%follows%')`).Scan(&waits)
		return err == nil && waits
	})

	rows, err := a.db.Query(a.t.Context(), `select id, file, coalesce(contribution_id, 0) from photos`)
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one plantedPhoto
		var contribution int64
		if err := rows.Scan(&one.number, &one.file, &contribution); err != nil {
			a.t.Fatal(err)
		}
		a.photos = append(a.photos, one)
		if contribution != shown.ID {
			a.files = append(a.files, one.file)
		}
	}
	// What was withdrawn may be swept already.
	if len(a.photos) < 7 || rows.Err() != nil {
		a.t.Fatalf("%d photos, %v", len(a.photos), rows.Err())
	}
}

// plain proposes a place that everybody may see.
func (a *aviary) plain(name string) string {
	at := a.spots[a.used*7%len(a.spots)]
	a.used++
	return fmt.Sprintf(`{"action":"create","place":{"name":%q,"category":"give_box","position":[%f,%f]}}`, name, at[0]+0.00007, at[1]+0.00007)
}

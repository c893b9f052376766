package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// snap is a JPEG file of a grey ramp.
func snap(width, height int) []byte {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i)
	}
	var file bytes.Buffer
	_ = jpeg.Encode(&file, picture, nil) // a buffer takes everything
	return file.Bytes()
}

// proposePhoto sends a picture of a place and proposes it, without HTTP. It gives
// its number and the name of its file, too.
func (w *world) proposePhoto(at time.Time, author accounts.Actor, place places.ID) (received moderation.Received, number int64, file string) {
	w.t.Helper()
	upload, err := w.road.TakePhoto(w.t.Context(), w.pool, author, snap(400, 30), at)
	if err != nil {
		w.t.Fatal(err)
	}
	received = w.submit(at, author, photoOf(place, upload.ID))
	err = w.pool.QueryRow(w.t.Context(), `select id, file from photos where contribution_id = $1`, received.ID).Scan(&number, &file)
	if err != nil {
		w.t.Fatal(err)
	}
	return received, number, file
}

func photoOf(place places.ID, upload string) string {
	return fmt.Sprintf(`{"action":"photo","place_id":%d,"photo":%q,"alt":"La façade, côté rue","licence":"CC-BY-SA-4.0"}`, place, upload)
}

// publishPhoto has a moderator accept one.
func (w *world) publishPhoto(author, moderator accounts.Actor, place places.ID) (number int64, file string) {
	w.t.Helper()
	received, number, file := w.proposePhoto(noon, author, place)
	verdict := moderation.Verdict{ID: received.ID, Version: received.Version, Outcome: moderation.Accepted}
	decision, err := w.road.Decide(w.t.Context(), w.pool, moderator, verdict, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.WaitFor(w.t.Context(), decision.Seq); err != nil {
		w.t.Fatal(err)
	}
	return number, file
}

// photo makes the photo that a row of the table speaks of.
func (w *roleWorld) photo(path, object, role string) string {
	w.t.Helper()
	public := strings.HasPrefix(path, "/photos/")
	size := ""
	if strings.Contains(path, "{size}") {
		size = "320/"
	}
	if object == "absent" {
		w.asked = append(w.asked, absentID)
		if public {
			return strings.Repeat("0", 32) + "/320"
		}
		return size + absentID
	}
	author := w.rosa
	if mine, known := w.actors[role]; known && object == "own" && mine.User != 0 {
		author = accounts.Actor{User: mine.User, Role: accounts.Resident, Grants: mine.Grants}
	}
	at := w.spot()
	place := w.publish(noon, draft(fmt.Sprint("Musée ", w.count), "museum", at[0], at[1]))[0].Place
	var number int64
	var file string
	if public {
		number, file = w.publishPhoto(author, w.maud, place)
	} else {
		_, number, file = w.proposePhoto(w.longAgo(), author, place)
	}
	if object == "hidden" {
		w.hideAt(place)
	}
	w.asked = append(w.asked, fmt.Sprint(number), file)
	if public {
		return file + "/320"
	}
	return size + fmt.Sprint(number)
}

// hideAt hides a place at whatever revision it is.
func (w *roleWorld) hideAt(place places.ID) {
	w.t.Helper()
	live, err := places.FindLive(w.t.Context(), w.pool, []places.ID{place})
	if err != nil {
		w.t.Fatal(err)
	}
	text := fmt.Sprintf(`{"action":"hide","place_id":%d,"base_revision":%d,"face":"withheld","reason":"spam","message":"x"}`, place, live[place].Revision)
	if err := w.store.WaitFor(w.t.Context(), w.submit(w.longAgo(), w.maud, text).Seq); err != nil {
		w.t.Fatal(err)
	}
}

// pictured is a creation that comes with a photo.
func (w *world) pictured(author accounts.Actor, creation string) string {
	w.t.Helper()
	upload, err := w.road.TakePhoto(w.t.Context(), w.pool, author, snap(400, 300), noon)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSuffix(creation, "}") + fmt.Sprintf(`,"photo":%q,"alt":"La façade, côté rue","licence":"CC-BY-SA-4.0"}`, upload.ID)
}

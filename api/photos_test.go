package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/photos"
	"cartoquartiers/places"
)

// bytesOf is the body of an answer that must have a status.
func (w *world) bytesOf(response *http.Response, status int) []byte {
	w.t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if response.StatusCode != status {
		w.t.Fatalf("%s %s: %d, want %d: %.300q", response.Request.Method, response.Request.URL, response.StatusCode, status, body)
	}
	return body
}

func decodeInto[T any](t *testing.T, body []byte) (value T) {
	t.Helper()
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return value
}

// form is a picture as a browser sends it, under a name that says something else.
func form(t *testing.T, file []byte) (body, contentType string) {
	t.Helper()
	var text bytes.Buffer
	writer := multipart.NewWriter(&text)
	if err := writer.WriteField("csrf", "x"); err != nil {
		t.Fatal(err)
	}
	part, err := writer.CreateFormFile("photo", "../../evil.svg")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(file) // a buffer takes everything
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String(), writer.FormDataContentType()
}

type shownFeature struct {
	Properties struct {
		Revision int
		Photos   []places.ShownPhoto
	}
}

// TestPhotoFromTheTelephoneToThePage is the life of a photo through the server: sent
// by a visitor, looked at, blurred and accepted by a moderator, shown to everybody,
// in the log, and taken off again.
func TestPhotoFromTheTelephoneToThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	moderator := w.person("Maud", accounts.Moderator, accounts.Scope{Neighbourhood: "est"})
	maud := w.tokenOf(moderator)
	w.submit(noon, moderator, proposal)
	other := startOther(t, w.log.open(w.pool))
	body, contentType := form(t, snap(3000, 200)) // long and low: every size, and few pixels to turn over
	upload := decodeInto[struct {
		ID      string
		Expires time.Time
		Sizes   []struct{ Width, Height int }
	}](t, w.bytesOf(w.send(http.MethodPost, "/api/v1/photos", "", body, "Content-Type", contentType), http.StatusCreated))
	if len(upload.Sizes) != 3 || upload.Sizes[2].Width != 1920 || upload.Sizes[2].Height != 128 || !upload.Expires.Equal(noon.Add(24*time.Hour)) {
		t.Errorf("upload %+v", upload)
	}
	sent := decodeInto[struct {
		ID     int64
		State  string
		Secret string
	}](t, w.bytesOf(w.send(http.MethodPost, "/api/v1/contributions", "", photoOf(1, upload.ID)), http.StatusAccepted))
	if sent.State != "pending" || sent.Secret == "" {
		t.Errorf("sent %+v", sent)
	}
	if text := w.body(http.StatusOK, "/ogc/collections/places/items/1"); strings.Contains(text, "photos") {
		t.Errorf("before it is accepted: %s", text)
	}
	file := fmt.Sprintf("/api/v1/moderation/contributions/%d", sent.ID)
	waiting := decodeInto[struct {
		Proposal struct{ Photo int64 }
	}](t, w.bytesOf(w.send(http.MethodGet, file, maud, ""), http.StatusOK))
	picture := fmt.Sprintf("/api/v1/moderation/photos/%d", waiting.Proposal.Photo)
	before := w.send(http.MethodGet, picture+"/1920", maud, "")
	if decoded, err := jpeg.Decode(bytes.NewReader(w.bytesOf(before, http.StatusOK))); err != nil || decoded.Bounds().Dx() != 1920 || before.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("what the moderator sees: %v, %v", err, before.Header)
	}
	blurred := w.send(http.MethodPost, picture+"/blur", maud, `{"rectangles":[{"x":0,"y":0,"width":0.5,"height":0.5}]}`)
	w.bytesOf(blurred, http.StatusOK)
	w.bytesOf(w.send(http.MethodPost, file+"/decision", maud, `{"outcome":"accepted"}`, "If-Match", blurred.Header.Get("ETag")), http.StatusOK)

	feature := decodeInto[shownFeature](t, []byte(w.body(http.StatusOK, "/ogc/collections/places/items/1")))
	if len(feature.Properties.Photos) != 1 {
		t.Fatalf("feature %+v", feature)
	}
	photo := feature.Properties.Photos[0]
	if photo.Alt != "La façade, côté rue" || photo.Licence != places.LicenceBYSA || photo.Credit != "visitor" || len(photo.Sizes) != len(photos.Sizes) {
		t.Errorf("photo %+v", photo)
	}
	w.checkShown(photo)
	w.soundSays(other)

	off := fmt.Sprintf(`{"action":"hide","place_id":1,"photo":"%d","reason":"personal_data","message":"Un visage."}`, photo.ID)
	w.bytesOf(w.send(http.MethodPost, "/api/v1/contributions", maud, off), http.StatusCreated)
	if text := w.body(http.StatusOK, "/ogc/collections/places/items/1"); strings.Contains(text, "photos") {
		t.Errorf("once it was taken off: %s", text)
	}
	w.body(http.StatusNotFound, photo.Sizes[0].URL)
	w.soundSays(other)
}

// TestAPhotoComesWithItsPlace is how a client sends both: the picture first, then one
// contribution; the secret that comes with the answer opens the place and its photo.
func TestAPhotoComesWithItsPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maud := w.tokenOf(w.person("Maud", accounts.Moderator))
	upload := decodeInto[struct{ ID string }](t, w.bytesOf(w.send(http.MethodPost, "/api/v1/photos", "", string(snap(1200, 800))), http.StatusCreated))
	text := strings.TrimSuffix(proposal, "}") + fmt.Sprintf(`,"photo":%q,"alt":"La façade, côté rue","licence":"CC-BY-SA-4.0"}`, upload.ID)
	type told struct {
		ID                int64
		Place             int64
		Secret            string
		PhotoContribution int64 `json:"photo_contribution"`
	}
	const key = "5d3c9a52-7c1f-4b8e-8a39-2e64c7d1f0a6"
	sent := decodeInto[told](t, w.bytesOf(w.send(http.MethodPost, "/api/v1/contributions", "", text, "Idempotency-Key", key), http.StatusAccepted))
	again := decodeInto[told](t, w.bytesOf(w.send(http.MethodPost, "/api/v1/contributions", "", text, "Idempotency-Key", key), http.StatusAccepted))
	if again != sent {
		t.Errorf("the same request again: %+v, not %+v", again, sent)
	}
	own := fmt.Sprintf("/api/v1/contributions/%d", sent.ID)
	w.bytesOf(w.send(http.MethodGet, own+"/photo", "", ""), http.StatusUnauthorized)
	picture := w.send(http.MethodGet, own+"/photo", sent.Secret, "")
	if decoded, err := jpeg.Decode(bytes.NewReader(w.bytesOf(picture, http.StatusOK))); err != nil || decoded.Bounds().Dx() != 960 || picture.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("what its author sees: %v, %v", err, picture.Header)
	}
	accept := func(id int64) {
		w.bytesOf(w.send(http.MethodPost, fmt.Sprintf("/api/v1/moderation/contributions/%d/decision", id), maud, `{"outcome":"accepted"}`, "If-Match", `"1"`), http.StatusOK)
	}
	accept(sent.ID)
	if err := w.road.ProposePhoto(t.Context(), w.pool, sent.ID, noon); err != nil {
		t.Fatal(err)
	}
	accepted := decodeInto[told](t, w.bytesOf(w.send(http.MethodGet, own, sent.Secret, ""), http.StatusOK))
	item := fmt.Sprintf("/ogc/collections/places/items/%d", accepted.Place)
	if text := w.body(http.StatusOK, item); strings.Contains(text, "photos") {
		t.Errorf("published with its place: %s", text)
	}
	w.bytesOf(w.send(http.MethodGet, fmt.Sprintf("/api/v1/contributions/%d/photo", accepted.PhotoContribution), sent.Secret, ""), http.StatusOK)
	accept(accepted.PhotoContribution)
	if feature := decodeInto[shownFeature](t, []byte(w.body(http.StatusOK, item))); len(feature.Properties.Photos) != 1 || feature.Properties.Revision != 2 {
		t.Errorf("feature %+v", feature)
	}
	w.soundSays(startOther(t, w.log.open(w.pool)))
}

// checkShown asks for every size as a browser does.
func (w *world) checkShown(photo places.ShownPhoto) {
	w.t.Helper()
	for _, size := range photo.Sizes {
		response := w.get(size.URL, "Accept", "image/avif,image/webp,*/*;q=0.8", "Accept-Encoding", "gzip")
		decoded, err := jpeg.Decode(bytes.NewReader(w.bytesOf(response, http.StatusOK)))
		if err != nil || decoded.Bounds().Dx() != size.Width || decoded.Bounds().Dy() != size.Height {
			w.t.Errorf("%s: %v", size.URL, err)
		}
		for name, want := range map[string]string{
			"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
			"Cache-Control": "public, max-age=31536000, immutable", "Set-Cookie": "", "Content-Encoding": "",
		} {
			if got := response.Header.Get(name); got != want {
				w.t.Errorf("%s: %s is %q, want %q", size.URL, name, got, want)
			}
		}
		again := w.get(size.URL, "If-None-Match", response.Header.Get("ETag"))
		w.bytesOf(again, http.StatusNotModified)
	}
	for _, path := range []string{"-321.jpg", "-320.png", "-0320.jpg", "-.jpg"} {
		name, _, _ := strings.Cut(photo.Sizes[0].URL, "-")
		w.body(http.StatusNotFound, name+path)
	}
}

func TestPhotosThatAreNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	photo := string(snap(400, 30))
	noPart, noPartType := form(t, nil)
	noPart = strings.Replace(noPart, `name="photo"`, `name="image"`, 1)
	for name, one := range map[string]struct {
		body, contentType string
		status            int
		french            string
	}{
		"an SVG":             {`<svg xmlns="http://www.w3.org/2000/svg"/>`, "image/jpeg", http.StatusUnsupportedMediaType, "pas en image/svg+xml"},
		"a HEIC":             {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "", http.StatusUnsupportedMediaType, "iPhone"},
		"another type":       {photo, "text/html", http.StatusUnsupportedMediaType, "text/html"},
		"half":               {photo[:len(photo)/2], "image/jpeg", http.StatusUnprocessableEntity, "abîmée"},
		"heavy":              {photo + strings.Repeat("x", 15<<20), "image/jpeg", http.StatusRequestEntityTooLarge, "15 Mo"},
		"a form without one": {noPart, noPartType, http.StatusBadRequest, "formulaire"},
	} {
		response := w.send(http.MethodPost, "/api/v1/photos", "", one.body, "Content-Type", one.contentType, "Accept-Language", "fr")
		body := w.bytesOf(response, one.status)
		if !strings.Contains(string(body), one.french) || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", name, body)
		}
	}
	var rows int
	err := w.pool.QueryRow(t.Context(), `select (select count(*) from photos) + (select count(*) from photo_leftovers)`).Scan(&rows)
	if err != nil || rows != 0 {
		t.Errorf("%d rows of what was refused, %v", rows, err)
	}
}

// TestUploadsInParallelAreBounded: each upload needs a place from before its first byte
// is read; where all are taken one is told so at once, and each gives its place back,
// whatever became of it.
func TestUploadsInParallelAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func(file string) int { return w.send("POST", "/api/v1/photos", "", file).StatusCode }
	var held []func()
	for {
		release, err := w.road.Photos.Darkroom.Receive()
		if err != nil {
			break
		}
		held = append(held, release)
	}
	if len(held) != 4 {
		t.Errorf("%d are received at a time", len(held))
	}
	if got := send("not read"); got != http.StatusServiceUnavailable {
		t.Errorf("while all places are taken: %d", got)
	}
	held[0]()
	for file, want := range map[string]int{string(snap(400, 30)): http.StatusCreated, "no picture": http.StatusUnsupportedMediaType} {
		for range 2 {
			if got := send(file); got != want {
				t.Errorf("into the one place that is left: %d, want %d", got, want)
			}
		}
	}
}

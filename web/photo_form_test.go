package web

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/photos/store"
	"cartoquartiers/moderation"
)

// sendFile sends a form with a file in it.
func (town *testTown) sendFile(t *testing.T, address string, file []byte, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("photo", "photo.jpg")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, address, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	response := httptest.NewRecorder()
	town.ServeHTTP(response, request)
	return response
}

func TestAPhotoIsSentByForm(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	address := fmt.Sprintf("/lieux/%d/photo", d.garden)
	if got := d.send(t, address, []string{"alt", "x"}); got.Code != http.StatusServiceUnavailable {
		t.Errorf("where no pictures are taken: %d", got.Code)
	}
	var err error
	if d.road.Photos, err = store.Open(t.Context(), "", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.road.Photos.Close() })
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 1200, 80)), nil); err != nil {
		t.Fatal(err)
	}
	expect(t, "the form", d.page(t, address), `enctype="multipart/form-data"`, "Que voit-on", "not ⟦")
	fields := []string{"key", aKey, "licence", "CC-BY-SA-4.0", "alt", "L’entrée du jardin"}
	silent := d.sendFile(t, address, picture.Bytes(), "key", aKey, "licence", "CC-BY-SA-4.0", "alt", " ")
	if silent.Code != http.StatusBadRequest {
		t.Errorf("without words: %d", silent.Code)
	}
	expect(t, "without words, with its key", silent.Body.String(), "Choisissez à nouveau la photo", `value="`+aKey+`"`)
	text := d.sendFile(t, address, []byte("<svg onload=alert(1)>"), fields...)
	if text.Code != http.StatusUnsupportedMediaType {
		t.Errorf("no picture: %d", text.Code)
	}
	for range 2 { // sent twice, proposed once
		sent := d.sendFile(t, address, picture.Bytes(), fields...)
		if sent.Code != http.StatusAccepted {
			t.Fatalf("%d %s", sent.Code, sent.Body)
		}
		expect(t, "the receipt", sent.Body.String(), "c’est bien arrivé", "Mon lien secret")
	}
	if count := d.contributions(t); count != 1 {
		t.Errorf("%d contributions", count)
	}
	item := d.read(t, "/moderation/1")
	expect(t, "the item", item, `src="/api/v1/moderation/photos/1/960"`, "L’entrée du jardin", "Masquer une partie", "not ⟦")
	if wrong := d.send(t, "/moderation/1/flou", []string{"x", "90", "y", "0", "width", "50", "height", "10"}, "Cookie", d.cookie); wrong.Code != http.StatusBadRequest {
		t.Errorf("beside the photo: %d", wrong.Code)
	}
	blurred := d.send(t, "/moderation/1/flou", []string{"x", "10", "y", "10", "width", "20", "height", "12,5"}, "Cookie", d.cookie)
	if blurred.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", blurred.Code, blurred.Body)
	}
	expect(t, "a blur that was done", d.read(t, blurred.Header().Get("Location")), "C’est masqué, pour de bon")
	several := d.send(t, "/moderation/1/flou", []string{"x", "1", "y", "1", "width", "2", "height", "2", "x", "90", "y", "90", "width", "5", "height", "5"}, "Cookie", d.cookie)
	if several.Code != http.StatusSeeOther {
		t.Fatalf("two at once: %d %s", several.Code, several.Body)
	}
	kept := d.send(t, "/moderation/1/flou", []string{"x", "", "y", " ", "width", "", "height", "", "x", "1", "y", "1", "width", "2", "height", "2"}, "Cookie", d.cookie)
	if kept.Code != http.StatusSeeOther {
		t.Fatalf("one beside blank fields: %d %s", kept.Code, kept.Body)
	}
	if blank := d.send(t, "/moderation/1/flou", []string{"x", "", "y", "", "width", "", "height", ""}, "Cookie", d.cookie); blank.Code != http.StatusBadRequest {
		t.Errorf("nothing but blank fields: %d", blank.Code)
	}
	if wrong := d.send(t, "/moderation/1/flou", []string{"x", "1", "y", "1", "width", "2", "height", "2", "x", "90"}, "Cookie", d.cookie); wrong.Code != http.StatusBadRequest {
		t.Errorf("a half one: %d", wrong.Code)
	}
	version := between(d.read(t, "/moderation/1"), `name="version" value="`, `"`)
	if accepted := d.send(t, "/moderation/1", []string{"version", version, "outcome", "accepted", "was-alt", "L’entrée du jardin", "alt", "L’entrée, côté rue"}, "Cookie", d.cookie); accepted.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", accepted.Code, accepted.Body)
	}
	expect(t, "the place", d.page(t, fmt.Sprintf("/lieux/%d", d.garden)), `alt="L’entrée, côté rue"`)
}

// The photo that comes with a new place: what is wrong with it stands beside its field and
// takes nothing of the form, what was taken is kept until the rest is right, and the same
// form twice is one photo.
func TestANewPlaceComesWithItsPhoto(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	expect(t, "where no pictures are taken", d.page(t, "/contribuer/lieu"), `not name="photo"`, "not multipart")
	var err error
	if d.road.Photos, err = store.Open(t.Context(), "", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.road.Photos.Close() })
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 1200, 800)), nil); err != nil {
		t.Fatal(err)
	}
	const address = "/contribuer/lieu"
	expect(t, "the form", d.page(t, address), `enctype="multipart/form-data"`, `capture="environment"`, "Que voit-on", "not ⟦")
	words := []string{"photo_alt", "Deux bacs sous un tilleul", "photo_licence", "CC0-1.0", "message", "Vu ce matin."}
	for name, one := range map[string]struct {
		file   []byte
		status int
		said   string
	}{
		"an SVG":    {[]byte("<svg onload=alert(1)>"), http.StatusUnsupportedMediaType, "JPEG"},
		"half":      {picture.Bytes()[:picture.Len()/2], http.StatusUnprocessableEntity, "abîmée"},
		"too large": {append(picture.Bytes(), make([]byte, 15<<20)...), http.StatusRequestEntityTooLarge, "15 Mo"},
	} {
		wrong := d.sendFile(t, address, one.file, compost(aKey, words...)...)
		if wrong.Code != one.status {
			t.Errorf("%s: %d", name, wrong.Code)
		}
		expect(t, name, between(wrong.Body.String(), `id="h-photo"><span class="field__error">`, "</span>"), one.said)
		expect(t, name, wrong.Body.String(), `value="Composteur des Olivettes"`, `value="Deux bacs sous un tilleul"`, `value="CC0-1.0" selected`, "Vu ce matin.", "not photo_sent")
	}
	nameless := append(compost(aKey, words...), "name", "")
	nameless[3] = ""
	kept := d.sendFile(t, address, picture.Bytes(), nameless...)
	if kept.Code != http.StatusBadRequest {
		t.Errorf("without a name: %d", kept.Code)
	}
	empty := append(compost(aKey, words...), slices.Repeat([]string{"a", ""}, 1500)...)
	if many := d.sendFile(t, address, picture.Bytes(), empty...); many.Code != http.StatusBadRequest || strings.Contains(many.Body.String(), "Deux bacs") {
		t.Errorf("of 1500 empty fields: %d", many.Code)
	}
	upload := between(kept.Body.String(), `name="photo_sent" value="`, `"`)
	expect(t, "what was taken is kept", kept.Body.String(), "Votre photo est bien arrivée", "Deux bacs sous un tilleul")
	for range 2 {
		sent := d.send(t, address, compost(aKey, append(words, "photo_sent", upload)...))
		if sent.Code != http.StatusAccepted {
			t.Fatalf("%d %s", sent.Code, sent.Body)
		}
		expect(t, "the receipt", sent.Body.String(), "Votre photo attend avec lui")
	}
	other := append(compost("5d3c9a52-7c1f-4b8e-8a39-2e64c7d1f0a7", words...), "lat", "")
	other[9], other[3] = "-1.5301", "Composteur du Port"
	for range 2 { // with the file in the same form, and the answer lost once
		if sent := d.sendFile(t, address, picture.Bytes(), other...); sent.Code != http.StatusAccepted {
			t.Fatalf("%d %s", sent.Code, sent.Body)
		}
	}
	quotas := d.road.Policy.Quotas
	d.road.Policy.Quotas = map[accounts.Role]moderation.Quota{accounts.Visitor: {Day: 1}}
	if again := d.sendFile(t, address, picture.Bytes(), other...); again.Code != http.StatusAccepted {
		t.Errorf("once more, when the day's photos are spent: %d", again.Code)
	}
	other[3] = "Composteur du Quai"
	if more := d.sendFile(t, address, picture.Bytes(), other...); more.Code != http.StatusTooManyRequests {
		t.Errorf("another form then: %d", more.Code)
	}
	d.road.Policy.Quotas = quotas
	var attached, rows int
	if err := d.db.QueryRow(t.Context(), `select count(*) filter (where state = 'attached'), count(*) from photos`).Scan(&attached, &rows); err != nil || attached != 2 || rows != 2 {
		t.Errorf("%d of %d photos wait, %v", attached, rows, err)
	}
	d.followsItsPlace(t, between(d.send(t, address, compost(aKey, append(words, "photo_sent", upload)...)).Body.String(), `readonly value="`, `"`))
}

// followsItsPlace shows the photo of contribution 1 to its author and to a moderator, who
// accepts the place: the photo then is theirs to follow, and to decide, by itself.
func (d *desk) followsItsPlace(t *testing.T, code string) {
	t.Helper()
	own := func(code string) string { return d.send(t, "/mes-contributions", []string{"code", code}).Body.String() }
	expect(t, "its author", own(code), `src="data:image/jpeg;base64,`, "Deux bacs sous un tilleul", "Personne d’autre que vous", "not ⟦")
	expect(t, "the moderator", d.read(t, "/moderation/1"), `src="/api/v1/moderation/photos/`, "Deux bacs sous un tilleul", "à modérer à part", `not action="/moderation/1/flou"`, "not data-blur ", "not ⟦")
	if got := d.send(t, "/moderation/1", []string{"version", "1", "outcome", "accepted"}, "Cookie", d.cookie); got.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	if err := d.road.ProposePhoto(t.Context(), d.db, 1, wednesday); err != nil {
		t.Fatal(err)
	}
	page := own(code)
	expect(t, "once the place is accepted", page, "une contribution à part", `src="data:image/jpeg;base64,`)
	hers := own(between(page, `<input type="hidden" name="code" value="`, `"`))
	expect(t, "the photo's own page", hers, "Deux bacs sous un tilleul", `src="data:image/jpeg;base64,`, "Retirer")
}

package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/photos"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// photoField is the photo that a new place may come with.
type photoField struct {
	Sent     string // the id of the upload that was taken already: no browser gives a file twice
	Alt      string
	Licences []option
}

// AdditionPath is where a new place is sent to, as a form that may hold a photo.
const AdditionPath = "/contribuer/lieu"

// MaxAddition bounds that form in bytes, far beyond the largest photo: what is too much of
// one is read past, so that nothing of the other fields is lost.
const MaxAddition = 64 << 20

// partCost is what a part of that form counts besides its text and its name, in bytes of
// maxForm: reading its head is work too, so a form has no more than a thousand.
const partCost = 256

// notTaken stands for an upload while the words beside it are looked at.
const notTaken = "not developed yet"

// sentPhoto is the file of the form, read whole.
type sentPhoto struct {
	file    []byte
	sum     []byte // SHA-256 of a file that its sender may not send now: it may be a repetition
	fault   error  // why it was not read
	release func() // its place in the darkroom
}

func (p *sentPhoto) done() {
	if p.release != nil {
		p.release()
	}
}

// readAddition reads the form of a new place, which holds a file where somebody chose a
// photo. What is wrong with the file takes nothing from the other fields: it is told
// beside its own. Release the photo when it is taken, or was refused.
func (s *site) readAddition(r *http.Request, actor accounts.Actor) (values url.Values, photo sentPhoto, err error) {
	if given, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); given != "multipart/form-data" {
		err = readForm(r)
		return r.PostForm, photo, err
	}
	r.Body = http.MaxBytesReader(nil, r.Body, MaxAddition)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, photo, unreadable(err)
	}
	values = make(url.Values)
	for left := int64(maxForm); ; {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return values, photo, nil
		case err != nil && photo.fault != nil: // the body is too long, and that is said beside the photo
			return values, photo, nil //nolint:nilerr // it is the same fault
		case err != nil:
			return values, photo, unreadable(err)
		}
		if left -= int64(len(part.FormName()) + partCost); left < 0 {
			return values, photo, unreadable(errTooManyParts)
		}
		if part.FileName() != "" {
			s.readPhoto(r, actor, part, &photo)
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if left -= int64(len(text)); err != nil || left < 0 {
			return values, photo, unreadable(cmp.Or(err, errTooManyParts))
		}
		values.Add(part.FormName(), string(text))
	}
}

// errTooManyParts is told to nobody but the log.
var errTooManyParts = errors.New("the fields of a form are longer than all of ours")

func unreadable(err error) error {
	return fault.Wrap(fault.Invalid, err, "the request body could not be read")
}

// readPhoto reads the file of a form, once, if its sender may send one now.
func (s *site) readPhoto(r *http.Request, actor accounts.Actor, part *multipart.Part, photo *sentPhoto) {
	if part.FormName() != "photo" || photo.release != nil || photo.fault != nil {
		return
	}
	if photo.fault = s.Road.MaySendPhoto(r.Context(), s.Pool, actor, s.Clock()); photo.fault == nil {
		photo.release, photo.fault = s.Road.Photos.Darkroom.Receive()
	}
	if s.Road.Photos == nil {
		return
	}
	limits := s.Road.Photos.Darkroom.Limits()
	if photo.fault != nil {
		sum := sha256.New()
		if _, err := io.Copy(sum, io.LimitReader(part, limits.Bytes+1)); err == nil {
			photo.sum = sum.Sum(nil)
		}
		return
	}
	photo.file, photo.fault = io.ReadAll(io.LimitReader(part, limits.Bytes+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(photo.fault, &tooLarge), photo.fault == nil && int64(len(photo.file)) > limits.Bytes:
		photo.file, photo.fault = nil, photos.TooManyBytes(limits)
	case photo.fault != nil:
		photo.file, photo.fault = nil, unreadable(photo.fault)
	}
}

// attach puts the photo of the form into a submission: a file that was chosen is taken,
// one that was taken before is named again. repeated is the answer where the same form
// was taken before. What is wrong is told by the form.
func (s *site) attach(r *http.Request, v *view, actor accounts.Actor, form *placeForm, photo sentPhoto, submission *moderation.Submission) (repeated *moderation.Received, err error) {
	if photo.file == nil && photo.fault == nil && form.Photo.Sent == "" {
		return nil, nil //nolint:nilnil // neither a photo nor a fault
	}
	if alt := strings.TrimSpace(form.Photo.Alt); alt != "" { // without one it is asked for
		if submission.Alt, err = json.Marshal(alt); err != nil {
			return nil, err
		}
	}
	submission.Licence, submission.Photo = form.Photo.licence(), form.Photo.Sent
	switch {
	case photo.file != nil:
		repeated, photo.fault = s.takeFile(r, actor, form, photo.file, submission)
	case photo.sum != nil: // what is wrong is that it may not be sent, unless it was
		repeated, _ = s.sentBefore(r, actor, form, photo.sum, submission)
	}
	if repeated != nil || photo.fault == nil {
		return repeated, nil
	}
	if fault.KindOf(photo.fault) == fault.Internal {
		return nil, photo.fault
	}
	said := v.faultOf(r, photo.fault)
	form.Errors["photo"], form.status, submission.Photo = said.text(), said.status, notTaken
	return nil, nil //nolint:nilnil // the form tells it
}

// takeFile develops a picture and names its upload in the form and the submission, unless
// the same form with the same file was taken before.
func (s *site) takeFile(r *http.Request, actor accounts.Actor, form *placeForm, file []byte, submission *moderation.Submission) (repeated *moderation.Received, err error) {
	sum := sha256.Sum256(file)
	if repeated, err = s.sentBefore(r, actor, form, sum[:], submission); repeated != nil || err != nil {
		return repeated, err
	}
	upload, err := s.Road.TakePhoto(r.Context(), s.Pool, actor, file, s.Clock())
	if err == nil {
		form.Photo.Sent, submission.Photo = upload.ID, upload.ID
	}
	return nil, err
}

// sentBefore is the answer to the same form with the same file, nil for none; it makes
// the file a part of what tells the form from another one under its key.
func (s *site) sentBefore(r *http.Request, actor accounts.Actor, form *placeForm, sum []byte, submission *moderation.Submission) (*moderation.Received, error) {
	submission.Photo = notTaken
	words, err := json.Marshal(submission)
	if err != nil {
		return nil, err
	}
	form.body = slices.Concat(words, sum)
	envelope := moderation.Envelope{Key: form.Key, Body: form.body, Now: s.Clock()}
	earlier, found, _ := moderation.Repeated(r.Context(), s.Pool, actor, envelope) // what is wrong with the key is told when the form is sent
	if !found {
		return nil, nil //nolint:nilnil // neither an answer nor a fault
	}
	return &earlier, nil
}

func (f *photoField) licence() string {
	for _, one := range f.Licences {
		if one.Selected {
			return one.Value
		}
	}
	return ""
}

// photoFieldOf is the field as it was sent; nil where no photos are taken.
func (v *view) photoFieldOf(values url.Values) *photoField {
	if v.site.Road.Photos == nil {
		return nil
	}
	field := &photoField{Sent: values.Get("photo_sent"), Alt: values.Get("photo_alt")}
	if values.Get("photo_drop") != "" {
		field.Sent = ""
	}
	chosen := values.Get("photo_licence")
	for i, one := range places.PhotoLicences {
		field.Licences = append(field.Licences, option{one, v.licenceName(one), one == chosen || chosen == "" && i == 0})
	}
	return field
}

package web

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/photos"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// photoForm is the form that sends a photo of a place.
type photoForm struct {
	ID       places.ID
	Name     string
	Key      string
	Alt      string
	Message  string
	Email    string
	Licences []option
	Visitor  bool
	Errors   map[string]string
	Problem  string
	Again    bool // the file must be chosen again
}

// maxPhotoFields bounds what stands beside the picture in the form, in bytes.
const maxPhotoFields = 1 << 20

// sendPhoto shows the form of a photo, and takes it. Nobody sees the photo before a moderator has.
func (s *site) sendPhoto(r *http.Request, v *view, actor accounts.Actor, p published) (answer, error) {
	form := photoForm{ID: p.ID, Name: s.title(p, v.Language), Key: newKey(), Visitor: actor.User == 0}
	licence := places.PhotoLicences[0]
	status := http.StatusOK
	if r.Method == http.MethodPost {
		received, failed := s.takePhoto(r, actor, p.ID)
		if failed == nil {
			return s.showReceived(v, actor, received), nil
		}
		if kind := fault.KindOf(failed); kind == fault.Internal || kind == fault.NotFound {
			return answer{}, failed
		}
		said := v.faultOf(r, failed)
		status, form.Problem, form.Errors, form.Again = said.status, joinWords(" : ", said.heading, said.detail), said.fields, true
		if r.MultipartForm != nil { // else it was refused unread, and stays so
			form.Alt, form.Message, form.Email = r.PostFormValue("alt"), r.PostFormValue("message"), r.PostFormValue("contact_email")
			licence = r.PostFormValue("licence")
			form.Key = keyAgain(r.PostFormValue("key"), said)
		}
	}
	for _, one := range places.PhotoLicences {
		form.Licences = append(form.Licences, option{one, v.licenceName(one), one == licence})
	}
	return answer{template: "photo_form", title: v.T("photo.title", "name", form.Name), data: form, status: status, private: true}, nil
}

// takePhoto develops the picture and proposes it. What is wrong beside it is said
// before it is developed.
func (s *site) takePhoto(r *http.Request, actor accounts.Actor, id places.ID) (moderation.Received, error) {
	if err := s.Road.MaySendPhoto(r.Context(), s.Pool, actor, s.Clock()); err != nil {
		return moderation.Received{}, err
	}
	release, err := s.Road.Photos.Darkroom.Receive()
	if err != nil {
		return moderation.Received{}, err
	}
	defer release()
	file, err := s.photoFile(r)
	if err != nil {
		return moderation.Received{}, err
	}
	alt, err := json.Marshal(r.PostFormValue("alt"))
	if err != nil {
		return moderation.Received{}, err
	}
	submission := moderation.Submission{
		Action: moderation.Photo, PlaceID: id, Photo: "not developed yet", Alt: alt, Licence: r.PostFormValue("licence"),
		Message: r.PostFormValue("message"), Email: r.PostFormValue("contact_email"),
	}
	if _, err := submission.Check(s.Taxonomy, s.Clock()); err != nil {
		return moderation.Received{}, err
	}
	envelope, err := s.photoEnvelope(r, submission, file)
	if err != nil {
		return moderation.Received{}, err
	}
	if earlier, found, err := moderation.Repeated(r.Context(), s.Pool, actor, envelope); found || err != nil {
		return earlier, err // sent twice: it is in the box already
	}
	upload, err := s.Road.TakePhoto(r.Context(), s.Pool, actor, file, s.Clock())
	if err != nil {
		return moderation.Received{}, err
	}
	submission.Photo = upload.ID
	received, err := s.Road.Submit(r.Context(), s.Intake, actor, submission, envelope)
	if err != nil {
		return received, err
	}
	return received, s.Snapshot.WaitFor(r.Context(), received.Seq)
}

// photoEnvelope tells the same form sent again by what it holds: the file and the words.
func (s *site) photoEnvelope(r *http.Request, submission moderation.Submission, file []byte) (moderation.Envelope, error) {
	words, err := json.Marshal(submission)
	if err != nil {
		return moderation.Envelope{}, err
	}
	sum := sha256.Sum256(file)
	return moderation.Envelope{Key: r.PostFormValue("key"), Body: append(words, sum[:]...), Now: s.Clock()}, nil
}

// photoFile reads the picture of the form, whole.
func (s *site) photoFile(r *http.Request) ([]byte, error) {
	limits := s.Road.Photos.Darkroom.Limits()
	r.Body = http.MaxBytesReader(nil, r.Body, limits.Bytes+maxPhotoFields)
	err := r.ParseMultipartForm(maxPhotoFields) //nolint:gosec // the body has its bound just above
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, photos.TooManyBytes(limits)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the request body could not be read")
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files
	file, _, err := r.FormFile("photo")
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the form has no part called photo")
	}
	defer func() { _ = file.Close() }()
	picture, err := io.ReadAll(io.LimitReader(file, limits.Bytes+1))
	if err == nil && int64(len(picture)) > limits.Bytes {
		return nil, photos.TooManyBytes(limits)
	}
	return picture, err
}

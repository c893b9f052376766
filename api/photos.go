package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/internal/photos"
	"cartoquartiers/internal/photos/store"
)

var asJPEG = httpkit.Format{Name: "jpg", MediaType: "image/jpeg"}

const multipart = "multipart/form-data"

func (s *server) photoEndpoints() []endpoint {
	const tag = "Photos"
	image := &huma.Schema{Type: "string", Description: "The bytes of a picture"}
	pictures := []representation{{asJPEG, image}}
	size := parameter{"size", "The longest side, in pixels: 320, 960 or 1920", &huma.Schema{Type: "integer", Enum: []any{320, 960, 1920}}, nil}
	number := parameter{"id", "The number of the photo", text(), nil}
	return []endpoint{
		{
			method: http.MethodPost, path: "/api/v1/photos", id: "sendPhoto", tag: tag, summary: "Send a picture, to propose it afterwards",
			about: "JPEG, PNG or WebP, up to 15 MB and 50 megapixels, as the body or as the part `photo` of a form. What it is is found by its content. It is made upright and into three sizes; " +
				"nothing else of the file is kept, and no metadata but the day. Then propose it within a day, as a contribution: " +
				"`{\"action\": \"photo\", \"place_id\": 7, \"photo\": \"<id>\", \"alt\": \"What it shows\", \"licence\": \"CC-BY-SA-4.0\"}`. A moderator looks at each before anybody else sees it. " +
				"With a new place, the same three members stand in the contribution that creates it: the photo waits with it, and becomes a contribution of its own, by the same author, once the place is on the map.",
			takes: image, takesAs: []string{"image/jpeg", "image/png", "image/webp", "application/octet-stream", multipart},
			statuses: []int{http.StatusCreated}, formats: []representation{{asJSON, uploaded{}}}, handle: s.sendPhoto,
		},
		{
			path: "/photos/{name}-{size}.jpg", id: "getPhoto", tag: tag, summary: "A published photo, in one size",
			about:  "Its address is in the property `photos` of its place, and never shows anything else.",
			inPath: []parameter{{"name", "The name of the picture", text(), nil}, size}, formats: pictures, handle: s.photo,
		},
		{
			path: "/api/v1/contributions/{id}/photo", id: "getOwnPhoto", tag: tag, summary: "The photo of one's own contribution, 960 pixels wide or high at most",
			about: "Of a photo, or of a creation that came with one, while it waits and once it is published. For its author: with the token that sent it, or with the `secret` that came " +
				"with the answer, which opens the creation and its photo. To everybody else it is absent.",
			inPath: contributionInPath, statuses: []int{http.StatusOK}, formats: pictures, handle: s.asAuthor(s.ownPhoto),
		},
		{
			path: "/api/v1/moderation/photos/{id}/{size}", id: "getReviewedPhoto", tag: tag, summary: "A photo as a moderator sees it, published or not",
			inPath: []parameter{number, size}, statuses: []int{http.StatusOK}, formats: pictures, handle: s.asActor(s.reviewedPhoto),
		},
		{
			method: http.MethodPost, path: "/api/v1/moderation/photos/{id}/blur", id: "blurPhoto", tag: tag, summary: "Paint over parts of a photo, for good",
			about: "Faces, number plates: nothing is left of the pixels, in any size, and the files that showed them are deleted. " +
				"The `ETag` is the new version of the contribution, for the decision. A photo that is published already is replaced by a revision of its place.",
			takes: blurBody{}, inPath: []parameter{number}, statuses: []int{http.StatusOK},
			formats: []representation{{asJSON, blurred{}}}, handle: s.asActor(s.blurPhoto),
		},
	}
}

// uploaded is what the sender of a picture is told.
type uploaded struct {
	ID      string       `json:"id" doc:"Names the picture in the contribution; keep it to yourself"`
	Expires time.Time    `json:"expires" doc:"Until when it waits for the contribution"`
	Sizes   []pixelsSize `json:"sizes" doc:"What was made of it, the smallest first"`
}

type pixelsSize struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

func (s *server) sendPhoto(w http.ResponseWriter, r *request) error {
	actor, err := s.actor(r)
	if err != nil {
		return err
	}
	if err := s.Road.MaySendPhoto(r.Context(), s.Pool, actor, s.Clock()); err != nil {
		return err
	}
	release, err := s.Road.Photos.Darkroom.Receive()
	if err != nil {
		return err
	}
	defer release()
	file, err := s.photoBody(r)
	if err != nil {
		return err
	}
	upload, err := s.Road.TakePhoto(r.Context(), s.Pool, actor, file, s.Clock())
	if err != nil {
		return err
	}
	told := uploaded{ID: upload.ID, Expires: upload.Expires}
	for _, size := range photos.Sizes {
		width, height := photos.Fit(upload.Width, upload.Height, size)
		told.Sizes = append(told.Sizes, pixelsSize{width, height})
	}
	return writeOwn(w, r, http.StatusCreated, 0, told)
}

// photoBody reads the picture, whole; each sender has the time of a request.
func (s *server) photoBody(r *request) ([]byte, error) {
	body, err := photoPart(r.Request)
	if err != nil {
		return nil, err
	}
	limits := s.Road.Photos.Darkroom.Limits()
	file, err := io.ReadAll(io.LimitReader(body, limits.Bytes+1))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || int64(len(file)) > limits.Bytes {
		return nil, photos.TooManyBytes(limits)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the request body could not be read")
	}
	return file, nil
}

// photoPart is the body, or the first part of a form that is called photo.
func photoPart(r *http.Request) (io.Reader, error) {
	if given, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); given != multipart {
		return r.Body, nil
	}
	form, err := r.MultipartReader()
	for err == nil {
		part, next := form.NextPart()
		if next == nil && part.FormName() == "photo" {
			return part, nil
		}
		err = next
	}
	return nil, fault.Wrap(fault.Invalid, err, "the form has no part called photo")
}

func (s *server) photo(w http.ResponseWriter, r *request) error {
	size, err := r.photoSize()
	if err != nil {
		return err
	}
	name := mux.Vars(r.Request)["name"]
	picture, err := s.Road.PublishedPhoto(r.Context(), s.Pool, name, size)
	if err != nil {
		return err
	}
	defer func() { _ = picture.Close() }()
	w.Header().Set("Cache-Control", immutable)
	photoHeaders(w)
	if httpkit.NotModified(w, r.Request, name+"-"+strconv.Itoa(size), time.Time{}) {
		return nil
	}
	writePhoto(w, r, picture)
	return nil
}

// photoHeaders keep a browser from taking a picture for anything else.
func photoHeaders(w http.ResponseWriter) {
	w.Header().Set("Content-Type", asJPEG.MediaType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
}

func writePhoto(w http.ResponseWriter, r *request, picture store.Reader) {
	w.Header().Set("Content-Length", strconv.FormatInt(picture.Size(), 10))
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, picture) // the caller left, or is told by the length that it is cut
	}
}

// photoSize reads the size in the path.
func (r *request) photoSize() (int, error) {
	for _, size := range photos.Sizes {
		if strconv.Itoa(size) == mux.Vars(r.Request)["size"] {
			return size, nil
		}
	}
	return 0, fault.New(fault.NotFound, "there is no such photo")
}

func (r *request) photoNumber() (int64, error) {
	number, err := strconv.ParseInt(mux.Vars(r.Request)["id"], 10, 64)
	if err != nil || number < 1 {
		return 0, fault.New(fault.NotFound, "there is no such photo")
	}
	return number, nil
}

func (s *server) reviewedPhoto(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	number, err := r.photoNumber()
	if err != nil {
		return err
	}
	size, err := r.photoSize()
	if err != nil {
		return err
	}
	picture, err := s.Road.ReviewedPhoto(r.Context(), s.Pool, actor, number, size, s.Clock())
	if err != nil {
		return err
	}
	writePrivatePhoto(w, r, picture)
	return nil
}

// ownPhotoSize is enough to see what one has sent.
const ownPhotoSize = 960

func (s *server) ownPhoto(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	picture, err := s.Road.OwnPhoto(r.Context(), s.Pool, actor, id, ownPhotoSize)
	if err != nil {
		return err
	}
	writePrivatePhoto(w, r, picture)
	return nil
}

// writePrivatePhoto answers with a picture that is for the caller alone.
func writePrivatePhoto(w http.ResponseWriter, r *request, picture store.Reader) {
	defer func() { _ = picture.Close() }()
	w.Header().Set("Cache-Control", "no-store")
	photoHeaders(w)
	writePhoto(w, r, picture)
}

// blurBody are the parts of a photo to paint over.
type blurBody struct {
	Rectangles []photos.Rectangle `json:"rectangles"`
}

type blurred struct {
	Version int `json:"version" doc:"Of the contribution that brought the photo"`
}

func (s *server) blurPhoto(w http.ResponseWriter, r *request, actor accounts.Actor) error {
	number, err := r.photoNumber()
	if err != nil {
		return err
	}
	var given blurBody
	if err := decode(r, &given); err != nil {
		return err
	}
	done, err := s.Road.BlurPhoto(r.Context(), s.Pool, actor, number, given.Rectangles, s.Clock())
	if err != nil {
		return err
	}
	if err := s.Snapshot.WaitFor(r.Context(), done.Seq); err != nil {
		return err
	}
	return writeOwn(w, r, http.StatusOK, done.Version, blurred{done.Version})
}

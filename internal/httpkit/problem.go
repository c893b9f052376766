package httpkit

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"cartoquartiers/internal/fault"
)

// Details is the body of an error answer: application/problem+json, RFC 9457.
type Details struct {
	Type   string        `json:"type" doc:"Stable reference of the kind of problem" example:"/problems/invalid"`
	Title  string        `json:"title" doc:"The kind of problem, in the caller's language"`
	Status int           `json:"status" doc:"The HTTP status"`
	Detail string        `json:"detail,omitempty" doc:"What went wrong this time, in the caller's language"`
	Errors []DetailError `json:"errors,omitempty" doc:"The wrong parts of the request"`
}

// DetailError names one wrong part of a request: a parameter of the URL, or a
// JSON pointer (RFC 6901) into the body.
type DetailError struct {
	Parameter string `json:"parameter,omitempty"`
	Pointer   string `json:"pointer,omitempty"`
	Detail    string `json:"detail"`
}

// kindFace is how a kind of fault looks from outside.
type kindFace struct {
	status  int
	english string
	french  string
}

var kindFaces = map[fault.Kind]kindFace{
	fault.Internal:        {500, "Something broke on our side", "Une erreur s'est produite de notre côté"},
	fault.Invalid:         {400, "The request is not valid", "La demande n'est pas valable"},
	fault.Unauthenticated: {401, "Please sign in", "Connexion nécessaire"},
	fault.Forbidden:       {403, "Not allowed", "Action non permise"},
	fault.NotFound:        {404, "Not found", "Introuvable"},
	fault.NotAcceptable:   {406, "No such representation", "Représentation indisponible"},
	fault.MediaType:       {415, "The body has another form", "Le contenu a une autre forme"},
	fault.Conflict:        {409, "The state has changed", "L'état a changé entre-temps"},
	fault.Stale:           {412, "Another version than yours", "Une autre version que la vôtre"},
	fault.Unconditional:   {428, "Say which version you saw", "Indiquez la version que vous avez vue"},
	fault.TooLarge:        {413, "Too large", "Trop volumineux"},
	fault.Unreadable:      {422, "The content cannot be read", "Le contenu est illisible"},
	fault.Reused:          {422, "The key stands for another request", "La clé désigne une autre demande"},
	fault.TooMany:         {429, "Too many requests", "Trop de demandes"},
	fault.Unavailable:     {503, "Not available right now", "Indisponible pour le moment"},
}

// Face is how a type of problem looks from outside.
type Face struct {
	Type            string // "/problems/…", for ever
	Status          int
	English, French string // titles
}

// methodType is the one type that is not a kind of fault: a router tells it.
const methodType = "/problems/method"

// Faces are all the types of problems that this server answers with, by status.
func Faces() []Face {
	faces := []Face{{methodType, http.StatusMethodNotAllowed, "This method is not allowed here", "Méthode non permise ici"}}
	for kind, face := range kindFaces {
		faces = append(faces, Face{"/problems/" + kind.String(), face.status, face.english, face.french})
	}
	slices.SortFunc(faces, func(a, b Face) int { return a.Status - b.Status })
	return faces
}

// Problem answers an error. A fault shows its message and fields in the caller's
// language; anything else is internal: its chain is logged and not shown. It
// must be called before anything was written.
func Problem(w http.ResponseWriter, r *http.Request, err error) {
	WriteProblem(w, r, DetailsOf(r, err))
}

// DetailsOf is the body of Problem, for answers that hold several.
func DetailsOf(r *http.Request, err error) Details {
	shown := visible(err)
	language := Language(r)
	if shown.Kind == fault.Internal {
		logInternal(r, err)
	}
	if language == French {
		shown = shown.Translated(frenchMessages)
	}
	face := kindFaces[shown.Kind]
	details := Details{
		Type: "/problems/" + shown.Kind.String(), Title: face.english, Status: face.status, Detail: shown.Message,
	}
	if language == French {
		details.Title = face.french
	}
	for _, field := range shown.Fields {
		details.Errors = append(details.Errors, detailError(field))
	}
	return details
}

// visible is the fault that a caller may see of an error.
func visible(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Internal {
		return f
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.New(fault.TooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "this took too long; try again in a moment")
	}
	return &fault.Error{Kind: fault.Internal}
}

func logInternal(r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the caller left: nobody reads the answer, and nothing is broken
	}
	Logger(r.Context()).ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
}

func detailError(field fault.Field) DetailError {
	if strings.HasPrefix(field.Name, "/") {
		return DetailError{Pointer: field.Name, Detail: field.Message}
	}
	return DetailError{Parameter: field.Name, Detail: field.Message}
}

// WriteProblem writes a problem that is not a fault, such as a wrong method.
func WriteProblem(w http.ResponseWriter, r *http.Request, details Details) {
	body, err := json.Marshal(details)
	if err != nil {
		body = []byte(`{"type":"/problems/internal","status":500}`)
	}
	header := w.Header()
	header.Del("ETag")
	header.Del("Last-Modified")
	header.Del("Content-Length")
	header.Set("Content-Type", "application/problem+json")
	header.Set("Content-Language", Language(r))
	header.Set("Cache-Control", "no-store")
	header.Add("Vary", "Accept-Language")
	header.Set("X-Content-Type-Options", "nosniff")
	if details.Status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer") // RFC 9110, 15.5.2; RFC 6750, 3
	}
	w.WriteHeader(details.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller left; there is nobody to tell
	}
}

// NotFound and WrongMethod are for the routers.
var (
	NotFound = Handler(func(_ http.ResponseWriter, r *http.Request) error {
		return fault.New(fault.NotFound, "there is nothing at %s", r.URL.Path)
	})
	WrongMethod = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		details := Details{Type: methodType, Title: "Méthode non permise ici", Status: http.StatusMethodNotAllowed}
		if Language(r) == English {
			details.Title = "This method is not allowed here"
		}
		WriteProblem(w, r, details)
	})
)

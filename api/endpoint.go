package api

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
)

// endpoint is one row of the route table: what the contract says of an address,
// and what answers it. The same row makes the route, refuses what is not declared,
// and is written into the OpenAPI documents, so that the three cannot differ.
type endpoint struct {
	method  string // GET unless it says otherwise
	path    string // as gorilla/mux and OpenAPI both write it
	route   string // as gorilla/mux writes it, where OpenAPI cannot: a part that goes over several segments
	id      string // operationId, for ever
	tag     string
	summary string
	about   string // more about it, Markdown
	query   []parameter
	inPath  []parameter
	headers []parameter // that mean something beside those of every request
	takes   any         // a Go value whose type is the schema of the JSON body, or a *huma.Schema; nil without one
	// takesAs are the media types of the body; another one is refused. Without them
	// it is JSON, whatever it is called.
	takesAs []string
	// statuses of success, 200 and 304 unless it says otherwise. What is for the
	// caller alone is never kept, and so has no 304.
	statuses []int
	formats  []representation // the first is the default
	handle   func(w http.ResponseWriter, r *request) error
}

// representation is a format and what a body in it looks like.
type representation struct {
	httpkit.Format
	body any // a Go value whose type is the schema, a *huma.Schema, or nil for text
}

// request is a request that has passed the checks of its endpoint.
type request struct {
	*http.Request
	values   url.Values
	format   httpkit.Format
	language string
	base     string // scheme and host, without a slash at the end
}

// serve makes an endpoint an http.Handler.
func (s *server) serve(e endpoint) http.Handler {
	known := []string{"f", "lang"}
	for _, p := range e.query {
		known = append(known, p.name)
	}
	formats := make([]httpkit.Format, len(e.formats))
	for i, representation := range e.formats {
		formats[i] = representation.Format
	}
	return httpkit.Handler(func(w http.ResponseWriter, r *http.Request) error {
		if err := e.guard(r); err != nil {
			return err
		}
		values, err := declared(r, known)
		if err != nil {
			return err
		}
		format, err := httpkit.Negotiate(r, formats)
		if err != nil {
			return err
		}
		return e.handle(w, &request{
			Request: r, values: values, format: format, language: httpkit.Language(r), base: s.baseOf(r),
		})
	})
}

// guard refuses what a page of another site makes a browser send without a token:
// it would be in the name of a visitor who knows nothing of it. A browser says
// where a request comes from (https://www.w3.org/TR/fetch-metadata/), and sends no
// token by itself. It also refuses bodies of a type that is not taken.
func (e endpoint) guard(r *http.Request) error {
	if e.method != http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Authorization") == "" {
		return fault.New(fault.Forbidden, "pages of other sites can only change something with a token")
	}
	given, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if len(e.takesAs) > 0 && given != "" && !slices.Contains(e.takesAs, given) {
		return fault.New(fault.MediaType, "the body must be %s, not %s", strings.Join(e.takesAs, ", "), given)
	}
	return nil
}

// declared reads the query and refuses a parameter that is unknown or empty-named
// (OGC API – Features 17-069r4, 7.15.1 /req/core/query-param-unknown).
func declared(r *http.Request, known []string) (url.Values, error) {
	if r.URL.RawQuery == "" {
		return nil, nil //nolint:nilnil // a nil url.Values is the empty query
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the part of the address after ? cannot be read")
	}
	for name, given := range values {
		if !slices.Contains(known, name) {
			return nil, fault.InvalidField(name, "unknown parameter; known here: %s", strings.Join(known, ", "))
		}
		if len(given) > 1 && !slices.Contains(listParameters, name) {
			return nil, fault.InvalidField(name, "given %d times", len(given))
		}
	}
	return values, nil
}

// baseOf is how the caller addresses us: as configured, else as the request says.
func (s *server) baseOf(r *http.Request) string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// say picks the text in the caller's language.
func (r *request) say(french, english string) string {
	if r.language == httpkit.English {
		return english
	}
	return french
}

// with is the address of this request with some parameters set, or removed when empty.
func (r *request) with(pairs ...string) string {
	values := url.Values{}
	for name, given := range r.values {
		values[name] = given
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Del(pairs[i])
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	address := r.base + r.URL.EscapedPath()
	if query := values.Encode(); query != "" {
		address += "?" + query
	}
	return address
}

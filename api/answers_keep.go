package api

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"weak"

	"cartoquartiers/internal/httpkit"
	"cartoquartiers/places/snapshot"
)

// itemsRoute is the only address whose answers are kept.
const itemsRoute = "/ogc/collections/places/items"

// longestQuestion is the size in bytes of the longest question whose answer is kept.
const longestQuestion = 2048

// keptFirst answers what was answered before and is still true, and keeps what is
// asked for again. It stands outside Compress, so that it keeps what was sent as it
// was sent. What may be 304 takes the usual road, which finds out without making a page.
func (s *server) keptFirst(next http.Handler) http.Handler {
	if s.Answers.kept == nil {
		return next
	}
	number := s.Answers.users.Add(1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, ok := s.questionOf(r, number)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		kept := s.Answers.find(asked, s.Snapshot.View())
		switch {
		case kept == nil:
			s.Answers.misses.Add(1)
			s.answerAndKeep(w, r, asked, next)
		case kept.mayBeHeld(r):
			next.ServeHTTP(w, r)
		default:
			s.Answers.hits.Add(1)
			httpkit.SetRoute(r.Context(), itemsRoute)
			kept.send(w, r)
		}
	})
}

// questionOf is what a request asks, if it is one whose answer may be kept. Every
// part of a request that the answer depends on must be in it.
func (s *server) questionOf(r *http.Request, number uint64) (question, bool) {
	if r.URL.Path != itemsRoute || r.URL.RawPath != "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return question{}, false
	}
	asked := question{
		server: number, base: s.baseOf(r), query: r.URL.RawQuery, accept: strings.Join(r.Header["Accept"], ","),
		language: httpkit.Language(r), coding: httpkit.AcceptedCoding(r.Header.Get("Accept-Encoding")),
	}
	return asked, asked.size() <= longestQuestion
}

// answerAndKeep lets the server answer, and keeps the answer if it says so and the question is an old one.
func (s *server) answerAndKeep(w http.ResponseWriter, r *http.Request, asked question, next http.Handler) {
	if r.Method != http.MethodGet || !s.Answers.again(asked) {
		next.ServeHTTP(w, r)
		return
	}
	k := &keeper{ResponseWriter: w, before: maps.Clone(w.Header())}
	next.ServeHTTP(k, r.WithContext(context.WithValue(r.Context(), keeperKey{}, k)))
	if kept := k.answer(asked.coding); kept != nil {
		s.Answers.kept.Set(asked.cloned(), kept)
	}
}

type keeperKey struct{}

// keepFor says that the answer which follows depends on this View and on what is in
// a question, and on nothing else: no clock, no rights, no database.
func keepFor(ctx context.Context, view *snapshot.View) {
	if k, ok := ctx.Value(keeperKey{}).(*keeper); ok {
		k.view = view
	}
}

// keeper copies what is sent.
type keeper struct {
	http.ResponseWriter
	before http.Header    // what others had set already
	view   *snapshot.View // nil: not to be kept
	status int
	header http.Header
	body   bytes.Buffer
	lost   bool // too long, or not all of it was taken
}

// WriteHeader notes what was set since the request came here.
func (k *keeper) WriteHeader(status int) {
	if k.status == 0 && status >= http.StatusOK {
		k.status, k.header = status, make(http.Header)
		for name, values := range k.Header() {
			if !slices.Equal(values, k.before[name]) {
				k.header[name] = slices.Clip(slices.Clone(values))
			}
		}
		length, _ := strconv.Atoi(k.header.Get("Content-Length"))
		k.lost = length > longestAnswer // before it is copied
	}
	k.ResponseWriter.WriteHeader(status)
}

func (k *keeper) Write(p []byte) (int, error) {
	if k.status == 0 {
		k.WriteHeader(http.StatusOK)
	}
	n, err := k.ResponseWriter.Write(p)
	if k.lost = k.lost || err != nil || k.body.Len()+n > longestAnswer; !k.lost && k.view != nil {
		k.body.Write(p)
	}
	return n, err
}

// Unwrap is for http.ResponseController.
func (k *keeper) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// answer is what was sent, nil if it is not to be kept. A coding that could not be
// ended has lost its last bytes, and Write has seen it.
func (k *keeper) answer(coding string) *keptAnswer {
	if k.view == nil || k.lost || k.status != http.StatusOK {
		return nil
	}
	body := bytes.Clone(k.body.Bytes()) // keeps no more than it needs
	k.header["Content-Length"] = []string{strconv.Itoa(len(body))}
	tag := strings.Trim(k.header.Get("ETag"), `"`)
	return &keptAnswer{view: weak.Make(k.view), header: k.header, tag: strings.TrimSuffix(tag, "-"+coding), body: body}
}

// mayBeHeld tells whether the caller may hold this very answer (RFC 9110, 13.1).
func (a *keptAnswer) mayBeHeld(r *http.Request) bool {
	if given := r.Header["If-None-Match"]; len(given) > 0 {
		list := strings.Join(given, ",")
		return strings.Contains(list, a.tag) || strings.Contains(list, "*")
	}
	return len(r.Header["If-Modified-Since"]) > 0
}

func (a *keptAnswer) send(w http.ResponseWriter, r *http.Request) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // the caller left: nobody to tell
	}
}

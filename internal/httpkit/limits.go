package httpkit

import (
	"context"
	"net/http"
	"time"
)

// Limit is what one request may cost.
type Limit struct {
	Work  time.Duration // until its context ends; 0 is no end, for downloads of everything
	Stall time.Duration // that the caller may leave a piece of the answer untaken
	Body  int64         // bytes of the request's body
}

// Within holds each request to its limit. Work sees its end through its context;
// a caller who stops sending or taking loses the connection, so that long answers
// may be slow and nobody holds a place for ever. A body beyond Body gives
// TooLarge, at once where its length is stated.
func Within(limitOf func(*http.Request) Limit, clock func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			limit := limitOf(r)
			if r.ContentLength > limit.Body {
				w.Header().Set("Connection", "close") // the body stays unread
				Problem(w, r, &http.MaxBytesError{Limit: limit.Body})
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit.Body)
			paced := &paced{ResponseWriter: w, controller: http.NewResponseController(w), stall: limit.Stall, clock: clock}
			paced.begin(limit.Work)
			if limit.Work > 0 {
				ctx, cancel := context.WithDeadline(r.Context(), clock().Add(limit.Work))
				defer cancel()
				r = r.WithContext(ctx)
			}
			next.ServeHTTP(paced, r)
		})
	}
}

// paced gives the caller a new deadline with each piece of the answer.
type paced struct {
	http.ResponseWriter
	controller *http.ResponseController
	stall      time.Duration
	clock      func() time.Time
}

// begin replaces the deadlines that the request before left on this connection.
// They come after the end of work: a read that times out cancels the request, and
// its handler could not say why any more. Recorders in tests have no connection,
// hence the ignored errors.
func (p *paced) begin(work time.Duration) {
	deadline := time.Time{}
	if work > 0 {
		deadline = p.clock().Add(work + p.stall)
	}
	_ = p.controller.SetReadDeadline(deadline)
	_ = p.controller.SetWriteDeadline(deadline)
}

// Write may block as long as the caller goes on taking pieces.
func (p *paced) Write(b []byte) (int, error) {
	_ = p.controller.SetWriteDeadline(p.clock().Add(p.stall)) // see begin
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

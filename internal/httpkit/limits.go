package httpkit

import (
	"context"
	"net/http"
	"time"
)

// Limit is what one request may cost.
type Limit struct {
	Answer time.Duration // from its start to the end of the answer, where Stall is 0
	Stall  time.Duration // for long answers, in place of Answer: between two pieces that the caller takes
	Body   int64         // bytes of the request's body
}

// Within holds each request to its limit. Work sees the end of Answer through
// its context, and the connection is cut a moment later, so that there is time to
// say so. A body beyond Body gives TooLarge, at once where its length is stated.
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
			controller := http.NewResponseController(w)
			if limit.Stall > 0 {
				_ = controller.SetReadDeadline(time.Time{}) // of the request before, on this connection
				next.ServeHTTP(&paced{ResponseWriter: w, controller: controller, stall: limit.Stall, clock: clock}, r)
				return
			}
			deadline := clock().Add(limit.Answer)
			// The connection outlives the context: a read that times out would cancel the
			// request before its handler can say why. Recorders in tests have no connection.
			_ = controller.SetReadDeadline(deadline.Add(lastWords))
			_ = controller.SetWriteDeadline(deadline.Add(lastWords))
			ctx, cancel := context.WithDeadline(r.Context(), deadline)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// lastWords is the time to tell a caller that the answer took too long.
const lastWords = 2 * time.Second

// paced gives the caller a new deadline with each piece: a long download may take
// its time, a caller who stops reading may not hold a place for ever.
type paced struct {
	http.ResponseWriter
	controller *http.ResponseController
	stall      time.Duration
	clock      func() time.Time
}

func (p *paced) Write(b []byte) (int, error) {
	_ = p.controller.SetWriteDeadline(p.clock().Add(p.stall)) // see Within
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

package httpkit

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"cartoquartiers/internal/fault"
)

// Recover turns a panic into an internal error that is logged with its stack. An
// answer that had begun is cut, so that nobody takes it for complete.
func Recover(metrics *Metrics) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if cause == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
					panic(cause)
				}
				metrics.panics.Inc()
				Logger(r.Context()).ErrorContext(r.Context(), "panic", "cause", cause, "stack", string(debug.Stack()))
				if e, ok := r.Context().Value(exchangeKey{}).(*exchange); ok && e.status != 0 {
					panic(http.ErrAbortHandler)
				}
				Problem(w, r, fmt.Errorf("panic: %v", cause))
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// AtMost answers 503 with Retry-After while as many requests are being answered
// already: better a quick refusal than a queue that nobody outlives.
func AtMost(count int, metrics *Metrics) func(http.Handler) http.Handler {
	free := make(chan struct{}, count)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case free <- struct{}{}:
				defer func() { <-free }()
				next.ServeHTTP(w, r)
			default:
				metrics.refused.Inc()
				w.Header().Set("Retry-After", "1")
				Problem(w, r, fault.New(fault.Unavailable, "too many requests at this moment; try again in a second"))
			}
		})
	}
}

// contentPolicy lets pages load from this server only, and run no inline script
// or style. blob: and data: images are what MapLibre makes of its own pictures.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

var securityHeaders = [][2]string{
	{"Content-Security-Policy", contentPolicy},
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "same-origin"},
	{"Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), interest-cohort=()"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	// Open data is there to be embedded by others.
	{"Cross-Origin-Resource-Policy", "cross-origin"},
}

// AllowFraming lets pages of others show this answer in a frame. It is for an answer
// that is the same for everybody and does nothing.
func AllowFraming(header http.Header) {
	policy := strings.Replace(contentPolicy, "frame-ancestors 'none'", "frame-ancestors *", 1)
	header.Set("Content-Security-Policy", policy)
}

// SecurityHeaders sets on every answer what keeps a browser from doing more than
// the page needs. Strict-Transport-Security is left to whatever ends TLS.
func SecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for _, pair := range securityHeaders {
			header.Set(pair[0], pair[1])
		}
		next.ServeHTTP(w, r)
	})
}

package httpkit

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"
)

// unnamedRoute stands for everything that no route table names, so that strangers
// who try addresses cannot grow the metrics.
const unnamedRoute = "other"

// exchange is one request and its answer, as operations see it.
type exchange struct {
	http.ResponseWriter
	id     string
	route  string
	status int // 0 until the header is written
	bytes  int64
}

// WriteHeader notes the final status; 1xx come before it.
func (e *exchange) WriteHeader(status int) {
	if e.status == 0 && status >= http.StatusOK {
		e.status = status
	}
	e.ResponseWriter.WriteHeader(status)
}

// Write counts what the caller is sent, compressed as it is.
func (e *exchange) Write(p []byte) (int, error) {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	n, err := e.ResponseWriter.Write(p)
	e.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

type exchangeKey struct{}

// SetRoute names the route that answers, by its template ("/lieux/{id}"), for
// logs and metrics. Templates are few; never pass what a caller wrote.
func SetRoute(ctx context.Context, template string) {
	if e, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		e.route = template
	}
}

// NameRoutes is a middleware for a gorilla/mux router: SetRoute with the template that matched.
func NameRoutes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route := mux.CurrentRoute(r); route != nil {
			if template, err := route.GetPathTemplate(); err == nil {
				SetRoute(r.Context(), template)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// RequestID is the id of the request that ctx belongs to; empty outside one.
func RequestID(ctx context.Context) string {
	if e, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return e.id
	}
	return ""
}

// Observe gives each request an id, a logger that knows it (see Logger), a line in
// the log and its place in the metrics. It must be the outermost middleware.
//
// The log holds no address, no query and no header of the caller: who looked for
// what is nobody's business. Successful answers to tiles and static files are
// logged at debug level, since one look at the map asks for dozens.
func Observe(logger *slog.Logger, metrics *Metrics, clock func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started := clock()
			e := &exchange{ResponseWriter: w, id: requestID(r), route: unnamedRoute}
			ctx := context.WithValue(r.Context(), exchangeKey{}, e)
			ctx = WithLogger(ctx, logger.With("request_id", e.id))
			w.Header().Set("X-Request-Id", e.id)
			metrics.inFlight.Inc()
			defer func() {
				metrics.inFlight.Dec()
				e.end(ctx, r, metrics, clock().Sub(started))
			}()
			next.ServeHTTP(e, r.WithContext(ctx))
		})
	}
}

func (e *exchange) end(ctx context.Context, r *http.Request, metrics *Metrics, took time.Duration) {
	status := e.status
	if status == 0 {
		status = http.StatusOK // net/http sends it for a handler that wrote nothing
	}
	metrics.observe(e.route, r.Method, status, took)
	Logger(ctx).LogAttrs(ctx, accessLevel(r.URL.Path, status), "request",
		slog.String("method", r.Method), slog.String("route", e.route), slog.String("path", r.URL.Path),
		slog.Int("status", status), slog.Int64("bytes", e.bytes), slog.Duration("took", took))
}

func accessLevel(path string, status int) slog.Level {
	switch {
	case status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
		return slog.LevelError
	case status < http.StatusBadRequest && (strings.HasPrefix(path, "/tiles/") || strings.HasPrefix(path, "/static/")):
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// requestID is the one that a proxy in front gave, if it looks like one, else a new one.
func requestID(r *http.Request) string {
	given := r.Header.Get("X-Request-Id")
	if given != "" && len(given) <= 64 && strings.Trim(given, idCharacters) == "" {
		return given
	}
	return strconv.FormatUint(rand.Uint64(), 16) // to find lines in a log, not to guard anything
}

const idCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

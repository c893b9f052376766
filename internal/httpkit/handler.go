package httpkit

import (
	"context"
	"log/slog"
	"net/http"
)

// Handler is an http.Handler that may fail. It returns the error before it has
// written anything; the caller is then told by Problem.
type Handler func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP calls the function and answers its error.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h(w, r); err != nil {
		Problem(w, r, err)
	}
}

type loggerKey struct{}

// WithLogger gives a context the logger of its request.
func WithLogger(ctx context.Context, logger *slog.Logger) context.Context {
	return context.WithValue(ctx, loggerKey{}, logger)
}

// Logger is the logger of the request that ctx belongs to, else slog's default.
func Logger(ctx context.Context) *slog.Logger {
	if logger, ok := ctx.Value(loggerKey{}).(*slog.Logger); ok {
		return logger
	}
	return slog.Default()
}

// LoggerOr is ctx with a logger: its own if it has one, else the given.
func LoggerOr(ctx context.Context, logger *slog.Logger) context.Context {
	if _, ok := ctx.Value(loggerKey{}).(*slog.Logger); ok || logger == nil {
		return ctx
	}
	return WithLogger(ctx, logger)
}

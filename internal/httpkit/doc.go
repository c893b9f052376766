// Package httpkit is the plumbing that every HTTP handler shares: handlers that
// return errors, problem+json, the choice of representation and language,
// conditional requests, compression, cross-origin access; and the middleware of
// operations.
//
// It knows nothing of places. It is not a framework: routes are gorilla/mux, and
// each piece is an http.Handler or a function on a request.
//
// Start with handler.go, then problem.go for what a caller sees of an error.
package httpkit

// Package load asks an HTTP handler for addresses again and again over some
// connections, and measures. The asking is wrk's: a client in Go costs as much
// as a kept answer, on the same cores.
//
// Start with Run; with Asking for anything else than reading a list of paths.
package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	_ "embed"

	"github.com/jackc/pgx/v5/pgxpool"
)

// script tells wrk what to ask for and what to say at the end.
//
//go:embed ask.lua
var script string

// report is the end of every script: what wrk says, in one line of JSON.
//
//go:embed report.lua
var report string

// Sample is one measurement of a server.
type Sample struct {
	PerSecond float64
	P99       time.Duration
	// Work is the CPU time that an answer took, of this process and of PostgreSQL's,
	// without the asking. Unlike the rate it hardly depends on what else the machine is doing.
	Work time.Duration
}

// Options say how to ask.
type Options struct {
	Clients  int // connections
	Length   time.Duration
	Encoding string // Accept-Encoding
}

// Run serves the handler on a free port and asks for the paths in turn, first a
// quarter of the time to warm up, then the time that counts. An answer other
// than 2xx is an error: it would be a fast one. The pool is the handler's.
func Run(ctx context.Context, pool *pgxpool.Pool, handler http.Handler, paths []string, o Options) (Sample, error) {
	address, stop, err := Serve(ctx, handler)
	if err != nil {
		return Sample{}, err
	}
	defer stop()
	a := Asking{Address: address, Script: script, Lines: paths, Clients: o.Clients, Headers: []string{"Accept-Encoding: " + o.Encoding}}
	if _, err := a.For(ctx, o.Length/4); err != nil {
		return Sample{}, err
	}
	backends, err := Backends(ctx, pool) // now: the pool renews them from time to time
	if err != nil {
		return Sample{}, err
	}
	before := Working(backends)
	said, err := a.For(ctx, o.Length)
	if err != nil || said.Requests == 0 {
		return Sample{}, errors.Join(err, fmt.Errorf("%.0f answers in %v", said.Requests, o.Length))
	}
	return Sample{
		PerSecond: said.PerSecond(),
		P99:       said.P99(),
		Work:      (Working(backends) - before) / time.Duration(said.Requests),
	}, nil
}

// Serve listens on a free port of this machine until stop is called.
func Serve(ctx context.Context, handler http.Handler) (address string, stop func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with Close
	return listener.Addr().String(), func() { _ = server.Close() }, nil
}

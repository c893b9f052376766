// Package load asks an HTTP handler for addresses again and again over some
// connections, and measures. The asking is wrk's: a client in Go costs as much
// as a kept answer, on the same cores.
//
// Start with Run.
package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	_ "embed"

	"github.com/jackc/pgx/v5/pgxpool"
)

// script tells wrk what to ask for and what to say at the end.
//
//go:embed ask.lua
var script string

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
	list, err := writePaths(paths)
	if err != nil {
		return Sample{}, err
	}
	defer os.RemoveAll(filepath.Dir(list))
	if _, err := o.ask(ctx, address, list, o.Length/4); err != nil {
		return Sample{}, err
	}
	backends, err := Backends(ctx, pool) // now: the pool renews them from time to time
	if err != nil {
		return Sample{}, err
	}
	before := Working(backends)
	said, err := o.ask(ctx, address, list, o.Length)
	if err != nil || said.Requests == 0 {
		return Sample{}, errors.Join(err, fmt.Errorf("%.0f answers in %v", said.Requests, o.Length))
	}
	return Sample{
		PerSecond: said.Requests / (said.Microseconds / 1e6),
		P99:       time.Duration(said.P99 * 1e3),
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

// writePaths puts the script and the paths, one a line, into a directory of
// their own and gives the file of the paths.
func writePaths(paths []string) (list string, err error) {
	dir, err := os.MkdirTemp("", "load-*")
	if err != nil {
		return "", err
	}
	var lines []byte
	for _, path := range paths {
		lines = append(append(lines, path...), '\n')
	}
	list = filepath.Join(dir, "paths")
	return list, errors.Join(os.WriteFile(list, lines, 0o600), os.WriteFile(filepath.Join(dir, "ask.lua"), []byte(script), 0o600))
}

// said is what the script prints.
type said struct {
	Requests     float64 `json:"requests"`
	Microseconds float64 `json:"microseconds"` // that it took
	P99          float64 `json:"p99"`          // microseconds
	Failed       int     `json:"failed"`
}

func (o Options) ask(ctx context.Context, address, list string, length time.Duration) (said, error) {
	// wrk takes whole seconds only.
	seconds := max(1, int(length.Round(time.Second).Seconds()))
	wrk := exec.CommandContext(ctx, "wrk", "--threads", "1", "--connections", strconv.Itoa(o.Clients),
		"--duration", strconv.Itoa(seconds)+"s", "--timeout", "30s", "--script", filepath.Join(filepath.Dir(list), "ask.lua"),
		"--header", "Accept-Encoding: "+o.Encoding, "http://"+address, "--", list)
	output, err := wrk.Output()
	if err != nil {
		return said{}, fmt.Errorf("wrk (a Debian package; make bench installs it): %w", err)
	}
	var s said
	if err := json.Unmarshal(output[bytes.LastIndexByte(bytes.TrimSpace(output), '\n')+1:], &s); err != nil {
		return s, fmt.Errorf("wrk says %q: %w", output, err)
	}
	if s.Failed > 0 {
		return s, fmt.Errorf("%d of %.0f answers failed", s.Failed, s.Requests)
	}
	return s, nil
}

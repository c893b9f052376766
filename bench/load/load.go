// Package load asks an HTTP handler for addresses again and again over some
// connections, and measures. It speaks just enough HTTP/1.1 to stay out of the
// way: net/http's client costs several times as much as a kept answer.
//
// Start with Run.
package load

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Sample is one measurement of a server.
type Sample struct {
	PerSecond float64
	P99       time.Duration
	// Work is the CPU time that an answer took, of this process and of Backends. It
	// includes the asking itself, and unlike the rate it hardly depends on what else
	// the machine is doing.
	Work time.Duration
}

// Options say how to ask.
type Options struct {
	Clients  int
	Length   time.Duration
	Encoding string // Accept-Encoding
	Clock    func() time.Time
	Backends []int // processes of PostgreSQL whose work counts; see Backends
}

// Run serves the handler on a free port and asks for the paths in turn, first a
// quarter of the time to warm up, then the time that counts.
func Run(ctx context.Context, handler http.Handler, paths []string, o Options) (Sample, error) {
	address, stop, err := Serve(ctx, handler)
	if err != nil {
		return Sample{}, err
	}
	defer stop()
	requests := make([][]byte, len(paths))
	for i, path := range paths {
		requests[i] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: %s\r\n\r\n", path, o.Encoding)
	}
	if _, err := o.ask(ctx, address, requests, o.Length/4); err != nil {
		return Sample{}, err
	}
	before := Working(o.Backends)
	times, err := o.ask(ctx, address, requests, o.Length)
	if err != nil || len(times) == 0 {
		return Sample{}, fmt.Errorf("%d answers: %w", len(times), err)
	}
	work := (Working(o.Backends) - before) / time.Duration(len(times))
	slices.Sort(times)
	return Sample{PerSecond: float64(len(times)) / o.Length.Seconds(), P99: times[len(times)*99/100], Work: work}, nil
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

// ask gives how long each answer took.
func (o Options) ask(ctx context.Context, address string, requests [][]byte, length time.Duration) ([]time.Duration, error) {
	var all []time.Duration
	var failed error
	var mutex sync.Mutex
	var running sync.WaitGroup
	ends := o.Clock().Add(length)
	for client := range o.Clients {
		running.Go(func() {
			times, err := o.oneClient(ctx, address, requests, client*len(requests)/o.Clients, ends)
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, times...)
			if err != nil {
				failed = err
			}
		})
	}
	running.Wait()
	return all, failed
}

func (o Options) oneClient(ctx context.Context, address string, requests [][]byte, first int, ends time.Time) ([]time.Duration, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	reader := bufio.NewReaderSize(conn, 64<<10)
	var times []time.Duration
	for i := first; ; i++ {
		begun := o.Clock()
		if !begun.Before(ends) {
			return times, ctx.Err()
		}
		request := requests[i%len(requests)]
		if _, err := conn.Write(request); err != nil {
			return times, err
		}
		if err := readAnswer(reader); err != nil {
			return times, fmt.Errorf("%s: %w", bytes.SplitN(request, []byte("\r"), 2)[0], err)
		}
		times = append(times, o.Clock().Sub(begun))
	}
}

var lengthHeader = []byte("Content-Length: ")

func readAnswer(reader *bufio.Reader) error {
	status, err := reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	if code := string(status[9:12]); code != "200" && code != "204" {
		return fmt.Errorf("status %s", code)
	}
	length := 0
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, lengthHeader); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		}
	}
	_, err = reader.Discard(length)
	return err
}

package main

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

// sample is one measurement of a server.
type sample struct {
	perSecond float64
	p99       time.Duration
	// work is the CPU time an answer took, of this process and of PostgreSQL. It
	// includes the load itself, and unlike the rate it hardly depends on what else
	// the machine is doing.
	work time.Duration
}

// load asks for the paths again and again over some connections, and counts the
// answers. It speaks just enough HTTP/1.1 to stay out of the way: net/http's
// client costs several times as much as a kept tile.
func load(ctx context.Context, handler http.Handler, paths []string, encoding string, o options) (sample, error) {
	address, stop, err := serve(ctx, handler)
	if err != nil {
		return sample{}, err
	}
	defer stop()
	requests := make([][]byte, len(paths))
	for i, path := range paths {
		requests[i] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: %s\r\n\r\n", path, encoding)
	}
	// Connections, plans, and every tile that will be kept, are there before.
	if o.warm {
		if _, err := oneClient(ctx, address, requests, 0, time.Time{}); err != nil {
			return sample{}, err
		}
	}
	length := time.Duration(o.seconds * float64(time.Second))
	before := working(o.backends)
	times, err := ask(ctx, address, requests, o.clients, length)
	if err != nil || len(times) == 0 {
		return sample{}, fmt.Errorf("%d answers: %w", len(times), err)
	}
	work := (working(o.backends) - before) / time.Duration(len(times))
	slices.Sort(times)
	return sample{perSecond: float64(len(times)) / length.Seconds(), p99: times[len(times)*99/100], work: work}, nil
}

// ask gives how long each answer took.
func ask(ctx context.Context, address string, requests [][]byte, clients int, length time.Duration) ([]time.Duration, error) {
	var all []time.Duration
	var failed error
	var mutex sync.Mutex
	var running sync.WaitGroup
	ends := now().Add(length)
	for client := range clients {
		running.Go(func() {
			times, err := oneClient(ctx, address, requests, client*len(requests)/clients, ends)
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

func now() time.Time { return time.Now() }

// oneClient asks until the time is over; without a time, for each path once.
func oneClient(ctx context.Context, address string, requests [][]byte, first int, ends time.Time) ([]time.Duration, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	reader := bufio.NewReaderSize(conn, 64<<10)
	var times []time.Duration
	for i := first; ; i++ {
		begun := now()
		if ends.IsZero() && i == len(requests) || !ends.IsZero() && !begun.Before(ends) {
			return times, ctx.Err()
		}
		if _, err := conn.Write(requests[i%len(requests)]); err != nil {
			return times, err
		}
		if err := readAnswer(reader); err != nil {
			return times, fmt.Errorf("%s: %w", requests[i%len(requests)][:60], err)
		}
		times = append(times, now().Sub(begun))
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
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
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

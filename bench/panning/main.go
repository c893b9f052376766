// Command panning measures the map in a browser while it is panned over very many
// synthetic places: the longest task, and how much of it was script of the page. It fills
// a private database, starts the program on it and runs
// web/test/bench/panning.mjs in Chromium.
//
// It is not a test: it says what it measured. Run it by `make bench-panning`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"cartoquartiers/bench/synth"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/embedded"
)

type settings struct {
	places int
	rounds int
	binary string
	data   string
}

func main() {
	var s settings
	flag.IntVar(&s.places, "places", 50_000, "how many places")
	flag.IntVar(&s.rounds, "rounds", 3, "pans at each zoom")
	flag.StringVar(&s.binary, "binary", "bin/cartoquartiers", "the program that is measured")
	flag.StringVar(&s.data, "data", filepath.Join(os.TempDir(), "cartoquartiers-bench-panning"), "directory of the private cluster")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench/panning:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

// run fills, serves and measures.
func run(ctx context.Context, s settings, out io.Writer) (err error) {
	if err := os.MkdirAll(s.data, 0o755); err != nil {
		return err
	}
	if err := fill(ctx, s); err != nil {
		return err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	server := exec.CommandContext(ctx, s.binary, "serve", "--addr", address, "--data", s.data)
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Signal(os.Interrupt) // it has ended already: so much the better
		err = errors.Join(err, server.Wait())
	}()
	if err := ready(ctx, "http://"+address); err != nil {
		return err
	}
	browser := exec.CommandContext(ctx, "node", "web/test/bench/panning.mjs", "http://"+address, fmt.Sprint(s.rounds))
	browser.Stdout, browser.Stderr = out, os.Stderr
	return browser.Run()
}

// fill makes the database of the server hold the places.
func fill(ctx context.Context, s settings) (err error) {
	choice := embedded.Choice{Dir: filepath.Join(s.data, "postgres"), Logger: slog.New(slog.DiscardHandler)}
	database, err := embedded.Connect(ctx, choice, pg.MaxConns(4), pg.StatementTimeout(0))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(ctx)) }()
	return synth.Fill(ctx, database.Pool, s.places, 1)
}

func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// ready waits until the server answers, a minute at most.
func ready(ctx context.Context, origin string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close() // its status is all we ask
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

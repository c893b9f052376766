package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Asking is how wrk asks a server.
type Asking struct {
	Address string   // host:port
	Script  string   // in Lua; it reads the file that is its first argument in init
	Lines   []string // of that file
	Clients int      // connections
	Headers []string // "Name: value"
}

// Said is what wrk measured.
type Said struct {
	Requests     float64 `json:"requests"`
	Microseconds float64 `json:"microseconds"` // that it took
	Percentile99 float64 `json:"p99"`          // microseconds
	Failed       int     `json:"failed"`
}

// PerSecond is the rate of answers.
func (s Said) PerSecond() float64 { return s.Requests / (s.Microseconds / 1e6) }

// P99 is what 99 of 100 answers took at most.
func (s Said) P99() time.Duration { return time.Duration(s.Percentile99 * 1e3) }

// For asks for some time, in whole seconds, one at least. An answer other than
// 2xx or 3xx, or none, is an error.
func (a Asking) For(ctx context.Context, length time.Duration) (s Said, err error) {
	dir, err := os.MkdirTemp("", "load-*")
	if err != nil {
		return s, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary directory harms nobody
	lines, lua := filepath.Join(dir, "lines"), filepath.Join(dir, "ask.lua")
	if err := errors.Join(
		os.WriteFile(lines, []byte(strings.Join(a.Lines, "\n")+"\n"), 0o600),
		os.WriteFile(lua, []byte(a.Script+"\n"+report), 0o600),
	); err != nil {
		return s, err
	}
	seconds := max(1, int(length.Round(time.Second).Seconds()))
	args := []string{
		"--threads", "1", "--connections", strconv.Itoa(a.Clients), "--duration", strconv.Itoa(seconds) + "s",
		"--timeout", "30s", "--script", lua,
	}
	for _, header := range a.Headers {
		args = append(args, "--header", header)
	}
	output, err := exec.CommandContext(ctx, "wrk", append(args, "http://"+a.Address, "--", lines)...).Output()
	if err != nil {
		return s, fmt.Errorf("wrk (a Debian package; make bench installs it): %w", err)
	}
	last := output[bytes.LastIndexByte(bytes.TrimSpace(output), '\n')+1:]
	if err := json.Unmarshal(last, &s); err != nil {
		return s, fmt.Errorf("wrk says %q: %w", output, err)
	}
	if s.Failed > 0 {
		return s, fmt.Errorf("%d of %.0f answers failed", s.Failed, s.Requests)
	}
	return s, nil
}

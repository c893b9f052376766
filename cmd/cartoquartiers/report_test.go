package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"cartoquartiers/internal/fault"
)

func TestReport(t *testing.T) {
	refused := errors.New("connection refused")
	interrupted, interrupt := context.WithCancelCause(t.Context())
	interrupt(errInterrupted)
	for name, c := range map[string]struct {
		ctx    context.Context
		err    error
		status int
		says   string
	}{
		"nothing": {t.Context(), nil, exitDone, ""},
		"fault": {t.Context(), fmt.Errorf("import: %w", fault.New(fault.Invalid, "byte 12 is wrong")), exitFailed,
			"cartoquartiers: byte 12 is wrong\n"},
		"fault with a chain": {t.Context(), fault.Wrap(fault.Unavailable, fmt.Errorf("a\n\tb: %w", errors.Join(refused)), "no answer"), exitFailed,
			"cartoquartiers: no answer: connection refused\n"},
		"anything else": {t.Context(), fmt.Errorf("two\n\tlines: %w", refused), exitFailed,
			"cartoquartiers: two lines: connection refused\n"},
		"misuse": {t.Context(), misuse{fault.InvalidField("category", "no such thing")}, exitMisused,
			"cartoquartiers: category: no such thing\n"},
		"interrupted": {interrupted, context.Canceled, exitInterrupted, "cartoquartiers: interrupted\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr strings.Builder
			if status := report(c.ctx, &stderr, c.err); status != c.status || stderr.String() != c.says {
				t.Errorf("%d %q, want %d %q", status, stderr.String(), c.status, c.says)
			}
		})
	}
}

func TestRunExplainsMisuse(t *testing.T) {
	for _, c := range []struct {
		args string
		says string
	}{
		{"verson", "version"},
		{"migrate --nope", "Try: cartoquartiers migrate --help"},
		{"--log-format=xml version", "must be one of"},
	} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), strings.Fields(c.args), &stdout, &stderr)
		if status != exitMisused || !strings.Contains(stderr.String(), c.says) || stdout.Len() > 0 {
			t.Errorf("%s: %d %q, want %d and %q", c.args, status, stderr.String(), exitMisused, c.says)
		}
	}
}

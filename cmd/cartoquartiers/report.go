package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"cartoquartiers/internal/fault"
)

// misuse is an error in how the program was called.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// report says an error in one sentence and gives the status to exit with.
func report(ctx context.Context, stderr io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(context.Cause(ctx), errInterrupted) {
		fmt.Fprintln(stderr, "cartoquartiers: interrupted")
		return exitInterrupted
	}
	fmt.Fprintf(stderr, "cartoquartiers: %s\n", sentence(err))
	var parse *kong.ParseError
	if errors.As(err, &parse) {
		fmt.Fprintf(stderr, "Try: cartoquartiers %s--help\n", commandOf(parse))
	}
	var wrong misuse
	if errors.As(err, &wrong) {
		return exitMisused
	}
	return exitFailed
}

// sentence is what a person at a terminal needs of an error: a fault's message
// and the bottom of its chain ("connection refused"), or the whole of anything else.
func sentence(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	if f.Err == nil {
		return f.Message
	}
	bottom := strings.Join(strings.Fields(deepest(f.Err).Error()), " ")
	if strings.Contains(f.Message, bottom) {
		return f.Message
	}
	return f.Message + ": " + bottom
}

// deepest follows a chain to its end, taking the first branch where it forks.
func deepest(err error) error {
	for {
		next := errors.Unwrap(err)
		if forked, ok := err.(interface{ Unwrap() []error }); ok && len(forked.Unwrap()) > 0 {
			next = forked.Unwrap()[0]
		}
		if next == nil {
			return err
		}
		err = next
	}
}

// commandOf is as much of the command as was understood, with a space behind it.
func commandOf(parse *kong.ParseError) string {
	if parse.Context == nil || parse.Context.Selected() == nil {
		return ""
	}
	return parse.Context.Selected().Path() + " "
}

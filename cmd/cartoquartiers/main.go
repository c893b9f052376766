// Command cartoquartiers is the whole map in one binary: the server, the
// importers, and the chores of whoever operates it.
//
// It wires the rooms together and decides nothing about places. It is the only
// reader of the environment, of the clock, and of signals; everything below is
// handed what it needs.
//
// Start with cli.go for the commands; each has a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// What the program answers to its caller.
const (
	exitDone        = 0   // all of it, nothing lost
	exitFailed      = 1   // one sentence on standard error says why
	exitMisused     = 2   // the command line is wrong
	exitInterrupted = 130 // as a shell reports SIGINT
)

func main() {
	ctx := untilInterrupted(context.Background())
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// errInterrupted is the cause of the program's context once it was asked to stop.
var errInterrupted = errors.New("interrupted")

// untilInterrupted ends the context at the first SIGINT or SIGTERM, so that work
// can be put away tidily, and the process at the second.
func untilInterrupted(parent context.Context) context.Context {
	ctx, interrupt := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		interrupt(errInterrupted)
		for asked := time.Now(); ; {
			<-signals
			if time.Since(asked) > sameKeystroke {
				fmt.Fprintln(os.Stderr, "cartoquartiers: stopped at once, as asked twice")
				os.Exit(exitInterrupted)
			}
		}
	}()
	return ctx
}

// sameKeystroke is how long a second signal still counts as the first: wrappers
// such as timeout(1) and npm pass on what the terminal sent us already.
const sameKeystroke = 300 * time.Millisecond

// run is the program without its process: it parses, runs one command, and says
// in one sentence what went wrong.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var commands cli
	parser, err := newParser(&commands, stdout, stderr)
	if err != nil {
		return report(ctx, stderr, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return report(ctx, stderr, misuse{err})
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	chosen.Bind(&environment{globals: commands.globals, stdout: stdout, stderr: stderr})
	return report(ctx, stderr, chosen.Run())
}

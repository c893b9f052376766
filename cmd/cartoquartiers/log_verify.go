package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"slices"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog/verify"
)

type logVerifyCommand struct {
	URL     string        `arg:"" help:"The address of the map, https://carte.example.fr."`
	Key     string        `placeholder:"KEY" help:"The log's public key, learnt elsewhere than from the map itself."`
	State   string        `type:"path" placeholder:"FILE" help:"What the last check saw, which this one must find again; made when it is missing."`
	Receipt string        `type:"existingfile" placeholder:"FILE" help:"A receipt that must be in the log."`
	Days    int           `name:"decision-days" default:"7" placeholder:"N" help:"Days that the town gives itself to decide; what is open longer is shown as overdue (default: 7)."`
	Timeout time.Duration `default:"60s" placeholder:"DURATION" help:"How long one answer of the map may take (default: 60s)."`
}

func (logVerifyCommand) Help() string {
	return `Checks from the outside that the public log of a map is whole and signed, that it continues what was seen the last
time, and that every published place is what the log committed to. It needs no account and no database.

  cartoquartiers log verify https://carte.example.fr --state carte.json
  cartoquartiers log verify https://carte.example.fr --receipt mine.txt

Every problem is one sentence on standard output, and then the exit status is 1.`
}

// Run checks the map at the URL.
func (c logVerifyCommand) Run(ctx context.Context, env *environment) error {
	options := verify.Options{
		URL: c.URL, Client: &http.Client{Timeout: c.Timeout}, Key: c.Key, Clock: time.Now, Again: aFewTimes(3, 2*time.Second),
	}
	var err error
	if options.State, err = c.lastState(); err != nil {
		return err
	}
	if c.Receipt != "" {
		receipt, err := os.ReadFile(c.Receipt)
		if err != nil {
			return fmt.Errorf("read the receipt: %w", err)
		}
		options.Receipt = string(receipt)
	}
	report, err := verify.Run(ctx, options)
	if err != nil {
		return err
	}
	for _, problem := range report.Problems {
		fmt.Fprintln(env.stdout, problem)
	}
	if count := len(report.Problems); count > 0 {
		return fault.New(fault.Conflict, "the log of %s does not hold: %d problems", c.URL, count)
	}
	c.print(env, report)
	return c.keepState(report.State)
}

func (c logVerifyCommand) print(env *environment, report *verify.Report) {
	fmt.Fprintf(env.stdout, "%s: sound\n", c.URL)
	fmt.Fprintf(env.stdout, "%8d entries in the log, %d signed trees\n", report.Size, report.Checkpoints)
	fmt.Fprintf(env.stdout, "%8d revisions are what the log committed to, %d imports\n", report.Revisions, report.Imports)
	fmt.Fprintf(env.stdout, "%8d places are published as their last revision says\n", report.Places)
	c.printFigures(env, report)
	if report.Erased > 0 {
		fmt.Fprintf(env.stdout, "%8d revisions or whole places were erased, and the log says so\n", report.Erased)
	}
	if report.Receipt != "" {
		fmt.Fprintf(env.stdout, "the receipt: %s\n", report.Receipt)
	}
	fmt.Fprintf(env.stdout, "key: %s\n", report.Key)
}

// printFigures prints what the entries tell of how the town answers, to compare
// with /api/v1/figures.
func (c logVerifyCommand) printFigures(env *environment, report *verify.Report) {
	town := report.Tally.Figures(time.Now(), c.Days).Town
	fmt.Fprintf(env.stdout, "%8d contributions came in: %d open, %d of them overdue; %d answered by people, %d by rules\n",
		town.Received, town.Open, town.Overdue, town.ByPeople, town.ByRule)
	if town.Median != nil {
		fmt.Fprintf(env.stdout, "%8d days to an answer for half of them at most, %d for nine of ten\n", *town.Median, *town.Ninetieth)
	}
	for _, reason := range slices.Sorted(maps.Keys(town.Refusals)) {
		fmt.Fprintf(env.stdout, "%8d refused: %s\n", town.Refusals[reason], reason)
	}
}

func (c logVerifyCommand) lastState() ([]byte, error) {
	if c.State == "" {
		return nil, nil //nolint:nilnil // no state is the first look
	}
	state, err := os.ReadFile(c.State)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // as above
	}
	return state, err
}

func (c logVerifyCommand) keepState(state []byte) error {
	if c.State == "" {
		return nil
	}
	draft := c.State + ".new"
	if err := os.WriteFile(draft, state, 0o600); err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	return os.Rename(draft, c.State)
}

// aFewTimes lets a map that changes while it is read be looked at again.
func aFewTimes(times int, pause time.Duration) func(context.Context) bool {
	return func(ctx context.Context) bool {
		if times--; times <= 0 {
			return false
		}
		select {
		case <-time.After(pause):
			return true
		case <-ctx.Done():
			return false
		}
	}
}

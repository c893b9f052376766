// Package verify checks the public log of a map from the outside: only what any
// citizen can fetch, nothing from a database.
//
// It is not a monitor: it looks once, and keeps in its state what the next look
// must find again. docs/verify/verify.mjs does the same independently, in another
// language; docs/verify.md explains both.
//
// Start with Run.
package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
)

// Options says what to check, and against what.
type Options struct {
	URL     string // of the map
	Client  *http.Client
	Key     string // the log's verifier key, learnt elsewhere; empty: that of the state, else what the map says
	State   []byte // what the last look left; nil at the first
	Receipt string // a signed receipt to look for; may be empty
	Clock   func() time.Time
	// Again is called before the map is looked at once more, because it changed
	// while it was read; false stops it. Nil never looks again.
	Again func(context.Context) bool
}

// Report is what was found.
type Report struct {
	Key         string   // the log's verifier key
	Size        int64    // leaves in the log
	Checkpoints int      // signed trees, each checked
	Imports     int      // each with its root
	Revisions   int      // whose content is what the log committed to
	Places      int      // published, each showing its last revision
	Erased      int      // revisions, or whole places, of which the log says that their content is gone
	Receipt     string   // what became of the receipt; empty without one
	Problems    []string // sentences; none is what one hopes for
	State       []byte   // for the next look; nil when there are problems

	Tally *publiclog.Tally // of what the entries tell of contributions
}

// state is what is kept between two looks.
type state struct {
	Key        string `json:"key"`
	Checkpoint string `json:"checkpoint"`
}

// Run looks at the whole log and everything published, once. What is wrong with
// the map is in the report's problems. An error says that the map could not be
// asked at all, or that the options are wrong (Invalid).
func Run(ctx context.Context, options Options) (*Report, error) {
	for {
		look := &look{options: options, ctx: ctx, report: &Report{Tally: publiclog.NewTally()}}
		if err := look.everything(); err != nil {
			return nil, err
		}
		if !look.moving || options.Again == nil || !options.Again(ctx) {
			return look.report, nil
		}
	}
}

// look is one pass over a map.
type look struct {
	options Options
	ctx     context.Context //nolint:containedctx // of this one pass
	report  *Report
	before  state
	moving  bool // places and log differ, as they may for a second

	last   publiclog.Checkpoint
	leaves [][]byte // entries, in order
	hashes []tlog.Hash
	log    ledger
}

func (l *look) problem(format string, args ...any) {
	l.report.Problems = append(l.report.Problems, fmt.Sprintf(format, args...))
}

func (l *look) everything() error {
	if err := l.begin(); err != nil {
		return err
	}
	// What is published comes first: the log that is read after it must have it all.
	shown, err := l.readShown()
	if err != nil {
		return l.failed(err)
	}
	figures, err := l.get("api/v1/figures")
	if err != nil {
		return l.failed(err)
	}
	for _, step := range []func() error{l.checkTree, l.checkTiles, l.checkCheckpoints, l.readLedger} {
		if err := step(); err != nil {
			return l.failed(err)
		}
	}
	l.comparePlaces(shown)
	if err := l.checkFigures(figures); err != nil {
		return l.failed(err)
	}
	if err := l.checkReceipt(); err != nil {
		return err
	}
	return l.finish()
}

// failed makes a problem of an answer that a sound log would not give; the map
// being out of reach stays an error.
func (l *look) failed(err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	l.problem("%s", sentence(err))
	return nil
}

func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// begin settles the key: the one given, else the one of the last look, else the map's own.
func (l *look) begin() error {
	if l.options.State != nil {
		if err := json.Unmarshal(l.options.State, &l.before); err != nil {
			return fault.Wrap(fault.Invalid, err, "the state of the last look cannot be read")
		}
	}
	told, err := l.get("log/key")
	if err != nil {
		return err
	}
	shown := strings.TrimSpace(string(told))
	l.report.Key = l.options.Key
	if l.report.Key == "" {
		l.report.Key = l.before.Key
	}
	if l.report.Key == "" {
		l.report.Key = shown
	}
	if shown != l.report.Key {
		l.problem("The log shows another key (%s) than the one to check it with (%s).", shown, l.report.Key)
	}
	return nil
}

func (l *look) finish() (err error) {
	if len(l.report.Problems) > 0 {
		return nil
	}
	l.report.State, err = json.Marshal(state{Key: l.report.Key, Checkpoint: l.last.Note})
	return err
}

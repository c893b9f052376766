package pg

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"cartoquartiers/internal/fault"
)

// Group lets calls that come at one time be done together, in one statement and so
// with one commit (group commit). A call that comes alone does not wait for company,
// and one that the database refuses does not spoil the others'.
type Group[T any] struct {
	do     func(ctx context.Context, calls []T) error
	undone func(err error) bool

	mu      sync.Mutex
	free    int // journeys that may begin
	coming  int // seats that are kept
	waiting []*caller[T]
}

const (
	maxTogether   = 32               // calls in a journey: what waits behind it waits for all of it
	togetherLimit = 10 * time.Second // for a journey of several, which does not end with one caller's patience
	seatLimit     = 20 * time.Millisecond
)

// NewGroup groups the calls of do, at most so many journeys at a time. All that do
// is given must be done when it returns nil; what it sets in a call counts only once
// Do returns nil. After an error of which undone says that nothing is done, each call
// of the journey is done again by itself: one of them may have spoiled it.
func NewGroup[T any](atOnce int, do func(ctx context.Context, calls []T) error, undone func(err error) bool) *Group[T] {
	return &Group[T]{do: do, undone: undone, free: atOnce}
}

// Refused says of an error that the database answered with it, after which nothing is
// done. Of a lost connection one does not know.
func Refused(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer)
}

// caller waits for the end of its call.
type caller[T any] struct {
	call     T
	err      error
	done     chan struct{}
	lead     chan []*caller[T] // its journey, when it is the first of one
	patience *time.Timer       // while it is the first, and others are awaited
	out      bool              // of patience
}

// Seat is kept for a call that is about to come: a journey that could begin waits
// for it, for seatLimit at most, unless it is full. What PostgreSQL's commit_delay
// guesses is known here.
type Seat[T any] struct {
	group *Group[T]
	kept  bool
}

// Keep keeps a seat. It is to be taken with Do, or given up, before long: others wait for it.
func (g *Group[T]) Keep() *Seat[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.coming++
	return &Seat[T]{g, true}
}

// Do is Group.Do in this seat.
func (s *Seat[T]) Do(ctx context.Context, call T) error { return s.group.board(ctx, call, s) }

// GiveUp lets the others go without it. After Do, a second time and where none is kept, it does nothing.
func (s *Seat[T]) GiveUp() {
	if s == nil {
		return
	}
	s.group.mu.Lock()
	defer s.group.mu.Unlock()
	s.leave()
	s.group.depart()
}

func (s *Seat[T]) leave() {
	if s.kept {
		s.kept = false
		s.group.coming--
	}
}

// Do does one call, with those that wait beside it. It does not leave when ctx ends
// after the call has begun: it may be done.
func (g *Group[T]) Do(ctx context.Context, call T) error { return g.board(ctx, call, nil) }

func (g *Group[T]) board(ctx context.Context, call T, seat *Seat[T]) error {
	if err := ctx.Err(); err != nil {
		return FaultOf(err)
	}
	me := &caller[T]{call: call, done: make(chan struct{}), lead: make(chan []*caller[T], 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, me)
	if seat != nil {
		seat.leave()
	}
	g.depart()
	g.mu.Unlock()
	select {
	case <-me.done:
		return me.err
	case together := <-me.lead:
		return g.travel(ctx, together)
	}
}

// depart lets those who wait begin, the first of them leading the others: when a journey
// is free, and they are all that come or as many as it takes. It is called whenever
// that may have become so.
func (g *Group[T]) depart() {
	for g.free > 0 && len(g.waiting) > 0 {
		first := g.waiting[0]
		if g.coming > 0 && len(g.waiting) < maxTogether && !first.out {
			g.await(first)
			return
		}
		if first.patience != nil {
			first.patience.Stop()
		}
		n := min(len(g.waiting), maxTogether)
		together := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.free--
		first.lead <- together
	}
}

// await makes sure that the first who waits does not wait for long.
func (g *Group[T]) await(first *caller[T]) {
	if first.patience != nil {
		return
	}
	first.patience = time.AfterFunc(seatLimit, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		first.out = true
		g.depart()
	})
}

// travel does what its first caller leads, and gives that one's error.
func (g *Group[T]) travel(ctx context.Context, together []*caller[T]) error {
	first, others := together[0], together[1:]
	err := error(errLost)
	defer func() { // also when do panics: the others wait
		for _, other := range others {
			other.err = err
			close(other.done)
		}
	}()
	if err = g.together(ctx, together); len(others) == 0 || err == nil || !g.undone(err) {
		return err
	}
	alone := others
	others = nil
	go func() {
		for _, other := range alone {
			g.alone(context.WithoutCancel(ctx), other)
		}
	}()
	return g.do(ctx, []T{first.call})
}

var errLost = fault.New(fault.Unavailable, "what was sent beside others was lost with them; send it again")

// together does the calls, and lets those go on who waited meanwhile.
func (g *Group[T]) together(ctx context.Context, together []*caller[T]) error {
	defer g.next()
	calls := make([]T, len(together))
	for i, one := range together {
		calls[i] = one.call
	}
	if len(calls) > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), togetherLimit)
		defer cancel()
	}
	return g.do(ctx, calls)
}

// next ends a journey.
func (g *Group[T]) next() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free++
	g.depart()
}

// alone does a call again that failed together with others. Nobody above it would
// recover from a panic.
func (g *Group[T]) alone(ctx context.Context, one *caller[T]) {
	ctx, cancel := context.WithTimeout(ctx, togetherLimit)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			one.err = fault.Wrap(fault.Unavailable, fmt.Errorf("panic: %v", cause), "this could not be done")
		}
		close(one.done)
	}()
	one.err = g.do(ctx, []T{one.call})
}

package snapshot

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Options of Open; the zero value works except for Clock.
type Options struct {
	Logger *slog.Logger     // slog.Default if nil
	Clock  func() time.Time // required
	// Rhythm is how often the store asks for changes when nobody woke it; 1 s if zero.
	Rhythm time.Duration
	// FoldAt is how many recent rows are folded into the big segment; 4,000 if zero.
	FoldAt int
}

const (
	defaultRhythm  = time.Second
	defaultFoldAt  = 4_000
	reconnectPause = 250 * time.Millisecond
	// freshFor is how long the node counts as ready without having heard from the database.
	freshFor = 5 * time.Second
)

// Store keeps the newest View and follows the database.
type Store struct {
	pool    *pgxpool.Pool
	options Options
	view    atomic.Pointer[View]
	checked atomic.Int64 // nanoseconds since 1970: when it was last known that nothing is missing
	wake    chan struct{}
	tiles   versions
	told    atomic.Pointer[announcement]

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// Open loads everything and follows from there until Close. It takes one
// connection beside the pool, for LISTEN.
func Open(ctx context.Context, pool *pgxpool.Pool, options Options) (*Store, error) {
	options = options.withDefaults()
	s := &Store{pool: pool, options: options, wake: make(chan struct{}, 1)}
	words := newDictionary()
	started := options.Clock()
	view, err := load(ctx, pool, words)
	if err != nil {
		return nil, err
	}
	s.view.Store(view)
	s.told.Store(&announcement{seq: view.seq, superseded: make(chan struct{})})
	s.checked.Store(started.UnixNano())
	options.Logger.Info("places loaded", "places", view.Len(), "seq", view.seq, "took", options.Clock().Sub(started))
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.stopped.Add(3)
	go func() { defer s.stopped.Done(); view.base.foldedNames() }() // so that the first search need not wait
	go func() { defer s.stopped.Done(); s.follow(running, words) }()
	go func() { defer s.stopped.Done(); s.listen(running) }()
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Rhythm == 0 {
		o.Rhythm = defaultRhythm
	}
	if o.FoldAt == 0 {
		o.FoldAt = defaultFoldAt
	}
	return o
}

// Close stops following. The last View stays readable.
func (s *Store) Close() {
	s.stop()
	s.stopped.Wait()
}

// View is the newest generation. No lock, no waiting.
func (s *Store) View() *View { return s.view.Load() }

// Lag is how long ago it was last known that nothing is missing; well under
// a second or two while the database answers.
func (s *Store) Lag() time.Duration {
	return s.options.Clock().Sub(time.Unix(0, s.checked.Load()))
}

// Ready tells whether answers are fresh: the database has been heard of lately.
func (s *Store) Ready() bool { return s.Lag() < freshFor }

// WaitFor returns when the View holds the change seq, at once if it does
// already. It asks the database rather than waiting to be told, so who has just
// published reads its own write. The error is that of ctx.
func (s *Store) WaitFor(ctx context.Context, seq int64) error {
	for {
		told := s.told.Load()
		if told.seq >= seq {
			return nil
		}
		s.nudge()
		select {
		case <-told.superseded:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Next is the seq of the last change that every reader sees, and what is closed
// at the next one.
func (s *Store) Next() (seq int64, next <-chan struct{}) {
	told := s.told.Load()
	return told.seq, told.superseded
}

// announcement is the last seq that every reader sees, tile versions included.
type announcement struct {
	seq        int64
	superseded chan struct{} // closed at the next one
}

func (s *Store) announce(seq int64) {
	before := s.told.Swap(&announcement{seq: seq, superseded: make(chan struct{})})
	close(before.superseded)
}

// nudge wakes the follower; one nudge waiting is as good as many.
func (s *Store) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

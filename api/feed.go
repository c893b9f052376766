package api

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// feedLength is how many of the last changes are kept for those who follow.
const feedLength = 2000

// feed holds the last changes, written as events, for all streams together: a
// change is read from the database once, however many follow, and nothing is kept
// for a reader who is slow.
type feed struct {
	pool   *pgxpool.Pool
	mutex  sync.Mutex
	begun  bool
	before int64 // seq before the first of last
	last   []event
}

// event is one change, as it is sent.
type event struct {
	seq  int64
	text []byte
}

// since gives events behind a seq, up to another one, or as many as are read at a
// time; the caller asks again from the last one.
func (f *feed) since(ctx context.Context, after, upTo int64) ([]event, error) {
	found, err := f.behind(ctx, after, upTo)
	// What the database has already and the readers of this server do not see yet comes later.
	later := slices.IndexFunc(found, func(one event) bool { return one.seq > upTo })
	if later >= 0 {
		found = found[:later:later]
	}
	return found, err
}

func (f *feed) behind(ctx context.Context, after, upTo int64) ([]event, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if !f.begun {
		f.begun, f.before = true, after
	}
	if after < f.before {
		return readEvents(ctx, f.pool, after) // long ago: for this one alone
	}
	for f.end() < upTo {
		fresh, err := readEvents(ctx, f.pool, f.end())
		if err != nil || len(fresh) == 0 {
			return nil, err
		}
		f.last = append(f.last, fresh...)
	}
	if extra := len(f.last) - feedLength; extra > 0 {
		f.before = f.last[extra-1].seq
		f.last = append([]event(nil), f.last[extra:]...)
	}
	if after < f.before {
		return readEvents(ctx, f.pool, after)
	}
	first := slices.IndexFunc(f.last, func(one event) bool { return one.seq > after })
	if first < 0 {
		return nil, nil
	}
	return f.last[first:len(f.last):len(f.last)], nil
}

func (f *feed) end() int64 {
	if len(f.last) == 0 {
		return f.before
	}
	return f.last[len(f.last)-1].seq
}

// forget empties the feed, when the database has gone back in time.
func (f *feed) forget() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.begun, f.last = false, nil
}

func readEvents(ctx context.Context, pool *pgxpool.Pool, after int64) ([]event, error) {
	changes, err := places.Changes(ctx, pool, after, 500)
	if err != nil {
		return nil, err
	}
	events := make([]event, len(changes))
	for i, change := range changes {
		data, err := marshal(change)
		if err != nil {
			return nil, err
		}
		events[i] = event{change.Seq, fmt.Appendf(nil, "event: change\nid: %d\ndata: %s\n\n", change.Seq, data)}
	}
	return events, nil
}

// queueWatch counts the queue for all moderators who follow it, once a pace.
type queueWatch struct {
	mutex   sync.Mutex
	counted time.Time // by the ticker of a stream; zero before
	all     []moderation.Waiting
}

// counts are those of an actor, not older than a pace at this tick; a zero tick counts anew.
func (q *queueWatch) counts(ctx context.Context, s *server, actor accounts.Actor, tick time.Time) (moderation.WaitingCounts, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if tick.IsZero() || tick.Sub(q.counted) >= s.Events.QueuePace/2 {
		all, err := moderation.AllWaiting(ctx, s.Pool, s.Clock())
		if err != nil {
			return moderation.WaitingCounts{}, err
		}
		q.all, q.counted = all, tick
	}
	return moderation.CountWaiting(actor, q.all)
}

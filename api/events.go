package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/moderation"
)

// EventLimits bound the streams of events; a zero value is the usual one.
type EventLimits struct {
	Streams   int           // at the same time: 100
	Heartbeat time.Duration // between two signs of life: 15 s
	QueuePace time.Duration // between two counts of the queue: 2 s
	Life      time.Duration // of a stream, and so of a token that was revoked since: 15 min
	Replay    int64         // changes that are sent again after an interruption: 10,000
}

func (l EventLimits) orUsual() EventLimits {
	return EventLimits{
		Streams: cmp.Or(l.Streams, 100), Heartbeat: cmp.Or(l.Heartbeat, 15*time.Second), QueuePace: cmp.Or(l.QueuePace, 2*time.Second),
		Life: cmp.Or(l.Life, 15*time.Minute), Replay: cmp.Or(l.Replay, 10_000),
	}
}

var asEvents = httpkit.Format{Name: "events", MediaType: "text/event-stream"}

func (s *server) eventEndpoints() []endpoint {
	return []endpoint{{
		path: "/api/v1/events", id: "followEvents", tag: "Places", summary: "What happens, as it happens",
		about: "Server-sent events (https://html.spec.whatwg.org/#server-sent-events). `change`: an entry of /api/v1/changes, its `seq` as the id. `queue`, for moderators: how many contributions wait in their scope. " +
			"`resync`: more was missed than is sent again; read the items anew, the stream goes on from now. " +
			"`Last-Event-ID`, which browsers send by themselves, goes on without a gap. A stream ends after some minutes, and when the server stops: connect again. 503 with `Retry-After` when too many follow.",
		headers:  []parameter{lastHeader},
		query:    []parameter{{"since", "As Last-Event-ID, for the first connection; without either from now on.", number(), nil}},
		statuses: []int{http.StatusOK}, formats: []representation{{asEvents, nil}}, handle: s.events,
	}}
}

func (s *server) events(w http.ResponseWriter, r *request) error {
	actor, err := s.follower(r)
	if err != nil {
		return err
	}
	after, err := r.lastEvent()
	if err != nil {
		return err
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "10")
		return fault.New(fault.Unavailable, "too many follow the events at this moment; try again in a moment")
	}
	header := w.Header()
	header.Set("Content-Type", asEvents.MediaType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Accel-Buffering", "no") // nginx would wait for more
	if r.Method == http.MethodHead {
		return nil
	}
	stream := &stream{server: s, w: w, controller: http.NewResponseController(w), actor: actor, base: r.base}
	// The answer has begun: its end says that something failed, and the reader comes back.
	if err := stream.run(r.Context(), after); err != nil && r.Context().Err() == nil {
		httpkit.Logger(r.Context()).Info("a stream of events was ended", "error", err)
	}
	return nil
}

// follower is who follows: a moderator is told of the queue, everybody else is alike.
func (s *server) follower(r *request) (accounts.Actor, error) {
	if s.Door == nil || s.Door.Nameless(r.Request) {
		return accounts.Actor{Role: accounts.Visitor}, nil
	}
	return s.actor(r)
}

// lastEvent is the id of the last event that the reader has; -1 where it has none.
func (r *request) lastEvent() (int64, error) {
	given := cmp.Or(r.Header.Get("Last-Event-ID"), r.values.Get("since"))
	if given == "" {
		return -1, nil
	}
	after, err := strconv.ParseInt(given, 10, 64)
	if err != nil || after < 0 {
		return 0, fault.InvalidField("since", "%q is not a whole number from 0", given)
	}
	return after, nil
}

// stream is one reader of events.
type stream struct {
	*server
	w          http.ResponseWriter
	controller *http.ResponseController
	actor      accounts.Actor
	base       string
	at         int64 // seq of the last change that was sent
	told       moderation.WaitingCounts
}

// run sends events until the reader leaves or is too slow, the server stops, or its life is over.
func (s *stream) run(ctx context.Context, after int64) error {
	if err := s.begin(ctx, after); err != nil {
		return err
	}
	moderates := moderation.AllowedToModerate(s.actor, moderation.Object{Neighbourhood: anyOf(s.actor).Neighbourhood, Group: anyOf(s.actor).Group}) == nil
	if moderates {
		if err := s.sendQueue(ctx, time.Time{}, true); err != nil {
			return err
		}
	}
	heartbeat, queue, life := time.NewTicker(s.Events.Heartbeat), time.NewTicker(s.Events.QueuePace), time.NewTimer(s.Events.Life)
	defer heartbeat.Stop()
	defer queue.Stop()
	defer life.Stop()
	for {
		seq, next := s.Snapshot.Next()
		err := s.sendChanges(ctx, seq)
		if err != nil {
			return err
		}
		select {
		case <-next:
		case <-heartbeat.C:
			err = s.send([]byte(":\n\n"))
		case tick := <-queue.C:
			if moderates {
				err = s.sendQueue(ctx, tick, false)
			}
		case <-ctx.Done():
			return nil
		case <-s.Stopping:
			return nil
		case <-life.C:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func anyOf(actor accounts.Actor) accounts.Scope {
	if len(actor.Scopes) == 0 {
		return accounts.Scope{}
	}
	return actor.Scopes[0]
}

// begin settles where the stream starts: after the last event that the reader has,
// unless that is too long ago, or of a future that this database does not know.
func (s *stream) begin(ctx context.Context, after int64) error {
	seq, _ := s.Snapshot.Next()
	if after > seq { // another server was faster, or a backup was restored
		patience, cancel := context.WithTimeout(ctx, s.Events.QueuePace)
		defer cancel()
		_ = s.Snapshot.WaitFor(patience, after) // what it says is seen below
		seq, _ = s.Snapshot.Next()
	}
	if after >= 0 && after <= seq && seq-after <= s.Events.Replay {
		s.at = after
		return s.send([]byte("retry: 3000\n\n"))
	}
	s.at = seq
	if after >= 0 {
		return s.resync(after)
	}
	return s.send(fmt.Appendf(nil, "retry: 3000\nid: %d\n\n", seq)) // an id alone is kept, and told to nobody
}

// resync tells a reader that it must read everything again.
func (s *stream) resync(had int64) error {
	data, err := marshal(map[string]any{
		"had": had, "seq": s.at, "items": s.base + "/ogc/collections/places/items?f=geojsonl", "changes": s.base + "/api/v1/changes",
	})
	if err != nil {
		return err
	}
	return s.send(fmt.Appendf(nil, "retry: 3000\nevent: resync\nid: %d\ndata: %s\n\n", s.at, data))
}

// sendChanges sends what is behind the last change that was sent, up to seq.
func (s *stream) sendChanges(ctx context.Context, seq int64) error {
	if seq < s.at { // a backup was restored
		had := s.at
		s.at = seq
		s.feed.forget()
		return s.resync(had)
	}
	for s.at < seq {
		events, err := s.feed.since(ctx, s.at, seq)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return nil // between two moments of the database; the next announcement tells
		}
		var text []byte
		for _, one := range events {
			text = append(text, one.text...)
		}
		s.at = events[len(events)-1].seq
		if err := s.send(text); err != nil {
			return err
		}
	}
	return nil
}

// sendQueue tells a moderator how much waits, when it has changed.
func (s *stream) sendQueue(ctx context.Context, tick time.Time, anyway bool) error {
	counts, err := s.queued.counts(ctx, s.server, s.actor, tick)
	if err != nil || counts == s.told && !anyway {
		return err
	}
	s.told = counts
	data, err := marshal(counts)
	if err != nil {
		return err
	}
	return s.send(fmt.Appendf(nil, "event: queue\ndata: %s\n\n", data))
}

// send writes and flushes: a reader who does not take it holds up nobody else, and
// loses the connection (httpkit.Within).
func (s *stream) send(text []byte) error {
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.controller.Flush()
}

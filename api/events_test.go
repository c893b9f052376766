package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"cartoquartiers/api"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/places"
)

// sse is a reader of events.
type sse struct {
	t       testing.TB
	lines   *bufio.Scanner
	leave   context.CancelFunc
	header  http.Header
	lastID  string
	comment int // signs of life seen
}

type sseEvent struct{ kind, data, id string }

// follow connects as the owner of a token; headers are name, value, ….
func (w *world) follow(token string, headers ...string) *sse {
	w.t.Helper()
	ctx, leave := context.WithTimeout(w.t.Context(), time.Minute)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/api/v1/events", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		headers = append(headers, "Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := noRedirects.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { leave(); _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" || response.Header.Get("Content-Encoding") != "" {
		w.t.Fatalf("following: %d %v", response.StatusCode, response.Header)
	}
	return &sse{t: w.t, lines: bufio.NewScanner(response.Body), leave: leave, header: response.Header}
}

// next is the next event, false at the end of the stream.
func (s *sse) next() (e sseEvent, ok bool) {
	s.t.Helper()
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			e.kind = value
		case "data":
			e.data = value
		case "id":
			e.id, s.lastID = value, value
		case "":
			if s.lines.Text() == ":" {
				s.comment++
			} else if e.data != "" {
				return e, true
			}
		}
	}
	return e, false
}

// expect reads an event of a kind, and its data.
func (s *sse) expect(kind string, into any) sseEvent {
	s.t.Helper()
	e, ok := s.next()
	if !ok || e.kind != kind {
		s.t.Fatalf("got %+v (%v), want %s", e, s.lines.Err(), kind)
	}
	if err := json.Unmarshal([]byte(e.data), into); err != nil {
		s.t.Fatalf("%s: %v", e.data, err)
	}
	return e
}

func TestEventsResumeWithoutAGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t, draft("Médiathèque", "library", 0.5, 0.5))
	var change places.Change
	reader := w.follow("", "Accept-Encoding", "gzip")
	published := w.publish(noon, draft("Annexe", "library", 0.6, 0.6))[0]
	e := reader.expect("change", &change)
	if change.Seq != published.Seq || change.Place != published.Place || change.Operation != places.Created || e.id != fmt.Sprint(change.Seq) {
		t.Errorf("the event %+v of %+v", e, published)
	}
	reader.leave()
	w.publish(noon, draft("A", "compost", 0.1, 0.1), draft("B", "compost", 0.2, 0.2))
	reader = w.follow("", "Last-Event-ID", reader.lastID)
	for want := published.Seq + 1; want <= published.Seq+2; want++ {
		if reader.expect("change", &change); change.Seq != want {
			t.Errorf("resumed with %d, want %d", change.Seq, want)
		}
	}
	everything := w.follow("", "Last-Event-ID", "0")
	for want := int64(1); want <= published.Seq+2; want++ {
		if everything.expect("change", &change); change.Seq != want {
			t.Errorf("from the beginning: %d, want %d", change.Seq, want)
		}
	}
}

// A reader that is cut off at every fourth event, while others publish, reads each change once.
func TestEventsAreCompleteHoweverOftenTheyAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const total = 120
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range total {
			w.publish(noon, draft(fmt.Sprint("Lieu ", i), "compost", float64(i)/100, 0.5))
		}
	}()
	reader := w.follow("", "Last-Event-ID", "0")
	for want := 1; want <= total; want++ {
		var change places.Change
		if reader.expect("change", &change); change.Seq != int64(want) {
			t.Fatalf("read %d, want %d", change.Seq, want)
		}
		if want%4 == 0 {
			reader.leave()
			reader = w.follow("", "Last-Event-ID", reader.lastID)
		}
	}
	<-done
}

func TestEventsTellWhenTooMuchWasMissed(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(d *api.Deps) { d.Events = api.EventLimits{Replay: 5, QueuePace: time.Millisecond} }, crowd(1, 9)...)
	for had, want := range map[string]int64{"3": 9, "400": 9} {
		reader := w.follow("", "Last-Event-ID", had)
		var told struct {
			Had, Seq       int64
			Items, Changes string
		}
		e := reader.expect("resync", &told)
		if fmt.Sprint(told.Had) != had || told.Seq != want || e.id != strconv.FormatInt(want, 10) {
			t.Errorf("after %s: %+v", had, e)
		}
		w.body(http.StatusOK, told.Items)
		w.body(http.StatusOK, told.Changes)
	}
	response := w.send("GET", "/api/v1/events", "", "", "Last-Event-ID", "yesterday")
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("an id of somebody else: %d", response.StatusCode)
	}
}

func TestModeratorsFollowTheirQueue(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(d *api.Deps) {
		d.Events = api.EventLimits{QueuePace: 5 * time.Millisecond, Heartbeat: 20 * time.Millisecond}
	})
	east := w.tokenOf(w.person("Maud", accounts.Moderator, accounts.Scope{Neighbourhood: "est"}))
	west := w.tokenOf(w.person("Colin", accounts.Moderator, accounts.Scope{Neighbourhood: "ouest"}))
	var counts struct {
		Pending   int
		NeedsInfo int `json:"needs_info"`
		Overdue   int
	}
	readers := []*sse{w.follow(east), w.follow(west)}
	for _, reader := range readers {
		reader.expect("queue", &counts)
		if counts.Pending != 0 {
			t.Errorf("at first %+v", counts)
		}
	}
	visitor := w.follow("")
	w.submit(noon.AddDate(0, 0, -20), w.visitor(), proposal) // in the east
	if readers[0].expect("queue", &counts); counts.Pending != 1 || counts.Overdue != 1 {
		t.Errorf("then %+v", counts)
	}
	w.submit(noon, w.visitor(), strings.ReplaceAll(proposal, "1.5,1.5", "0.5,1.5"))
	if readers[1].expect("queue", &counts); counts.Pending != 1 || counts.Overdue != 0 {
		t.Errorf("in the west %+v", counts)
	}
	var change places.Change
	for visitor.comment < 2 && visitor.lines.Scan() { // signs of life, and nothing about the queue
		if strings.HasPrefix(visitor.lines.Text(), "event") {
			t.Fatalf("a visitor is told: %s", visitor.lines.Text())
		}
		if visitor.lines.Text() == ":" {
			visitor.comment++
		}
	}
	w.publish(noon, draft("Annexe", "library", 0.6, 0.6))
	visitor.expect("change", &change)
}

func TestStreamsAreBoundedAndEndWithTheServer(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	w := newWorldWith(t, func(d *api.Deps) {
		d.Events, d.Stopping = api.EventLimits{Streams: 2, Heartbeat: 5 * time.Millisecond}, stopping
	})
	first, second := w.follow(""), w.follow("")
	refused := w.send("GET", "/api/v1/events", "", "")
	if refused.StatusCode != http.StatusServiceUnavailable || refused.Header.Get("Retry-After") == "" {
		t.Errorf("a third: %d %v", refused.StatusCode, refused.Header)
	}
	w.body(http.StatusOK, "/ogc") // others are not concerned
	first.leave()
	for w.send("HEAD", "/api/v1/events", "", "").StatusCode != http.StatusOK { // the server notices at its next sign of life
		if t.Context().Err() != nil {
			t.Fatal("the place of a reader who left is not given to another")
		}
	}
	close(stopping)
	if e, ok := second.next(); ok || second.lines.Err() != nil {
		t.Errorf("while the server stops: %+v, %v", e, second.lines.Err())
	}
}

func TestAStreamEndsWithItsLife(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(d *api.Deps) { d.Events = api.EventLimits{Life: 20 * time.Millisecond} })
	reader := w.follow("")
	if e, ok := reader.next(); ok || reader.lines.Err() != nil || reader.lastID != "0" {
		t.Errorf("got %+v, %v, last id %q", e, reader.lines.Err(), reader.lastID)
	}
}

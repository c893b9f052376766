package main

import (
	"bufio"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// TestStreamsOfEventsEndWithTheServer follows the events through every middleware,
// while the server has no room for other requests, and stops it.
func TestStreamsOfEventsEndWithTheServer(t *testing.T) {
	t.Parallel()
	p := serve(t, filled(t), "--max-requests", "1", "--max-streams", "2").ready()
	follow := func(status int) *bufio.Scanner {
		request, err := http.NewRequest(http.MethodGet, "http://"+p.addr+"/api/v1/events?since=0", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		if response.StatusCode != status {
			t.Fatalf("following: %d, want %d", response.StatusCode, status)
		}
		return bufio.NewScanner(response.Body)
	}
	one, other := follow(http.StatusOK), follow(http.StatusOK)
	follow(http.StatusServiceUnavailable)
	for _, lines := range []*bufio.Scanner{one, other} {
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
		}
		if !strings.Contains(lines.Text(), `"seq":1,`) {
			t.Errorf("the first event is %q, %v", lines.Text(), lines.Err())
		}
	}
	p.mustGet("/ogc", http.StatusOK)
	p.signal(syscall.SIGTERM)
	for one.Scan() {
	}
	if status := p.exit(); status != exitDone || one.Err() != nil || strings.Contains(p.stderr.String(), "requests were cut") {
		t.Errorf("exit %d; the stream ended with %v", status, one.Err())
	}
}

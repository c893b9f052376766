package api_test

import (
	"fmt"
	"net/http"
	"testing"
)

// TestVisitorsAreCountedByTheAddressThatTheProxySaw sends what one visitor may
// in a day, under any number of addresses that they made up.
func TestVisitorsAreCountedByTheAddressThatTheProxySaw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func(i int, forwarded string) int {
		body := fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"compost","position":[%[1]d.5,20.5]}}`, i)
		return w.send("POST", "/api/v1/contributions", "", body, "X-Forwarded-For", forwarded).StatusCode
	}
	for i := range 5 {
		if status := send(i, fmt.Sprintf("198.51.100.%d, 192.0.2.1", i)); status != http.StatusAccepted {
			t.Fatalf("contribution %d: %d", i, status)
		}
	}
	if status := send(5, "198.51.100.9, 192.0.2.1"); status != http.StatusTooManyRequests {
		t.Errorf("a sixth: %d", status)
	}
	if status := send(6, "192.0.2.1, 192.0.2.2"); status != http.StatusAccepted {
		t.Errorf("somebody else: %d", status)
	}
}

package httpkit

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"cartoquartiers/internal/fault"
)

// Gate stands before a handler that takes time to become ready. Until Open, it
// answers 503; /readyz says why, also later, when check fails.
type Gate struct {
	reason atomic.Pointer[string]
	opened atomic.Pointer[opened]
}

type opened struct {
	handler http.Handler
	check   func(context.Context) error
}

// NewGate is a closed gate, with the reason in a few words ("loading the tiles").
func NewGate(reason string) *Gate {
	g := &Gate{}
	g.Wait(reason)
	return g
}

// Wait gives the reason why the gate is still closed.
func (g *Gate) Wait(reason string) { g.reason.Store(&reason) }

// Open lets requests through. check is asked by each /readyz from then on; the
// message of its fault is shown, so it must not hold a secret.
func (g *Gate) Open(handler http.Handler, check func(context.Context) error) {
	g.opened.Store(&opened{handler: handler, check: check})
}

func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if open := g.opened.Load(); open != nil {
		open.handler.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Retry-After", "2")
	Problem(w, r, fault.New(fault.Unavailable, "the map is starting; try again in a few seconds"))
}

// Live is /livez: the process answers. It never looks further, since restarting a
// process does not mend a database.
func Live(w http.ResponseWriter, r *http.Request) {
	SetRoute(r.Context(), "/livez")
	writeHealth(w, http.StatusOK, health{Status: "live"})
}

// Ready is /readyz: 200 when requests are welcome, else 503 with the reason.
func (g *Gate) Ready(w http.ResponseWriter, r *http.Request) {
	SetRoute(r.Context(), "/readyz")
	if reason := g.notReady(r.Context()); reason != "" {
		w.Header().Set("Retry-After", "2")
		writeHealth(w, http.StatusServiceUnavailable, health{Status: "not ready", Reason: reason})
		return
	}
	writeHealth(w, http.StatusOK, health{Status: "ready"})
}

// checkTimeout is how long the database may take to answer a ping and count as there.
const checkTimeout = 2 * time.Second

func (g *Gate) notReady(ctx context.Context) string {
	open := g.opened.Load()
	if open == nil {
		return *g.reason.Load()
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	err := open.check(ctx)
	if err == nil {
		return ""
	}
	if message := visible(err).Message; message != "" {
		return message
	}
	return "a check failed; the log says which"
}

type health struct {
	Status string `json:"status"` // live, ready, not ready
	Reason string `json:"reason,omitempty"`
}

func writeHealth(w http.ResponseWriter, status int, state health) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(state) // the caller left; there is nobody to tell
}

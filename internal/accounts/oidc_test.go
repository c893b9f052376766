package accounts_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
)

// TestAProviderThatHangsHoldsUpNobodyElse asks one that never answers: who goes away
// goes at once, waiting or asking, and a failure is not asked for again at once.
func TestAProviderThatHangsHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	asked, answer := make(chan struct{}), make(chan struct{})
	var times atomic.Int32
	hanging := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		times.Add(1)
		select {
		case asked <- struct{}{}:
		case <-answer:
		}
		select {
		case <-answer:
		case <-r.Context().Done():
		}
		http.Error(w, "not now", http.StatusInternalServerError)
	}))
	t.Cleanup(hanging.Close)
	now := noon
	o := &accounts.OIDC{Clock: func() time.Time { return now }, BaseURL: "https://carte.example.fr", Issuer: hanging.URL, Client: "carte", Secret: "s"}
	begin := func(ctx context.Context) chan error {
		done := make(chan error, 1)
		go func() {
			_, _, err := o.Begin(ctx, "/")
			done <- err
		}()
		return done
	}

	asking, leave := context.WithCancel(t.Context())
	first := begin(asking)
	<-asked
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := <-begin(gone); !errors.Is(err, context.Canceled) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("who went away while another one asked: %v", err)
	}
	leave()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away while asking: %v", err)
	}

	close(answer)
	for range 3 {
		if err := <-begin(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a provider that fails: %v", err)
		}
	}
	if n := times.Load(); n != 2 {
		t.Errorf("asked %d times, want the one that was left and the one that failed", n)
	}
	now = now.Add(11 * time.Second)
	if err := <-begin(t.Context()); !fault.Is(err, fault.Unavailable) || times.Load() != 3 {
		t.Errorf("after a rest: %v, asked %d times", err, times.Load())
	}
}

// TestBeginningTakesAwayWhatIsOver begins one way to a passkey, and another one later.
func TestBeginningTakesAwayWhatIsOver(t *testing.T) {
	t.Parallel()
	db, now := pgtest.New(t), noon
	keys, err := accounts.NewPasskeys(accounts.Passkeys{DB: db, Clock: func() time.Time { return now }}, "https://carte.example.fr")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := keys.BeginSigning(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(11 * time.Minute)
	}
	var kept int
	if err := db.QueryRow(t.Context(), `select count(*) from ceremonies`).Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d rows, %v", kept, err)
	}
}

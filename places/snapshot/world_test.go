package snapshot

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

func open(t testing.TB, db *pgxpool.Pool, options Options) *Store {
	t.Helper()
	options.Clock = time.Now
	if options.Logger == nil {
		options.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	store, err := Open(context.Background(), db, options)
	if err != nil {
		t.Fatalf("open the snapshot: %v", err)
	}
	t.Cleanup(store.Close)
	return store
}

func waitFor(t testing.TB, store *Store, seq int64) *View {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := store.WaitFor(ctx, seq); err != nil {
		t.Fatalf("waiting for seq %d, at %d: %v", seq, store.View().Seq(), err)
	}
	return store.View()
}

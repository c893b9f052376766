package publiclog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation/publiclog"
)

var (
	noon  = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	quiet = slog.New(slog.DiscardHandler)
)

// world is a database with its log and its data directory.
type world struct {
	db     *pgxpool.Pool
	dir    string
	signer *publiclog.Signer
}

func newWorld(t testing.TB) world {
	t.Helper()
	w := world{db: pgtest.New(t), dir: t.TempDir()}
	var err error
	if w.signer, err = publiclog.OpenSigner(t.Context(), w.db, w.dir, "carte.example.fr/log"); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) sequencer() *publiclog.Sequencer { return publiclog.NewSequencer(w.db, w.signer, w.dir) }

// integrate empties the queue.
func (w world) integrate(t testing.TB) publiclog.Checkpoint {
	t.Helper()
	sequencer := w.sequencer()
	for added := 1; added > 0; {
		var err error
		if added, err = sequencer.Integrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return w.latest(t)
}

func (w world) latest(t testing.TB) publiclog.Checkpoint {
	t.Helper()
	_, text, err := publiclog.LatestNote(t.Context(), w.db)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := publiclog.OpenCheckpoint(text, w.signer.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	return checkpoint
}

func uuid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

func leaf(n int) publiclog.Leaf {
	return publiclog.Leaf{Event: publiclog.Received, Item: uuid(n), At: noon, Commitment: [32]byte{byte(n), 1}}
}

// append commits leaves, in one transaction.
func (w world) append(t testing.TB, leaves ...publiclog.Leaf) (receipts []publiclog.Receipt) {
	t.Helper()
	err := pg.InTx(t.Context(), w.db, func(tx pgx.Tx) error {
		for _, leaf := range leaves {
			receipt, err := publiclog.Append(t.Context(), tx, leaf)
			if err != nil {
				return err
			}
			receipts = append(receipts, receipt)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return receipts
}

// leaves makes count of them, from number first on.
func leaves(first, count int) (all []publiclog.Leaf) {
	for i := range count {
		all = append(all, leaf(first+i))
	}
	return all
}

// errKilled is what a process that is killed never sees.
var errKilled = errors.New("killed")

// dying is a real database behind a process that dies: the statement of that
// number fails, and what was begun rolls back, as PostgreSQL does when a
// connection ends. A commit that dies may have happened or not.
type dying struct {
	pg.DB
	left        *atomic.Int64 // statements until death
	afterCommit bool          // the commit goes through, its answer is lost
}

func (d dying) die() bool { return d.left.Add(-1) < 0 }

func (d dying) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if d.die() {
		return pgconn.CommandTag{}, errKilled
	}
	return d.DB.Exec(ctx, sql, args...)
}

func (d dying) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if d.die() {
		return nil, errKilled
	}
	return d.DB.Query(ctx, sql, args...)
}

type deadRow struct{}

func (deadRow) Scan(...any) error { return errKilled }

func (d dying) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if d.die() {
		return deadRow{}
	}
	return d.DB.QueryRow(ctx, sql, args...)
}

func (d dying) Begin(ctx context.Context) (pgx.Tx, error) {
	if d.die() {
		return nil, errKilled
	}
	tx, err := d.DB.Begin(ctx)
	return dyingTx{Tx: tx, d: dying{DB: tx, left: d.left, afterCommit: d.afterCommit}}, err
}

type dyingTx struct {
	pgx.Tx
	d dying
}

func (t dyingTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.d.Exec(ctx, sql, args...)
}

func (t dyingTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.d.Query(ctx, sql, args...)
}

func (t dyingTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.d.QueryRow(ctx, sql, args...)
}

func (t dyingTx) Commit(ctx context.Context) error {
	if !t.d.die() {
		return t.Tx.Commit(ctx)
	}
	if t.d.afterCommit {
		return errors.Join(t.Tx.Commit(ctx), errKilled)
	}
	return errors.Join(t.Tx.Rollback(ctx), errKilled)
}

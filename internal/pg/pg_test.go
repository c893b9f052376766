package pg_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
)

var (
	_ pg.DB = (*pgxpool.Pool)(nil)
	_ pg.DB = (pgx.Tx)(nil)
)

var errWanted = errors.New("the work failed")

// marks opens a database with an empty table marks (n).
func marks(t *testing.T) *pgxpool.Pool {
	t.Helper()
	db := pgtest.New(t)
	mustExec(t, db, `
		create table marks (
			n integer constraint marks_n_key unique constraint marks_n_positive check (n > 0),
			after integer constraint marks_after_fkey references marks (n) deferrable initially deferred
		)`)
	return db
}

func mustExec(t *testing.T, db pg.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(context.Background(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func mark(db pg.DB, n int) error {
	_, err := db.Exec(context.Background(), `insert into marks (n) values ($1)`, n)
	return err
}

func wantSum(t *testing.T, db pg.DB, want int) {
	t.Helper()
	var got int
	if err := db.QueryRow(context.Background(), `select coalesce(sum(n), 0) from marks`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("the marks add up to %d, want %d", got, want)
	}
}

func TestInTx(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	t.Run("commits", func(t *testing.T) {
		db := marks(t)
		if err := pg.InTx(ctx, db, func(tx pgx.Tx) error { return mark(tx, 1) }); err != nil {
			t.Fatal(err)
		}
		wantSum(t, db, 1)
	})
	t.Run("rolls_back_and_gives_the_error_as_it_was", func(t *testing.T) {
		db := marks(t)
		err := pg.InTx(ctx, db, func(tx pgx.Tx) error { return errors.Join(mark(tx, 1), errWanted) })
		if !errors.Is(err, errWanted) {
			t.Errorf("error %v", err)
		}
		wantSum(t, db, 0)
	})
	t.Run("rolls_back_on_panic", func(t *testing.T) {
		db := marks(t)
		func() {
			defer func() { _ = recover() }()
			_ = pg.InTx(ctx, db, func(tx pgx.Tx) error {
				if err := mark(tx, 1); err != nil {
					t.Error(err)
				}
				panic("in the middle")
			})
		}()
		wantSum(t, db, 0)
		if in := db.Stat().AcquiredConns(); in != 0 {
			t.Errorf("%d connections are not given back", in)
		}
	})
	t.Run("inside_a_transaction_is_a_savepoint", func(t *testing.T) {
		db := marks(t)
		err := pg.InTx(ctx, db, func(outer pgx.Tx) error {
			if err := mark(outer, 1); err != nil {
				return err
			}
			err := pg.InTx(ctx, outer, func(inner pgx.Tx) error { return mark(inner, -1) })
			if pg.Constraint(err) != "marks_n_positive" {
				t.Errorf("error %v", err)
			}
			return mark(outer, 2)
		})
		if err != nil {
			t.Fatal(err)
		}
		wantSum(t, db, 3)
	})
	t.Run("gives_a_fault_when_only_the_commit_fails", func(t *testing.T) {
		db := marks(t)
		err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `insert into marks (n, after) values (1, 7)`)
			return err
		})
		if !fault.Is(err, fault.Conflict) || pg.Constraint(err) != "marks_after_fkey" {
			t.Errorf("error %v, want Conflict", err)
		}
		wantSum(t, db, 0)
	})
	t.Run("does_not_begin_on_a_closed_pool", func(t *testing.T) {
		db := marks(t)
		db.Close()
		called := false
		err := pg.InTx(ctx, db, func(pgx.Tx) error { called = true; return nil })
		if err == nil || called {
			t.Errorf("error %v, work called %v", err, called)
		}
	})
}

func TestInTx_with_a_statement_that_takes_too_long(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, pg.StatementTimeout(20*time.Millisecond))
	err := pg.InTx(context.Background(), db, func(tx pgx.Tx) error {
		_, err := tx.Exec(context.Background(), `select pg_sleep(60)`)
		return pg.FaultOf(err)
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("error %v, want Unavailable", err)
	}
}

func TestSamePlans(t *testing.T) {
	t.Parallel()
	db := marks(t)
	same, err := pg.NewSamePlans(db, 1, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(same.Close)
	settings := func(db pg.DB) (text string) {
		t.Helper()
		var batch pgx.Batch
		pg.QueueSamePlan(&batch, db)
		queued := batch.Len()
		batch.Queue(`
			select concat_ws(' ', current_setting('plan_cache_mode'), current_setting('enable_seqscan'), current_setting('jit'))`).
			QueryRow(func(row pgx.Row) error { return row.Scan(&text) })
		if err := db.SendBatch(t.Context(), &batch).Close(); err != nil {
			t.Fatal(err)
		}
		if _, own := db.(pg.SamePlans); own != (queued == 0) {
			t.Errorf("%T: %d statements set what the session has", db, queued)
		}
		return text
	}
	const want = "force_generic_plan off off"
	if got := settings(same); got != want {
		t.Errorf("a session of SamePlans: %s, want %s", got, want)
	}
	if got := settings(db); got != want {
		t.Errorf("a batch of QueueSamePlan: %s, want %s", got, want)
	}
	var after string
	if err := db.QueryRow(t.Context(), `show plan_cache_mode`).Scan(&after); err != nil || after != "auto" {
		t.Errorf("after it %s, %v: want auto", after, err)
	}
	err = pg.InTx(t.Context(), db, func(tx pgx.Tx) error {
		mustExec(t, tx, `lock table marks`)
		_, err := same.Exec(t.Context(), `insert into marks values (1)`)
		return err
	})
	if !pg.LockedOut(err) {
		t.Errorf("a lock that is held: %v", err)
	}
}

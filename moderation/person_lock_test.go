package moderation_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
)

// waits waits until some statement of this database waits for a lock.
func (w town) waits(t *testing.T, what string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		var waiting int
		err := w.QueryRow(t.Context(), `
			select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		if waiting > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s waits for nothing", what)
		}
	}
}

// TestDecidingWaitsForErasing: while an account is being erased, what its owner decides
// waits before it holds anything, and is refused then.
func TestDecidingWaitsForErasing(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	received := w.mustSubmit(t, w.resident, library)
	decided := make(chan error, 1)
	err := pg.InTx(t.Context(), w, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `select from users where id = $1 for update`, w.moderator.User); err != nil {
			return err
		}
		go func() {
			_, err := w.decide(t, w.moderator, received, moderation.Verdict{Outcome: moderation.Accepted})
			decided <- err
		}()
		w.waits(t, "the decision")
		if _, err := tx.Exec(t.Context(), `select from contributions where id = $1 for update nowait`, received.ID); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `update users set erased_at = now(), email = null where id = $1`, w.moderator.User)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-decided; !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("who is erased decides: %v", err)
	}
}

// TestErasingOutlivesADeadlock: the database ends erasing once for another transaction's
// sake, and it is done again.
func TestErasingOutlivesADeadlock(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.mustSubmit(t, w.resident, library)
	_, err := w.Exec(t.Context(), `
		create sequence attempts;
		create function end_once() returns trigger language plpgsql as $$
		begin
			if nextval('attempts') = 1 then -- which no rollback takes back
				raise exception 'deadlock detected' using errcode = 'deadlock_detected';
			end if;
			return new;
		end $$;
		create trigger end_once before update on contributions for each row execute function end_once()`)
	if err != nil {
		t.Fatal(err)
	}
	persons := &moderation.Persons{DB: w, Clock: func() time.Time { return noon }}
	if err := persons.Erase(t.Context(), w.resident.User, true); err != nil {
		t.Fatal(err)
	}
	var attempts, left int
	err = w.QueryRow(t.Context(), `
		select (select last_value from attempts), (select count(*) from contributions where user_id = $1)`, w.resident.User).Scan(&attempts, &left)
	if err != nil || attempts < 2 || left != 0 {
		t.Errorf("%d attempts, %d contributions lead to her, %v", attempts, left, err)
	}
}

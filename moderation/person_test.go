package moderation_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/moderation"
)

// persons forgets in a town, with a file in dir.
func (w town) persons(dir string) *moderation.Persons {
	return &moderation.Persons{DB: w, Clock: func() time.Time { return noon }, Stones: accounts.TombstonesIn(dir)}
}

// leaves gives the resident an e-mail, and everything that a person can leave.
func (w town) leaves(t *testing.T) {
	t.Helper()
	place := w.mustSubmit(t, w.agent, library).Place
	w.mustSubmit(t, w.resident, edit(place, 1, `{"description":"`+secret+`"}`))
	asked := w.mustSubmit(t, w.resident, edit(place, 1, `{"operator":"`+secret+`"}`))
	if _, err := w.decide(t, w.moderator, asked, moderation.Verdict{Outcome: moderation.NeedsInfo, Message: "Quelle entrée ?"}); err != nil {
		t.Fatal(err)
	}
	if _, err := road.Answer(t.Context(), w, w.resident, asked.ID, secret, noon); err != nil {
		t.Fatal(err)
	}
	withdrawn := w.mustSubmit(t, w.resident, edit(place, 1, `{"phone":"+33240415600"}`))
	if _, err := moderation.Withdraw(t.Context(), w, w.resident, withdrawn.ID, noon); err != nil {
		t.Fatal(err)
	}
	trusting := *road
	trusting.Policy.Rules = []moderation.Rule{{Name: "trusting", Roles: []accounts.Role{accounts.Resident}, Ruling: moderation.AcceptNow}}
	confirms := submission(t, fmt.Sprintf(`{"action":"confirm","place_id":%d,"base_revision":1}`, place))
	if ruled, err := trusting.Submit(t.Context(), w, w.resident, confirms, moderation.Envelope{Now: noon}); err != nil || ruled.Rule != "trusting" {
		t.Fatalf("%+v, %v: no rule has decided in her name", ruled, err)
	}
	published := w.mustSubmit(t, w.resident, edit(place, 1, `{"website":"https://example.org/"}`))
	if _, err := w.decide(t, w.moderator, published, moderation.Verdict{Outcome: moderation.Accepted}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`update users set email = 'rosa@example.org', name = 'Rosa Pinsonnet' where id = $1`,
		`insert into contribution_votes (contribution_id, user_id, confirms, at) select min(id), $1, true, now() from contributions`,
		`insert into sessions (hash, user_id, method, created_at, seen_at) values (sha256('x'), $1, 'link', now(), now())`,
		`insert into api_tokens (user_id, hash, label, scopes, created_at) values ($1, sha256('y'), 'Pinsonnet', '{read}', now())`,
	} {
		if _, err := w.Exec(t.Context(), statement, w.resident.User); err != nil {
			t.Fatal(err)
		}
	}
}

// leadsTo counts the rows that lead to a user.
func (w town) leadsTo(t *testing.T, user int64) (rows int) {
	t.Helper()
	err := w.QueryRow(t.Context(), `
		select (select count(*) from contributions where user_id = $1 or claimed_by = $1)
			+ (select count(*) from contribution_messages where user_id = $1)
			+ (select count(*) from contribution_votes where user_id = $1)
			+ (select count(*) from decisions where user_id = $1)
			+ (select count(*) from sessions where user_id = $1)
			+ (select count(*) from api_tokens where user_id = $1)
			+ (select count(*) from user_scopes where user_id = $1)`, user).Scan(&rows)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestErasingAPersonCutsEveryLink(t *testing.T) {
	t.Parallel()
	for _, content := range []bool{false, true} {
		w, dir := newTown(t), t.TempDir()
		w.leaves(t)
		if _, err := w.Exec(t.Context(), `update decisions set user_id = null where user_id = $1`, w.resident.User); err == nil {
			t.Error("decisions let go of an account that is there")
		}
		if w.leadsTo(t, w.resident.User) < 6 {
			t.Fatal("the test looks at too little")
		}
		for range 2 {
			if err := w.persons(dir).Erase(t.Context(), w.resident.User, content); err != nil {
				t.Fatal(err)
			}
		}
		if rows := w.leadsTo(t, w.resident.User); rows != 0 {
			t.Errorf("%d rows lead to her", rows)
		}
		for _, word := range []string{"rosa@example.org", "Rosa Pinsonnet", "Pinsonnet"} {
			if left := w.holds(t, word); len(left) != 0 {
				t.Errorf("%q is left in %v", word, left)
			}
		}
		if left := w.holds(t, secret); (len(left) == 0) != content {
			t.Errorf("with content %v, what was not published is in %v", content, left)
		}
		if published := w.holds(t, "https://example.org/"); len(published) == 0 {
			t.Error("what was published is gone")
		}
	}
}

// TestNothingComesInForAnErasedAuthor sends for a resident who was found before she
// was erased, as a request on its way does.
func TestNothingComesInForAnErasedAuthor(t *testing.T) {
	t.Parallel()
	g := newGallery(t)
	stored := func() (rows int) {
		t.Helper()
		err := g.QueryRow(t.Context(), `
			select (select count(*) from contributions) + (select count(*) from photos) + (select count(*) from log_leaves)`).Scan(&rows)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	place, before := g.place, stored()
	if err := g.persons(t.TempDir()).Erase(t.Context(), g.resident.User, false); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{edit(place, 1, `{"description":"Ouvert."}`), fmt.Sprintf(`{"action":"confirm","place_id":%d,"base_revision":1}`, place)} {
		if received, err := g.submit(t, g.resident, text); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %+v, %v", text, received, err)
		}
	}
	if upload, err := g.road.TakePhoto(t.Context(), g, g.resident, snap(t, 40, 30), noon); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a photo: %+v, %v", upload, err)
	}
	if after := stored(); after != before {
		t.Errorf("%d rows, %d before", after, before)
	}
}

// TestWhatIsOnItsWayWaitsForErasing sends a contribution while erasing is under way.
func TestWhatIsOnItsWayWaitsForErasing(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	place := w.mustSubmit(t, w.agent, library).Place
	tx, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	if there, err := accounts.LockUser(t.Context(), tx, w.resident.User, noon); err != nil || !there {
		t.Fatalf("%v, %v", there, err)
	}
	refused := make(chan error, 1)
	go func() {
		_, err := w.submit(t, w.resident, edit(place, 1, `{"description":"Ouvert."}`))
		refused <- err
	}()
	w.waitForLock(t)
	if _, _, err := accounts.EraseUser(t.Context(), tx, w.resident.User, false, noon); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-refused; !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("%v", err)
	}
}

// TestARestoredBackupDoesNotBringAPersonBack erases, restores the rows of before,
// and starts again.
func TestARestoredBackupDoesNotBringAPersonBack(t *testing.T) {
	t.Parallel()
	w, dir := newTown(t), t.TempDir()
	w.leaves(t)
	if _, err := w.Exec(t.Context(), `create table backup as select * from users`); err != nil {
		t.Fatal(err)
	}
	if err := w.persons(dir).Erase(t.Context(), w.resident.User, false); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "erased-accounts.jsonl"))
	if err != nil || strings.Contains(string(text), "osa") {
		t.Errorf("the file: %s, %v", text, err)
	}
	_, err = w.Exec(t.Context(), `update users u set email = b.email, name = b.name, erased_at = null from backup b where b.id = u.id`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Exec(t.Context(), `delete from erased_users`); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if erased, err := w.persons(dir).Reapply(t.Context(), slog.New(slog.DiscardHandler)); err != nil || erased != want {
			t.Errorf("%d erased again, %v; want %d", erased, err, want)
		}
	}
	if _, err := w.Exec(t.Context(), `drop table backup`); err != nil {
		t.Fatal(err)
	}
	if left := w.holds(t, "rosa@example.org"); len(left) != 0 {
		t.Errorf("she is back in %v", left)
	}
	other := t.TempDir() // a node that has seen nothing yet
	if _, err := w.persons(other).Reapply(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if stones, err := accounts.TombstonesIn(other).Read(); err != nil || len(stones) != 1 {
		t.Errorf("%v, %v beside the database of another node", stones, err)
	}
}

// TestACutTombstoneIsNoEnd writes half a line, as a crash would.
func TestACutTombstoneIsNoEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "erased-accounts.jsonl"), []byte(`{"mark":"0f`), 0o600); err != nil {
		t.Fatal(err)
	}
	stones := accounts.TombstonesIn(dir)
	if err := stones.Keep(accounts.Tombstone{Mark: "7b0c1f5e-6a0a-4d5c-9d2e-2f9f6a3f1c11", At: noon}); err != nil {
		t.Fatal(err)
	}
	if all, err := stones.Read(); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}

// TestAccountsThatNobodyUsesEnd follows one through two years and a month.
func TestAccountsThatNobodyUsesEnd(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	start := noon
	_, err := w.Exec(t.Context(), `update users set email = 'rosa@example.org', last_seen_on = $2::date where id = $1`, w.resident.User, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		at             time.Time
		warned, erased int
	}{
		{start.AddDate(2, 0, -1), 0, 0},
		{start.AddDate(2, 0, 1), 1, 0},
		{start.AddDate(2, 0, 2), 0, 0},
		{start.AddDate(2, 0, 30), 0, 0},
		{start.AddDate(2, 0, 32), 0, 1},
		{start.AddDate(2, 0, 33), 0, 0},
	} {
		warned, err := accounts.WarnIdle(t.Context(), w, step.at)
		if err != nil || warned != step.warned {
			t.Errorf("%v: %d warned, %v", step.at, warned, err)
		}
		if _, err := w.Exec(t.Context(), `delete from mails`); err != nil { // they have gone
			t.Fatal(err)
		}
		persons := w.persons(t.TempDir())
		persons.Clock = func() time.Time { return step.at }
		if erased, err := persons.EraseIdle(t.Context()); err != nil || erased != step.erased {
			t.Errorf("%v: %d erased, %v", step.at, erased, err)
		}
	}
	if left := w.holds(t, "rosa@example.org"); len(left) != 0 {
		t.Errorf("she is in %v", left)
	}
}

// TestNobodyIsErasedUnwarned lets the warning wait, be given up, go, and come too late.
func TestNobodyIsErasedUnwarned(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	now := noon
	persons := w.persons(t.TempDir())
	persons.Clock = func() time.Time { return now }
	_, err := w.Exec(t.Context(), `update users set email = 'rosa@example.org', last_seen_on = $2::date where id = $1`, w.resident.User, noon.AddDate(-3, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	warn := func(want int) {
		t.Helper()
		if warned, err := accounts.WarnIdle(t.Context(), w, now); err != nil || warned != want {
			t.Fatalf("%d warned, %v; want %d", warned, err, want)
		}
	}
	erase := func(want int) {
		t.Helper()
		if erased, err := persons.EraseIdle(t.Context()); err != nil || erased != want {
			t.Fatalf("%d erased, %v; want %d", erased, err, want)
		}
	}
	warn(1)
	now = now.AddDate(0, 0, 31)
	erase(0) // the warning waits still: nobody was there to send it
	if lost, err := mail.Forget(t.Context(), w, accounts.GivenUp(), now); err != nil || lost != 1 {
		t.Fatalf("%d given up, %v", lost, err)
	}
	erase(0)
	warn(1)
	if _, err := w.Exec(t.Context(), `delete from mails`); err != nil { // it has gone
		t.Fatal(err)
	}
	now = now.AddDate(0, 0, 29)
	warn(0)
	erase(0)
	now = now.AddDate(0, 0, 2)
	erase(1)
}

// TestWhoComesBackWhileIdleAccountsAreErasedStays comes back after being found idle.
func TestWhoComesBackWhileIdleAccountsAreErasedStays(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	_, err := w.Exec(t.Context(), `update users set email = 'rosa@example.org', warned_at = $2 where id = $1`, w.resident.User, noon.AddDate(0, 0, -31))
	if err != nil {
		t.Fatal(err)
	}
	back, err := w.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer back.Rollback(t.Context())
	if _, err := back.Exec(t.Context(), `update users set warned_at = null, last_seen_on = $2 where id = $1`, w.resident.User, noon); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	var erased int
	go func() {
		var err error
		erased, err = w.persons(t.TempDir()).EraseIdle(t.Context())
		done <- err
	}()
	w.waitForLock(t)
	if err := back.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || erased != 0 {
		t.Errorf("%d erased, %v", erased, err)
	}
}

// waitForLock returns when a session waits for the lock of another.
func (w town) waitForLock(t *testing.T) {
	t.Helper()
	for waits := 0; waits == 0; {
		err := w.QueryRow(t.Context(), `
			select count(*)
			from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock'`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
	}
}

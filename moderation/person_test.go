package moderation_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
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

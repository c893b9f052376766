package accounts_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
)

// inviter is a manager with an invitation that waits and one that was declined, whose
// tokens are the name and what they became.
func inviter(t *testing.T, db *pgxpool.Pool, name string, organisation int64) (id int64) {
	t.Helper()
	id, err := accounts.CreateUser(t.Context(), db, accounts.NewUser{Name: name, Role: accounts.Member, Organisation: organisation}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.SetManager(t.Context(), db, organisation, id, true, noon); err != nil {
		t.Fatal(err)
	}
	waits, declined := sha256.Sum256([]byte(name+" waits")), sha256.Sum256([]byte(name+" declined"))
	_, err = db.Exec(t.Context(), `
		insert into invitations (organisation_id, email, name, manages, language, hash, invited_by, created_at, expires_at, ended_at, declined) values
		($1, $2 || '@example.org', 'X', true, 'fr', $3, $5, $6, $7, null, false),
		($1, $2 || '@example.com', 'X', true, 'fr', $4, $5, $6, $7, $6, true)`,
		organisation, name, waits[:], declined[:], id, noon, noon.AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestInvitationsEndWithWhoSentThem takes from managers what they invited with; what
// was declined stays noted.
func TestInvitationsEndWithWhoSentThem(t *testing.T) {
	t.Parallel()
	db, ctx := pgtest.New(t), t.Context()
	links := &accounts.Links{DB: db, Clock: func() time.Time { return noon }}
	var organisations [2]int64
	for i, name := range []string{"Les amis du phare", "Les amis du jardin"} {
		var err error
		if organisations[i], err = accounts.CreateOrganisation(ctx, db, name, noon); err != nil {
			t.Fatal(err)
		}
	}
	inviter(t, db, "stays", organisations[0])
	for name, c := range map[string]struct {
		good bool
		act  func(user int64) error
	}{
		"blocked":  {false, func(user int64) error { return accounts.BlockUser(ctx, db, user, noon) }},
		"demoted":  {false, func(user int64) error { return setPost(t, db, user, accounts.Resident, 0) }},
		"moved":    {false, func(user int64) error { return setPost(t, db, user, accounts.Member, organisations[1]) }},
		"removed":  {false, func(user int64) error { return accounts.RemoveMember(ctx, db, organisations[0], user, noon) }},
		"as it is": {true, func(user int64) error { return setPost(t, db, user, accounts.Member, organisations[0]) }},
		"promoted": {true, func(user int64) error { return setPost(t, db, user, accounts.Admin, 0) }},
	} {
		if err := c.act(inviter(t, db, name, organisations[0])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := links.OpenInvitation(ctx, name+" waits"); (err == nil) != c.good {
			t.Errorf("who sent it is %s: %v", name, err)
		}
		if err := links.Decline(ctx, name+" declined"); err != nil {
			t.Errorf("who sent it is %s, and what was declined: %v", name, err)
		}
	}
}

func setPost(t *testing.T, db pg.DB, user int64, role accounts.Role, organisation int64) error {
	t.Helper()
	return accounts.SetPost(t.Context(), db, user, accounts.Post{Role: role, Organisation: organisation}, noon)
}

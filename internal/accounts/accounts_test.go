package accounts_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func TestATokenStandsForItsUserUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	scope := accounts.Scope{Neighbourhood: "centre"}
	id, err := accounts.CreateUser(t.Context(), db, accounts.NewUser{Name: "Maud", Role: accounts.Moderator, Scopes: []accounts.Scope{scope}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	token, err := accounts.CreateToken(t.Context(), db, accounts.NewToken{
		User: id, Grants: accounts.GrantsOf(accounts.Moderator), Expires: noon.AddDate(0, 0, 30),
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	actor, err := accounts.ByToken(t.Context(), db, token, noon)
	if err != nil || actor.User != id || !actor.Granted("moderate") || len(actor.Scopes) != 1 || actor.Scopes[0] != scope {
		t.Fatalf("%+v, %v", actor, err)
	}
	if _, err := accounts.ByToken(t.Context(), db, token, noon.AddDate(0, 0, 31)); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("an expired token: %v", err)
	}
	listed, err := accounts.Tokens(t.Context(), db)
	if err != nil || len(listed) != 1 || listed[0].User != "Maud" || listed[0].Used == nil {
		t.Fatalf("%+v, %v", listed, err)
	}
	if err := accounts.RevokeToken(t.Context(), db, listed[0].ID, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.ByToken(t.Context(), db, token, noon); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}
	if err := accounts.RevokeToken(t.Context(), db, 99, noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("an absent token: %v", err)
	}
}

// TestUsingATokenIsAVisit uses one after the warning that its user's account ends.
func TestUsingATokenIsAVisit(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	id, err := accounts.CreateUser(t.Context(), db, accounts.NewUser{Name: "Rosa", Email: "rosa@example.org", Role: accounts.Resident}, noon)
	if err != nil {
		t.Fatal(err)
	}
	token, err := accounts.CreateToken(t.Context(), db, accounts.NewToken{User: id, Grants: accounts.GrantsOf(accounts.Resident)}, noon)
	if err != nil {
		t.Fatal(err)
	}
	later := noon.AddDate(3, 0, 0)
	for want := 1; want >= 0; want-- {
		if warned, err := accounts.WarnIdle(t.Context(), db, later); err != nil || warned != want {
			t.Fatalf("%d warned, %v; want %d", warned, err, want)
		}
		if _, err := accounts.ByToken(t.Context(), db, token, later); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(t.Context(), `delete from mails`); err != nil {
		t.Fatal(err)
	}
	if idle, err := accounts.Idle(t.Context(), db, later.AddDate(0, 0, 31)); err != nil || len(idle) != 0 {
		t.Errorf("idle: %v, %v", idle, err)
	}
}

func TestABlockedUserIsToldSo(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	id, err := accounts.CreateUser(t.Context(), db, accounts.NewUser{Name: "Rosa", Role: accounts.Resident}, noon)
	if err != nil {
		t.Fatal(err)
	}
	token, err := accounts.CreateToken(t.Context(), db, accounts.NewToken{User: id, Grants: accounts.GrantsOf(accounts.Resident)}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.BlockUser(t.Context(), db, id, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.ByToken(t.Context(), db, token, noon); !fault.Is(err, fault.Forbidden) {
		t.Errorf("blocked: %v", err)
	}
	if err := accounts.UnblockUser(t.Context(), db, id, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := accounts.ByToken(t.Context(), db, token, noon); err != nil {
		t.Errorf("unblocked: %v", err)
	}
	if err := accounts.BlockUser(t.Context(), db, 99, noon); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestUsersThatCannotBe(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for name, c := range map[string]struct {
		user accounts.NewUser
		kind fault.Kind
	}{
		"a visitor":                        {accounts.NewUser{Name: "a", Role: accounts.Visitor}, fault.Invalid},
		"a member of nothing":              {accounts.NewUser{Name: "a", Role: accounts.Member}, fault.Invalid},
		"an agent of an organisation":      {accounts.NewUser{Name: "a", Role: accounts.Agent, Organisation: 1}, fault.Invalid},
		"a member of none that is there":   {accounts.NewUser{Name: "a", Role: accounts.Member, Organisation: 9}, fault.Conflict},
		"a moderator of no group there is": {accounts.NewUser{Name: "a", Role: accounts.Moderator, Scopes: []accounts.Scope{{Group: "nope"}}}, fault.Conflict},
		"nobody":                           {accounts.NewUser{Role: accounts.Agent}, fault.Invalid},
	} {
		if _, err := accounts.CreateUser(t.Context(), db, c.user, noon); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if users, err := accounts.Users(t.Context(), db); err != nil || len(users) != 0 {
		t.Errorf("left behind: %+v, %v", users, err)
	}
}

func TestNamesAreNumbered(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, want := range []string{"agent-1", "agent-2"} {
		name, err := accounts.NextName(t.Context(), db, accounts.Agent)
		if err != nil || name != want {
			t.Fatalf("%q, %v; want %q", name, err, want)
		}
		if _, err := accounts.CreateUser(t.Context(), db, accounts.NewUser{Name: name, Role: accounts.Agent}, noon); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAVisitorIsAPrefixUnderTheKeyOfTheMonth(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var keys accounts.VisitorKeys
	keyAt := func(at time.Time) []byte {
		key, err := keys.At(t.Context(), db, at)
		if err != nil || len(key) != 32 {
			t.Fatalf("%x, %v", key, err)
		}
		return key
	}
	may := keyAt(noon)
	hash := func(address string, key []byte) string {
		return string(accounts.VisitorFrom(netip.MustParseAddr(address), key).PrefixHash)
	}
	if hash("2001:db8::1", may) != hash("2001:db8::ffff", may) || hash("2001:db8::1", may) == hash("2001:db8:0:1::1", may) {
		t.Error("IPv6 is not counted by /64")
	}
	if hash("192.0.2.1", may) == hash("192.0.2.2", may) || hash("192.0.2.1", may) != hash("::ffff:192.0.2.1", may) {
		t.Error("IPv4 is not counted by address")
	}
	if !bytes.Equal(may, keyAt(noon.AddDate(0, 0, 29))) {
		t.Error("another key in the same month")
	}
	if bytes.Equal(may, keyAt(noon.AddDate(0, 1, 0))) {
		t.Error("the same key in the next month")
	}
	keyAt(noon.AddDate(0, 2, 0)) // 1 July: the key of May ended 31 May, and had 30 days more
	var months int
	if err := db.QueryRow(t.Context(), `select count(*) from visitor_keys`).Scan(&months); err != nil || months != 2 {
		t.Errorf("%d keys, %v; want those of June and July", months, err)
	}
}

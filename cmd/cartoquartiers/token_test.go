package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"cartoquartiers/internal/pg/pgtest"
)

// output runs a command that must end well, and gives what it printed.
func output(t *testing.T, env []string, args ...string) string {
	t.Helper()
	p := start(t, env, args...)
	if status := p.exit(); status != exitDone {
		t.Fatalf("%v: status %d", args, status)
	}
	return p.stdout.String()
}

// TestTokensOpenTheQueue makes people and tokens as an operator does, beside a
// running server, and asks for the queue with them.
func TestTokensOpenTheQueue(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + pgtest.URL(t), "CARTOQUARTIERS_DATA=" + t.TempDir()}
	p := serve(t, env).ready()
	queue := func(token string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.addr+"/api/v1/moderation/contributions", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
		got, err := ask(request)
		if err != nil {
			t.Fatal(err)
		}
		return got.status
	}
	moderator := output(t, env, "token", "create", "--role", "moderator", "--expires", "30d")
	if !regexp.MustCompile(`^cq_[\w-]{43}\n$`).MatchString(moderator) {
		t.Fatalf("it prints %q, and not one token alone", moderator)
	}
	if status := queue(moderator); status != http.StatusOK {
		t.Errorf("a moderator: %d", status)
	}
	if status := queue(output(t, env, "token", "create", "--user", "1", "--for", "read,contribute")); status != http.StatusForbidden {
		t.Errorf("a moderator's token that is not for moderating: %d", status)
	}
	organisation := output(t, env, "org", "create", "--name", "Les Amis du Port")
	member := output(t, env, "user", "create", "--name", "Rosa", "--role", "member", "--organisation", strings.TrimSpace(organisation))
	if status := queue(output(t, env, "token", "create", "--user", strings.TrimSpace(member))); status != http.StatusForbidden {
		t.Errorf("a member: %d", status)
	}
	if listed := output(t, env, "token", "list"); !strings.Contains(listed, "moderator-1") || strings.Contains(listed, "cq_") {
		t.Errorf("the list: %s", listed)
	}
	output(t, env, "token", "revoke", "1")
	if status := queue(moderator); status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", status)
	}
}

// TestTokensThatCannotBe says what is wrong in one sentence, and prints no token.
func TestTokensThatCannotBe(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + pgtest.URL(t)}
	for want, args := range map[string][]string{
		"there is no user 9":                 {"--user", "9"},
		"none of":                            {"--role", "king"},
		"a member acts for":                  {"--role", "member"},
		"not a number of days":               {"--role", "agent", "--expires", "manyd"},
		"is not for \"moderate\"":            {"--role", "agent", "--for", "read,moderate"},
		"can't be used together":             {"--role", "agent", "--user", "1"},
		"missing flags: --user=ID or --role": {},
	} {
		p := start(t, env, append([]string{"token", "create"}, args...)...)
		if status := p.exit(); status == exitDone || !strings.Contains(p.stderr.String(), want) || strings.Contains(p.stdout.String(), "cq_") {
			t.Errorf("%v: status %d, %s, want %q", args, status, p.stderr, want)
		}
	}
}

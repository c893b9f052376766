package main

import (
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cartoquartiers/internal/pg/pgtest"
)

var linkInMail = regexp.MustCompile(`http://\S+/connexion/lien\?jeton=[\w-]+`)

// TestTheFirstAdminSignsIn makes one as an operator does, asks for a link, reads
// the mail in the data directory, and enters.
func TestTheFirstAdminSignsIn(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	env := []string{"DATABASE_URL=" + pgtest.URL(t), "CARTOQUARTIERS_DATA=" + data}
	p := serve(t, env).ready()
	output(t, env, "user", "create", "--email", "Maire@Ville.example.fr", "--role", "admin")
	if listed := output(t, env, "user", "list"); !strings.Contains(listed, "admin-1") || strings.Contains(listed, "maire@") {
		t.Errorf("the list: %s", listed)
	}
	if listed := output(t, env, "user", "list", "--emails"); !strings.Contains(listed, "maire@ville.example.fr") {
		t.Errorf("the list with e-mails: %s", listed)
	}
	base := "http://" + p.addr
	if asked := form(t, base+"/connexion", url.Values{"email": {"maire@ville.example.fr"}}); asked.StatusCode != http.StatusOK {
		t.Fatalf("asking: %d", asked.StatusCode)
	}
	var letter string
	eventually(t, "the letter is in the folder", func() bool {
		names, err := filepath.Glob(filepath.Join(data, "mail", "*.eml"))
		if err != nil || len(names) != 1 {
			return false
		}
		text, err := os.ReadFile(names[0])
		letter = string(text)
		return err == nil
	})
	plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(letter)))
	if err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(linkInMail.FindString(string(plain)))
	if err != nil || link.Host == "" {
		t.Fatalf("no link in %s", plain)
	}
	entered := form(t, base+link.Path, url.Values{"jeton": {link.Query().Get("jeton")}})
	if entered.StatusCode != http.StatusSeeOther || len(entered.Cookies()) != 1 {
		t.Fatalf("entering: %d, cookies %v", entered.StatusCode, entered.Cookies())
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/v1/moderation/contributions", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(entered.Cookies()[0])
	if got, err := ask(request); err != nil || got.status != http.StatusOK {
		t.Errorf("the queue: %d, %v", got.status, err)
	}
	if log := p.stderr.String(); strings.Contains(log, "maire@") || strings.Contains(log, link.Query().Get("jeton")) {
		t.Errorf("the log holds a secret:\n%s", log)
	}
}

// form posts one, and follows no redirect.
func form(t *testing.T, address string, values url.Values) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := keptAlive.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

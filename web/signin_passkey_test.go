package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/pg"
)

func passkeys(t *testing.T, db pg.DB, clock func() time.Time) *accounts.Passkeys {
	t.Helper()
	keys, err := accounts.NewPasskeys(accounts.Passkeys{DB: db, Clock: clock}, "https://carte.example.fr")
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// device is a phone with a browser: a software authenticator, and a cookie.
type device struct {
	t      *testing.T
	town   *testTown
	site   virtualwebauthn.RelyingParty
	holds  virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
	cookie string
}

func newDevice(t *testing.T, town *testTown) *device {
	t.Helper()
	return &device{
		t: t, town: town, site: virtualwebauthn.RelyingParty{Name: "CartoQuartiers", ID: "carte.example.fr", Origin: "https://carte.example.fr"},
		holds: virtualwebauthn.NewAuthenticator(), key: newKeyPair(),
	}
}

// newKeyPair is one that the library writes as COSE wants it (RFC 9053, 7.1.1): it leaves
// zeros out that a coordinate begins with, of one key in 128, and no server takes those.
func newKeyPair() virtualwebauthn.Credential {
	const whole = 77 // bytes: both coordinates have 32
	for {
		if pair := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(pair.Key.AttestationData()) == whole {
			return pair
		}
	}
}

func (d *device) post(path, body string) *httptest.ResponseRecorder {
	d.t.Helper()
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	request.Header.Set("Cookie", d.cookie)
	response := httptest.NewRecorder()
	d.town.ServeHTTP(response, request)
	if set := cookieOf(response); set != "" {
		d.cookie = set
	}
	return response
}

// begin gives the ceremony and its options, or the status of the refusal.
func (d *device) begin(path string) (ceremony, options string, status int) {
	d.t.Helper()
	response := d.post(path, "")
	var begun struct {
		Ceremony string
		Options  json.RawMessage
	}
	if response.Code == http.StatusOK {
		if err := json.Unmarshal(response.Body.Bytes(), &begun); err != nil {
			d.t.Fatal(err)
		}
	}
	return begun.Ceremony, string(begun.Options), response.Code
}

// add adds the device's key to the account that is signed in, and gives the status.
func (d *device) add() int {
	d.t.Helper()
	ceremony, options, status := d.begin("/compte/cles/debut")
	if status != http.StatusOK {
		return status
	}
	asked, err := virtualwebauthn.ParseAttestationOptions(options)
	if err != nil {
		d.t.Fatal(err)
	}
	d.holds.Options.UserHandle = []byte(asked.UserID)
	made := virtualwebauthn.CreateAttestationResponse(d.site, d.holds, d.key, *asked)
	response := d.post("/compte/cles?ceremony="+ceremony, made)
	if response.Code == http.StatusOK {
		d.holds.AddCredential(d.key)
	}
	return response.Code
}

// sign is the device's answer to being asked.
func (d *device) sign(options string) string {
	d.t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(options)
	if err != nil {
		d.t.Fatal(err)
	}
	return virtualwebauthn.CreateAssertionResponse(d.site, d.holds, d.key, *asked)
}

// enter signs in with the key, and gives the status.
func (d *device) enter() int {
	d.t.Helper()
	ceremony, options, _ := d.begin("/connexion/cle/debut")
	return d.post("/connexion/cle?next=/contribuer&ceremony="+ceremony, d.sign(options)).Code
}

func TestAModeratorSignsInWithAPasskey(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	town.door.RequirePasskeys = true
	d := newDevice(t, town)
	d.cookie = town.signIn(t, "Maud", accounts.Moderator, accounts.ByLink)
	role := func() accounts.Role {
		request := httptest.NewRequest(http.MethodGet, "/compte", nil)
		request.Header.Set("Cookie", d.cookie)
		actor, err := town.door.Who(request)
		if err != nil {
			t.Fatal(err)
		}
		return actor.Role
	}
	if got := role(); got != accounts.Resident {
		t.Errorf("by a link she is %s", got)
	}
	expect(t, "her account", town.page(t, "/compte", "Cookie", d.cookie), "demande une clé d’accès", "Ajouter une clé")
	linked := d.cookie
	if status := d.add(); status != http.StatusOK || role() != accounts.Moderator || d.cookie == linked {
		t.Fatalf("adding the key: %d, then she is %s", status, role())
	}
	d.cookie = ""
	if status := d.enter(); status != http.StatusOK || role() != accounts.Moderator {
		t.Fatalf("entering by the key: %d, she is %s", status, role())
	}
	expect(t, "her account", town.page(t, "/compte", "Cookie", d.cookie), "Par clé d’accès", "Retirer cette clé", "not demande une clé")
}

// TestWhoReadsMailAddsNoKey is about somebody else who is signed in by a link.
func TestWhoReadsMailAddsNoKey(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	hers, thief := newDevice(t, town), newDevice(t, town)
	byLink := func() string {
		return cookieOf(town.sendForm("/connexion/lien", url.Values{"jeton": {town.askFor(t, "maud@example.org")}}))
	}
	hers.cookie = byLink()
	if status := hers.add(); status != http.StatusOK {
		t.Fatalf("her first key: %d", status)
	}
	thief.cookie = byLink()
	if status := thief.add(); status != http.StatusForbidden {
		t.Errorf("the thief's key: %d", status)
	}
	if response := town.sendForm("/compte/cles/retrait", url.Values{"key": {"1"}}, "Cookie", thief.cookie); response.Code != http.StatusForbidden {
		t.Errorf("taking her key away: %d", response.Code)
	}
	if response := town.sendForm("/compte/cles/retrait", url.Values{"key": {"1"}}, "Cookie", hers.cookie); response.Code != http.StatusSeeOther {
		t.Errorf("she takes it away: %d", response.Code)
	}
	if status := hers.enter(); status != http.StatusUnauthorized {
		t.Errorf("a key that was taken away: %d", status)
	}
}

func TestAPasskeyAnswersOnceHereAndForItsOwner(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	d := newDevice(t, town)
	d.cookie = town.signIn(t, "Maud", accounts.Moderator, accounts.ByLink)
	if status := d.add(); status != http.StatusOK {
		t.Fatal(status)
	}
	d.cookie = ""
	refused := func(what, ceremony, signed string) {
		t.Helper()
		if response := d.post("/connexion/cle?ceremony="+ceremony, signed); response.Code != http.StatusUnauthorized || d.cookie != "" {
			t.Errorf("%s: %d %s", what, response.Code, response.Body)
		}
	}
	ceremony, options, _ := d.begin("/connexion/cle/debut")
	signed := d.sign(options)
	other, _, _ := d.begin("/connexion/cle/debut")
	refused("an answer to another question", other, signed)
	phishing := *d
	phishing.site.Origin = "https://carte.example.fr.evil.example"
	refused("an answer to another site", ceremony, phishing.sign(options))
	refused("the same ceremony again", ceremony, signed)
	ceremony, options, _ = d.begin("/connexion/cle/debut")
	unverified := *d
	unverified.holds.Options.UserNotVerified = true
	refused("a device that asked nobody", ceremony, unverified.sign(options))
	stranger := newDevice(t, town)
	ceremony, options, _ = d.begin("/connexion/cle/debut")
	refused("an unknown key", ceremony, stranger.sign(options))
	refused("no answer at all", "", "{}")
	if _, err := town.db.Exec(t.Context(), `update users set blocked_at = now() where name = 'Maud'`); err != nil {
		t.Fatal(err)
	}
	if status := d.enter(); status != http.StatusForbidden || d.cookie != "" {
		t.Errorf("a blocked moderator: %d", status)
	}
}

package web

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"cartoquartiers/internal/accounts"
)

// townProvider is an identity provider: discovery, keys, authorization code with PKCE,
// and a token endpoint that checks client, code, verifier and redirect address
// (OpenID Connect Core 1.0, 3.1; RFC 7636). Whoever comes is signed in as person.
type townProvider struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	person map[string]any
	codes  map[string]url.Values  // what was asked for with each
	claims func(map[string]any)   // changes what the token says; nil for the truth
	signer func() *rsa.PrivateKey // nil for its own key
}

func newTownProvider(t *testing.T) *townProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &townProvider{t: t, key: key, codes: make(map[string]url.Values), person: map[string]any{"sub": "maud-7", "email": "Maud@Ville.example.fr", "email_verified": true}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", p.discover)
	mux.HandleFunc("/keys", p.keys)
	mux.HandleFunc("/authorize", p.authorize)
	mux.HandleFunc("/token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *townProvider) answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		p.t.Error(err)
	}
}

func (p *townProvider) discover(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (p *townProvider) keys(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
}

func (p *townProvider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != "carte" || q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 32 || len(q.Get("nonce")) < 32 ||
		!strings.Contains(q.Get("scope"), "openid") || q.Get("redirect_uri") != "https://carte.example.fr/connexion/ville/retour" {
		http.Error(w, "invalid_request", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.codes[code] = q
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (p *townProvider) token(w http.ResponseWriter, r *http.Request) {
	client, secret, _ := r.BasicAuth()
	asked := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if client != "carte" || secret != "s3cret-canary" || asked == nil || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) {
		w.WriteHeader(http.StatusBadRequest)
		p.answer(w, map[string]string{"error": "invalid_grant", "error_description": "s3cret-canary"})
		return
	}
	claims := map[string]any{"iss": p.URL, "aud": "carte", "nonce": asked.Get("nonce"), "iat": wednesday.Unix(), "exp": wednesday.Add(time.Minute).Unix()}
	for name, value := range p.person {
		claims[name] = value
	}
	if p.claims != nil {
		p.claims(claims)
	}
	p.answer(w, map[string]any{"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": p.sign(claims)})
}

func (p *townProvider) sign(claims map[string]any) string {
	key := p.key
	if p.signer != nil {
		key = p.signer()
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	text, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(text)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return compact
}

// newTownWith is a town with an identity provider.
func newTownWith(t *testing.T, signUp bool) (*testTown, *townProvider) {
	t.Helper()
	p := newTownProvider(t)
	town := newTownOf(t, func(d *Deps) {
		d.Town = &accounts.OIDC{
			DB: d.Pool, Clock: d.Clock, BaseURL: "https://carte.example.fr", Issuer: p.URL, Client: "carte", Secret: "s3cret-canary", SignUp: signUp,
		}
	})
	return town, p
}

// toProvider sends a browser to the provider, and gives what it comes back with.
func (town *testTown) toProvider(t *testing.T, next string) (way string, back *url.URL) {
	t.Helper()
	gone := town.get(t, "/connexion/ville?next="+url.QueryEscape(next))
	if gone.Code != http.StatusSeeOther {
		t.Fatalf("setting out: %d %s", gone.Code, gone.Body)
	}
	response, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(gone.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if back, err = response.Location(); err != nil {
		t.Fatalf("the provider answers %d, %v", response.StatusCode, err)
	}
	return cookieOf(gone), back
}

// sessionOf is the session that an answer sets; "" for none.
func sessionOf(response *httptest.ResponseRecorder) string {
	for _, cookie := range response.Result().Cookies() {
		if strings.HasSuffix(cookie.Name, "session") && cookie.MaxAge > 0 {
			return cookie.Name + "=" + cookie.Value
		}
	}
	return ""
}

func TestSomebodyOfTheTownSignsIn(t *testing.T) {
	t.Parallel()
	town, _ := newTownWith(t, true)
	if _, err := accounts.CreateUser(t.Context(), town.db, accounts.NewUser{Name: "Maud", Email: "maud@ville.example.fr", Role: accounts.Moderator}, wednesday); err != nil {
		t.Fatal(err)
	}
	for range 2 { // by the e-mail, then by the identity
		way, back := town.toProvider(t, "/contribuer")
		entered := town.get(t, back.RequestURI(), "Cookie", way)
		if entered.Code != http.StatusSeeOther || entered.Header().Get("Location") != "/contribuer" {
			t.Fatalf("%d %s", entered.Code, entered.Body)
		}
		expect(t, "her account", town.page(t, "/compte", "Cookie", sessionOf(entered)), "la modération", "Par le compte de la ville", "maud@ville.example.fr")
		if again := town.get(t, back.RequestURI(), "Cookie", way); again.Code != http.StatusUnauthorized || sessionOf(again) != "" {
			t.Errorf("the same answer again: %d", again.Code)
		}
	}
	expect(t, "the sign-in", town.page(t, "/connexion"), "/connexion/ville")
}

func TestAnswersThatAreNotTheTownsForUs(t *testing.T) {
	t.Parallel()
	town, p := newTownWith(t, true)
	stolen, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, claims := range map[string]func(map[string]any){
		"another audience": func(c map[string]any) { c["aud"] = "other" },
		"another issuer":   func(c map[string]any) { c["iss"] = "https://evil.example" },
		"another nonce":    func(c map[string]any) { c["nonce"] = "x" },
		"no nonce":         func(c map[string]any) { delete(c, "nonce") },
		"one that is over": func(c map[string]any) { c["exp"] = wednesday.Add(-time.Hour).Unix() },
		"another key":      func(map[string]any) { p.signer = func() *rsa.PrivateKey { return stolen } },
	} {
		p.claims, p.signer = claims, nil
		way, back := town.toProvider(t, "/")
		if response := town.get(t, back.RequestURI(), "Cookie", way); response.Code != http.StatusUnauthorized || sessionOf(response) != "" || strings.Contains(response.Body.String(), "s3cret") {
			t.Errorf("%s: %d %s", name, response.Code, response.Body)
		}
	}
	p.claims, p.signer = nil, nil
	way, back := town.toProvider(t, "/")
	_, otherBack := town.toProvider(t, "/")
	for name, c := range map[string]struct{ cookie, address string }{
		"a browser that did not set out": {"", back.RequestURI()},
		"the answer to another browser":  {way, otherBack.RequestURI()},
		"no code":                        {way, "/connexion/ville/retour?error=access_denied"},
	} {
		if response := town.get(t, c.address, "Cookie", c.cookie); response.Code != http.StatusUnauthorized || sessionOf(response) != "" {
			t.Errorf("%s: %d", name, response.Code)
		}
	}
}

func TestWhomTheTownDoesNotVouchFor(t *testing.T) {
	t.Parallel()
	town, p := newTownWith(t, false)
	if _, err := accounts.CreateUser(t.Context(), town.db, accounts.NewUser{Name: "Maud", Email: "maud@ville.example.fr", Role: accounts.Admin}, wednesday); err != nil {
		t.Fatal(err)
	}
	for name, person := range map[string]map[string]any{
		"an e-mail that nobody verified": {"sub": "x", "email": "maud@ville.example.fr"},
		"no e-mail":                      {"sub": "x"},
		"somebody without an account":    {"sub": "x", "email": "ali@ville.example.fr", "email_verified": true},
	} {
		p.person = person
		way, back := town.toProvider(t, "/")
		if response := town.get(t, back.RequestURI(), "Cookie", way); response.Code != http.StatusForbidden || sessionOf(response) != "" {
			t.Errorf("%s: %d", name, response.Code)
		}
	}
}

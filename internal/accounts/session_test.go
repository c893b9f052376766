package accounts_test

import (
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg/pgtest"
)

// hall is a door in a test, whose clock can be moved.
type hall struct {
	*accounts.Door
	t   *testing.T
	db  *pgxpool.Pool
	now time.Time
}

func newHall(t *testing.T, change func(*accounts.DoorOptions)) *hall {
	t.Helper()
	h := &hall{t: t, db: pgtest.New(t), now: noon}
	options := accounts.DoorOptions{DB: h.db, Clock: func() time.Time { return h.now }, BaseURL: "https://carte.example.fr"}
	if change != nil {
		change(&options)
	}
	var err error
	if h.Door, err = accounts.NewDoor(options); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hall) user(name string, role accounts.Role) int64 {
	h.t.Helper()
	id, err := accounts.CreateUser(h.t.Context(), h.db, accounts.NewUser{Name: name, Role: role}, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// request is one with cookies and pairs of header and value.
func request(method string, cookies []*http.Cookie, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "https://carte.example.fr/compte", nil)
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// signIn gives the cookies of a browser that came with some, and signs in.
func (h *hall) signIn(user int64, method accounts.Method, came ...*http.Cookie) []*http.Cookie {
	h.t.Helper()
	w := httptest.NewRecorder()
	if err := h.SignIn(w, request("POST", came), user, method); err != nil {
		h.t.Fatal(err)
	}
	return w.Result().Cookies()
}

func (h *hall) who(cookies []*http.Cookie) accounts.Actor {
	h.t.Helper()
	actor, err := h.Who(request("GET", cookies))
	if err != nil {
		h.t.Fatal(err)
	}
	return actor
}

func TestASessionIsACookieWhoseTokenIsNotKept(t *testing.T) {
	t.Parallel()
	h := newHall(t, nil)
	user := h.user("Rosa", accounts.Resident)
	cookies := h.signIn(user, accounts.ByLink)
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	c := cookies[0]
	if c.Name != "__Host-session" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %+v", c)
	}
	actor := h.who(cookies)
	if actor.User != user || actor.Role != accounts.Resident || actor.Session == 0 || actor.Method != accounts.ByLink || !actor.Granted("contribute") || actor.Granted("moderate") {
		t.Errorf("%+v", actor)
	}
	var hash []byte
	var row string
	if err := h.db.QueryRow(t.Context(), `select hash, s::text from sessions s`).Scan(&hash, &row); err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256([]byte(c.Value)); string(hash) != string(want[:]) || strings.Contains(row, c.Value) {
		t.Errorf("kept: %s", row)
	}
}

func TestWithoutASessionOneIsAVisitor(t *testing.T) {
	t.Parallel()
	h := newHall(t, nil)
	for name, cookies := range map[string][]*http.Cookie{
		"no cookie": nil, "an unknown one": {{Name: accounts.SafeCookie, Value: "abc"}},
		"one of another name": {{Name: accounts.PlainCookie, Value: h.signIn(h.user("Rosa", accounts.Resident), accounts.ByLink)[0].Value}},
	} {
		if actor := h.who(cookies); actor.Role != accounts.Visitor || actor.User != 0 || len(actor.PrefixHash) == 0 {
			t.Errorf("%s: %+v", name, actor)
		}
	}
	if _, err := h.Who(request("GET", nil, "Authorization", "Bearer cq_wrong")); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a wrong token: %v", err)
	}
}

func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for _, c := range []struct {
		role  accounts.Role
		every time.Duration // between visits
		lasts time.Duration // the last visit that finds the session, at most; the next one does not
	}{
		{accounts.Resident, 15 * 24 * hour, 0}, // idle
		{accounts.Resident, 13 * 24 * hour, 60 * 24 * hour},
		{accounts.Moderator, 13 * hour, 0},
		{accounts.Admin, 11 * hour, 7 * 24 * hour},
	} {
		h := newHall(t, nil)
		cookies := h.signIn(h.user("Rosa", c.role), accounts.ByLink)
		last := time.Duration(0)
		for h.now = noon.Add(c.every); h.who(cookies).User != 0; h.now = h.now.Add(c.every) {
			last = h.now.Sub(noon)
		}
		if last > c.lasts || last+c.every < c.lasts {
			t.Errorf("%s every %v: lasted %v, want about %v", c.role, c.every, last, c.lasts)
		}
	}
}

func TestSignInRenewsTheToken(t *testing.T) {
	t.Parallel()
	h := newHall(t, nil)
	rosa, maud := h.user("Rosa", accounts.Resident), h.user("Maud", accounts.Resident)
	planted := &http.Cookie{Name: accounts.SafeCookie, Value: "planted-by-somebody-else"}
	first := h.signIn(rosa, accounts.ByLink, planted)
	if first[0].Value == planted.Value || h.who([]*http.Cookie{planted}).User != 0 {
		t.Error("a token that was given to the browser became a session")
	}
	second := h.signIn(maud, accounts.ByLink, first...)
	if second[0].Value == first[0].Value || h.who(second).User != maud {
		t.Errorf("the second session: %+v", h.who(second))
	}
	if h.who(first).User != 0 {
		t.Error("the session before is still open")
	}
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	h := newHall(t, nil)
	rosa, maud := h.user("Rosa", accounts.Resident), h.user("Maud", accounts.Resident)
	phone, desk, hers := h.signIn(rosa, accounts.ByLink), h.signIn(rosa, accounts.ByPasskey), h.signIn(maud, accounts.ByLink)
	listed, err := accounts.Sessions(t.Context(), h.db, rosa)
	if err != nil || len(listed) != 2 || listed[0].Method != accounts.ByPasskey {
		t.Fatalf("%+v, %v", listed, err)
	}
	if err := accounts.RevokeSession(t.Context(), h.db, rosa, h.who(hers).Session); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	if err := accounts.RevokeSession(t.Context(), h.db, rosa, h.who(phone).Session); err != nil {
		t.Fatal(err)
	}
	if h.who(phone).User != 0 || h.who(desk).User != rosa || h.who(hers).User != maud {
		t.Error("another session than the revoked one ended")
	}
	if err := accounts.BlockUser(t.Context(), h.db, rosa, h.now); err != nil {
		t.Fatal(err)
	}
	if h.who(desk).User != 0 {
		t.Error("a blocked user has a session")
	}
	if err := accounts.UnblockUser(t.Context(), h.db, rosa, h.now); err != nil {
		t.Fatal(err)
	}
	if h.who(desk).User != 0 {
		t.Error("the session came back with the user")
	}
	w := httptest.NewRecorder()
	if err := h.SignOut(w, request("POST", hers)); err != nil {
		t.Fatal(err)
	}
	if h.who(hers).User != 0 || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Error("signing out left the session, or the cookie")
	}
}

func TestTheCookieChangesNothingForOtherSites(t *testing.T) {
	t.Parallel()
	h := newHall(t, nil)
	cookies := h.signIn(h.user("Rosa", accounts.Resident), accounts.ByLink)
	for _, c := range []struct {
		method  string
		headers []string
		refused bool
	}{
		{"POST", []string{"Sec-Fetch-Site", "same-origin"}, false},
		{"POST", []string{"Sec-Fetch-Site", "none"}, false},
		{"POST", []string{"Sec-Fetch-Site", "same-site"}, true},
		{"POST", []string{"Sec-Fetch-Site", "cross-site"}, true},
		{"DELETE", []string{"Origin", "https://evil.example"}, true},
		{"POST", []string{"Origin", "null"}, true},
		{"POST", []string{"Origin", "https://carte.example.fr"}, false},
		{"GET", []string{"Sec-Fetch-Site", "cross-site"}, false},
	} {
		_, err := h.Who(request(c.method, cookies, c.headers...))
		if refused := fault.Is(err, fault.Forbidden); refused != c.refused || err != nil && !refused {
			t.Errorf("%s with %v: %v", c.method, c.headers, err)
		}
	}
}

func TestTheCookieOfThisMachineAlone(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"": accounts.PlainCookie, "http://localhost:8080": accounts.PlainCookie, "http://127.0.0.1": accounts.PlainCookie, "http://[::1]:1": accounts.PlainCookie,
		"http://carte.example.fr": accounts.SafeCookie, "https://localhost": accounts.SafeCookie, "http://localhost.evil.example": accounts.SafeCookie,
	} {
		if got := accounts.CookieName(base); got != want {
			t.Errorf("at %q: %s", base, got)
		}
	}
}

func TestModeratorsNeedAPasskeyWhereTheTownSaysSo(t *testing.T) {
	t.Parallel()
	h := newHall(t, func(o *accounts.DoorOptions) { o.RequirePasskeys = true })
	for _, role := range []accounts.Role{accounts.Moderator, accounts.Admin} {
		user := h.user(string(role), role)
		for method, want := range map[accounts.Method]accounts.Role{accounts.ByLink: accounts.Resident, accounts.ByPasskey: role, accounts.ByOIDC: role} {
			actor := h.who(h.signIn(user, method))
			if actor.Role != want || actor.Granted("moderate") != (want == role) {
				t.Errorf("%s by %s: %+v", role, method, actor)
			}
		}
	}
}

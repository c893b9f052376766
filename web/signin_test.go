package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/internal/mail"
)

// links are those of a town, which reaches the world at carte.example.fr.
func (town *testTown) links(t *testing.T, clock func() time.Time) *accounts.Links {
	t.Helper()
	links, err := accounts.NewLinks(accounts.Links{DB: town.db, Clock: clock, BaseURL: "https://carte.example.fr", SignUp: true})
	if err != nil {
		t.Fatal(err)
	}
	town.letters = &letterBox{}
	town.postOffice = &mail.Post{DB: town.db, Mailer: town.letters, Writers: links.Writers()}
	return links
}

// letterBox keeps what was sent.
type letterBox struct{ got []mail.Message }

func (b *letterBox) Send(_ context.Context, m mail.Message) error {
	b.got = append(b.got, m)
	return nil
}

// deliver sends what waits, as the job does, and gives what was sent since.
func (town *testTown) deliver(t *testing.T) []mail.Message {
	t.Helper()
	town.letters.got = nil
	for _, row := range waitingMails(t, town.db) {
		if err := town.postOffice.Errand().Do(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	return town.letters.got
}

func waitingMails(t *testing.T, db *pgxpool.Pool) (all []int64) {
	t.Helper()
	rows, err := db.Query(t.Context(), `select id from mails order by id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	return all
}

// send posts a form; headers are name, value, name, value.
func (town *testTown) sendForm(address string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	response := httptest.NewRecorder()
	town.ServeHTTP(response, request)
	return response
}

var linkInMail = regexp.MustCompile(`https://\S+/connexion/lien\?jeton=([\w-]+)\S*`)

// askFor asks for a link and gives the token in the mail that came; "" for none.
func (town *testTown) askFor(t *testing.T, email string, pairs ...string) string {
	t.Helper()
	form := url.Values{"email": {email}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	if response := town.sendForm("/connexion", form); response.Code != http.StatusOK {
		t.Fatalf("asking: %d %s", response.Code, response.Body)
	}
	for _, m := range town.deliver(t) {
		if found := linkInMail.FindStringSubmatch(m.Text); m.To == strings.ToLower(email) && found != nil {
			return found[1]
		}
	}
	return ""
}

func cookieOf(response *httptest.ResponseRecorder) string {
	cookie, _, _ := strings.Cut(response.Header().Get("Set-Cookie"), ";")
	return cookie
}

func TestAResidentSignsInWithALink(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	token := town.askFor(t, "Rosa@Example.org", "next", "/contribuer?a=b")
	if len(token) != 43 {
		t.Fatalf("the token is %q, want 32 bytes", token)
	}
	opened := town.page(t, "/connexion/lien?jeton="+token)
	expect(t, "the link", opened, `method="post"`, token, "Entrer")
	for range 3 { // programs that look through mails
		town.page(t, "/connexion/lien?jeton="+token)
	}
	response := town.sendForm("/connexion/lien", url.Values{"jeton": {token}})
	if response.Code != http.StatusSeeOther || response.Header().Get("Location") != "/contribuer?a=b" || response.Header().Get("Cache-Control") == "" {
		t.Fatalf("%d %v", response.Code, response.Header())
	}
	page := town.get(t, "/compte", "Cookie", cookieOf(response))
	expect(t, "the account", page.Body.String(), "rosa@example.org", "une habitante ou un habitant", "Par lien reçu", "cet appareil")
	if cache := page.Header().Get("Cache-Control"); !strings.Contains(cache, "no-store") {
		t.Errorf("the account may be kept: %q", cache)
	}
	if again := town.sendForm("/connexion/lien", url.Values{"jeton": {token}}); again.Code != http.StatusGone || cookieOf(again) != "" {
		t.Errorf("the same link again: %d", again.Code)
	}
	if again := town.get(t, "/connexion/lien?jeton="+token); again.Code != http.StatusGone {
		t.Errorf("the same link again: %d", again.Code)
	}
	signedOut := town.sendForm("/deconnexion", nil, "Cookie", cookieOf(response))
	if signedOut.Code != http.StatusSeeOther || town.get(t, "/compte", "Cookie", cookieOf(response)).Code != http.StatusSeeOther {
		t.Errorf("signing out: %d", signedOut.Code)
	}
	second := town.askFor(t, "rosa@example.org")
	if second == "" || town.sendForm("/connexion/lien", url.Values{"jeton": {second}}).Header().Get("Location") != "/compte" {
		t.Error("she cannot come back")
	}
	var users int
	if err := town.db.QueryRow(t.Context(), `select count(*) from users`).Scan(&users); err != nil || users != 1 {
		t.Errorf("%d users, %v", users, err)
	}
}

// TestNoOtherSiteIsLedTo is about open redirects: next, as parameter, form field
// and in the link, leads to own paths only.
func TestNoOtherSiteIsLedTo(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for i, next := range []string{
		"https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example", "/%09/evil.example\n",
		"http:evil.example", "https:/evil.example", "///evil.example", "evil", "/..//evil.example\\", " /x", "/x\r\nSet-Cookie: a=b", "/%2F/evil.example",
	} {
		token := town.askFor(t, fmt.Sprintf("rosa%d@example.org", i), "next", next)
		got := town.sendForm("/connexion/lien", url.Values{"jeton": {token}}).Header().Get("Location")
		if got != "/compte" && got != "/%2F/evil.example" { // the last is a path of ours
			t.Errorf("%q leads to %q", next, got)
		}
		form := town.page(t, "/connexion?next="+url.QueryEscape(next))
		if strings.Contains(form, `name="next"`) && next != "/%2F/evil.example" {
			t.Errorf("%q stands in the form", next)
		}
	}
}

// TestLinksAreBuiltFromTheConfiguredAddress asks under other hosts.
func TestLinksAreBuiltFromTheConfiguredAddress(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for i, headers := range [][]string{
		{"Host", "evil.example"}, {"X-Forwarded-Host", "evil.example"}, {"Forwarded", "host=evil.example"}, {"X-Forwarded-Proto", "gopher"},
		{"Host", "carte.example.fr@evil.example"}, {"Origin", "https://evil.example"},
	} {
		town.sendForm("/connexion", url.Values{"email": {fmt.Sprintf("rosa%d@example.org", i)}, "host": {"evil.example"}}, headers...)
		letters := town.deliver(t)
		if len(letters) != 1 {
			t.Fatalf("%v: %d letters", headers, len(letters))
		}
		for _, text := range []string{letters[0].Text, letters[0].HTML} {
			if strings.Contains(text, "evil") || strings.Contains(text, "gopher") || !strings.Contains(text, "https://carte.example.fr/connexion/lien?jeton=") {
				t.Errorf("%v: %s", headers, text)
			}
		}
	}
}

// TestHeadersOfMailCannotBeAddedThroughTheForm sends addresses that would.
func TestHeadersOfMailCannotBeAddedThroughTheForm(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for _, email := range []string{"rosa@example.org\r\nBcc: all@example.org", "rosa@example.org\nSubject: x", "rosa@example.org%0aBcc:x@y.fr", "rosa@example.org,maud@example.org", "<rosa@example.org>"} {
		response := town.sendForm("/connexion", url.Values{"email": {email}})
		if response.Code != http.StatusBadRequest || len(waitingMails(t, town.db)) != 0 {
			t.Errorf("%q: %d, %d letters", email, response.Code, len(waitingMails(t, town.db)))
		}
		expect(t, email, response.Body.String(), "n’est pas complète")
	}
}

// TestAskingForLinksLocksNobodyOut floods one account, then one address.
func TestAskingForLinksLocksNobodyOut(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	var tokens []string
	for range 10 {
		if token := town.askFor(t, "rosa@example.org"); token != "" {
			tokens = append(tokens, token)
		}
	}
	if len(tokens) != 3 {
		t.Fatalf("%d letters of 10 asked for, want 3", len(tokens))
	}
	if other := town.askFor(t, "maud@example.org"); other == "" {
		t.Error("another account gets no letter")
	}
	last := 0
	for i := range 40 {
		last = town.sendForm("/connexion", url.Values{"email": {fmt.Sprintf("p%d@example.org", i)}}).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("50 times from one address: %d", last)
	}
	elsewhere := httptest.NewRequest(http.MethodPost, "/connexion", strings.NewReader("email=ali%40example.org"))
	elsewhere.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	elsewhere.RemoteAddr = "198.51.100.7:1234"
	response := httptest.NewRecorder()
	if town.ServeHTTP(response, elsewhere); response.Code != http.StatusOK {
		t.Errorf("from another address: %d", response.Code)
	}
	for _, token := range tokens[:1] { // the flooded account, from the flooding address
		if response := town.sendForm("/connexion/lien", url.Values{"jeton": {token}}); response.Code != http.StatusSeeOther {
			t.Errorf("the link that she has: %d", response.Code)
		}
	}
}

// TestSigningInIsNotBegunWithoutEnd begins with a passkey and at the town, from one address.
func TestSigningInIsNotBegunWithoutEnd(t *testing.T) {
	t.Parallel()
	town, _ := newTownWith(t, true)
	begin := map[string]func() int{
		"a passkey": func() int { return town.sendForm("/connexion/cle/debut", nil).Code },
		"the town":  func() int { return town.get(t, "/connexion/ville").Code },
	}
	for range beginsPerHour / len(begin) {
		for name, one := range begin {
			if code := one(); code == http.StatusTooManyRequests {
				t.Fatalf("%s: refused before the limit", name)
			}
		}
	}
	for name, one := range begin {
		if code := one(); code != http.StatusTooManyRequests {
			t.Errorf("%s: %d beyond the limit", name, code)
		}
	}
	var kept int
	if err := town.db.QueryRow(t.Context(), `select count(*) from ceremonies`).Scan(&kept); err != nil || kept != beginsPerHour {
		t.Errorf("%d rows, %v", kept, err)
	}
}

// TestKnownAndUnknownAddressesAreToldApartByNothing compares words, headers and
// time. A difference that is there for whoever listens is there at each reading,
// and on the same side; what else the machine does is not.
func TestKnownAndUnknownAddressesAreToldApartByNothing(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	town.sendForm("/connexion/lien", url.Values{"jeton": {town.askFor(t, "known@example.org")}})
	sides := map[bool]int{}
	const readings = 4
	for reading := range readings {
		known, other := town.answersToSignIn(t, reading)
		if known.words != other.words {
			t.Fatalf("they are told\n%s\nand\n%s", known.words, other.words)
		}
		t.Logf("medians: known %v, unknown %v", known.median(), other.median())
		ratio := float64(known.median()) / float64(other.median())
		if ratio > 0.75 && ratio < 1.33 {
			return
		}
		sides[ratio > 1]++
	}
	if sides[true] == readings || sides[false] == readings {
		t.Errorf("one of them is answered faster in each of %d readings", readings)
	}
}

// answers are those to the same question asked again and again.
type answers struct {
	words string // of the last one
	took  []time.Duration
}

func (a *answers) median() time.Duration {
	slices.Sort(a.took)
	return a.took[len(a.took)/2]
}

// answersToSignIn asks by turns for a link to an address that has an account, and
// to one that has none. No limit is in the way: each round comes from elsewhere.
func (town *testTown) answersToSignIn(t *testing.T, reading int) (known, other answers) {
	t.Helper()
	type question struct {
		email string
		*answers
	}
	order := []question{{"known@example.org", &known}, {"other@example.org", &other}}
	for i := range 60 {
		slices.Reverse(order)
		for _, asked := range order {
			request := httptest.NewRequest(http.MethodPost, "/connexion", strings.NewReader(url.Values{"email": {asked.email}}.Encode()))
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.RemoteAddr = fmt.Sprintf("198.51.%d.%d:1", reading, i)
			response := httptest.NewRecorder()
			begun := time.Now()
			town.ServeHTTP(response, request)
			asked.took = append(asked.took, time.Since(begun))
			response.Header().Del("Date")
			said := strings.ReplaceAll(fmt.Sprint(response.Code, response.Header(), response.Body), asked.email, "EMAIL")
			asked.words = regexp.MustCompile(`X-Ratelimit-\w+:\[\d+\] ?`).ReplaceAllString(said, "")
		}
	}
	return known, other
}

// TestSecretsOfSigningInStayWhereTheyBelong reads the log, the addresses that
// browsers are sent to, and every table, after all that can happen to a link.
func TestSecretsOfSigningInStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	var log bytes.Buffer
	logged := httpkit.Observe(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), httpkit.NewMetrics(), time.Now)(town.Handler)
	town.Handler = logged
	token := town.askFor(t, "xq7rosa@example.org", "next", "/contribuer")
	var everything string
	dump := func() {
		if err := town.db.QueryRow(t.Context(), `
			select concat(
				(select string_agg(s::text, ' ') from sessions s), (select string_agg(l::text, ' ') from login_links l),
				(select string_agg(m::text, ' ') from mails m), (select string_agg(j::text, ' ') from river_job j), (select string_agg(u::text, ' ') from users u)
			)`).Scan(&everything); err != nil {
			t.Fatal(err)
		}
	}
	dump()
	if strings.Contains(everything, token) || !strings.Contains(everything, "xq7rosa") {
		t.Errorf("the database holds the token of a link, or the test looks at nothing: %s", everything)
	}
	town.get(t, "/connexion/lien?jeton="+token)
	town.get(t, "/connexion/lien?jeton="+token+"x")
	entered := town.sendForm("/connexion/lien", url.Values{"jeton": {token}})
	session := strings.SplitN(cookieOf(entered), "=", 2)[1]
	town.get(t, "/compte", "Cookie", cookieOf(entered))
	town.sendForm("/connexion/lien", url.Values{"jeton": {token}})
	town.sendForm("/connexion", url.Values{"email": {"xq7wrong"}})
	dump()
	for where, text := range map[string]string{"log": log.String(), "database": everything, "Location": entered.Header().Get("Location"), "body": entered.Body.String()} {
		for _, secret := range []string{token, session} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s holds a secret: %s", where, text)
			}
		}
	}
	if strings.Contains(log.String(), "xq7") || !strings.Contains(log.String(), "/connexion/lien") {
		t.Errorf("the log: %s", &log)
	}
}

func TestAClosedTownSendsNothingToStrangers(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	links, err := accounts.NewLinks(accounts.Links{DB: town.db, Clock: func() time.Time { return wednesday }, BaseURL: "https://carte.example.fr"})
	if err != nil {
		t.Fatal(err)
	}
	town.postOffice.Writers = links.Writers()
	if token := town.askFor(t, "rosa@example.org"); token != "" {
		t.Error("a stranger got a link")
	}
}

func TestFormsOfTheAccountNeedTheirOwnSite(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	cookie := town.signIn(t, "Rosa", accounts.Resident, accounts.ByLink)
	for _, path := range []string{"/compte/langue", "/compte/connexions", "/compte/effacer", "/deconnexion", "/connexion", "/connexion/lien"} {
		for _, site := range []string{"cross-site", "same-site"} {
			response := town.sendForm(path, url.Values{"sure": {"1"}, "all": {"1"}, "email": {"a@example.org"}}, "Cookie", cookie, "Sec-Fetch-Site", site)
			if response.Code != http.StatusForbidden || response.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s from %s: %d", path, site, response.Code)
			}
		}
		if response := town.get(t, path, "Cookie", cookie); response.Code == http.StatusSeeOther || response.Header().Get("Set-Cookie") != "" {
			t.Errorf("GET %s does something: %d", path, response.Code)
		}
	}
	if page := town.get(t, "/compte", "Cookie", cookie); page.Code != http.StatusOK {
		t.Errorf("she was signed out: %d", page.Code)
	}
}

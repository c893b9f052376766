package following_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
)

const proposal = `{"action":"create","place":{"name":"Ruche","category":"association","position":[-1.56,47.22]}}`

func TestAnAuthorIsToldWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	received := w.submit(w.rosa, proposal)
	m := w.one("rosa@example.org")
	says(t, m, "bien reçu votre proposition : un nouveau lieu (Ruche)", "7 mai 2026")
	if m.Subject != "Bien reçu" || !strings.Contains(m.Text, fmt.Sprintf("https://carte.example.fr/mes-contributions/%d", received.ID)) {
		t.Errorf("%q:\n%s", m.Subject, m.Text)
	}
	version := w.decide(received.ID, received.Version, moderation.Verdict{Outcome: moderation.NeedsInfo, Message: "Quelle <b>entrée</b> ?"})
	m = w.one("rosa@example.org")
	says(t, m, "une question", "Quelle <b>entrée</b> ?")
	if _, err := w.road.Answer(t.Context(), w, w.rosa, received.ID, "La verte.", w.now); err != nil {
		t.Fatal(err)
	}
	version = w.decide(received.ID, version+1, moderation.Verdict{Outcome: moderation.Refused, Reason: "unverifiable", Message: "Introuvable."})
	says(t, w.one("rosa@example.org"), "n'est pas retenue", "Motif : impossible à vérifier", "Introuvable.")
	if _, err := w.road.Appeal(t.Context(), w, w.rosa, received.ID, "Elle existe.", w.now); err != nil {
		t.Fatal(err)
	}
	says(t, w.one("rosa@example.org"), "reçu votre appel")
	if _, err := w.Exec(t.Context(), `update users set language = 'en' where id = $1`, w.rosa.User); err != nil {
		t.Fatal(err)
	}
	colleague := w.person("colin", accounts.Moderator)
	verdict := moderation.Verdict{ID: received.ID, Version: version + 1, Outcome: moderation.Accepted}
	if _, err := w.road.Decide(t.Context(), w, colleague, verdict, w.now); err != nil {
		t.Fatal(err)
	}
	says(t, w.one("rosa@example.org"), "Your proposal is accepted: a new place (Ruche). Thank you!")
	if again := w.mailed(); len(again) != 0 {
		t.Errorf("told again: %+v", again)
	}
}

func TestAVisitorIsToldAtTheAddressThatTheyGave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	visitor := accounts.Actor{Role: accounts.Visitor, Grants: accounts.GrantsOf(accounts.Visitor), PrefixHash: []byte("somewhere")}
	w.submit(visitor, strings.Replace(proposal, `"action"`, `"email":"Camille@Example.org","action"`, 1))
	says(t, w.one("camille@example.org"), "bien reçu", "avec le code")
	w.submit(visitor, strings.Replace(proposal, "Ruche", "Sans adresse", 1))
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("without an address: %+v", sent)
	}
}

// What a rule accepts at once, in the name of its author, needs no letter.
func TestNobodyIsToldWhatTheyDidThemselves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	place := w.library("Médiathèque", -1.55)
	w.edit(place, 1, `{"phone":"02 40 00 00 01"}`)
	waiting := w.submit(w.rosa, proposal)
	w.one("rosa@example.org")
	if _, err := moderation.Withdraw(t.Context(), w, w.rosa, waiting.ID, w.now); err != nil {
		t.Fatal(err)
	}
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("%+v", sent)
	}
}

func TestWhatWasErasedIsToldToNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	received := w.submit(w.rosa, proposal)
	if _, err := w.letters.Tell(t.Context()); err != nil { // the letter waits
		t.Fatal(err)
	}
	if _, err := w.Exec(t.Context(), `select erase_contribution($1, $2)`, received.ID, w.now); err != nil {
		t.Fatal(err)
	}
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("%+v", sent)
	}
}

func TestMailThatBouncesStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuse = fmt.Errorf("550: %w", mail.ErrRejected)
	w.submit(w.rosa, proposal)
	w.mailed()
	w.refuse = nil
	w.submit(w.rosa, strings.Replace(proposal, "Ruche", "Autre", 1))
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("after a refusal for good: %+v", sent)
	}
	if err := mail.Resume(t.Context(), w, "rosa@example.org"); err != nil {
		t.Fatal(err)
	}
	w.submit(w.rosa, strings.Replace(proposal, "Ruche", "Encore", 1))
	w.one("rosa@example.org")
	if err := mail.Stop(t.Context(), w, " Rosa@example.org", w.now); err != nil {
		t.Fatal(err)
	}
	w.submit(w.rosa, strings.Replace(proposal, "Ruche", "Enfin", 1))
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("after the town said so: %+v", sent)
	}
}

func (w *world) follow(text string) following.Follow {
	w.t.Helper()
	f, err := following.DecodeFollow([]byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	added, err := following.Add(w.t.Context(), w, w.rosa, f, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return added
}

// A letter tells what changed since the last one, with before and after, each place once.
func TestWhoFollowsIsToldBeforeAndAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	near, far := w.library("Médiathèque", -1.55), w.library("Lointaine", 1.05)
	followed := fmt.Sprintf(`{"place":%d}`, near)
	for name, text := range map[string]string{
		"place": followed, "neighbourhood": `{"neighbourhood":"centre"}`,
		"area": `{"area":{"type":"Polygon","coordinates":[[[-1.56,47.24],[-1.54,47.24],[-1.54,47.26],[-1.56,47.26],[-1.56,47.24]]]}}`,
	} {
		f := w.follow(text)
		w.now = w.now.Add(24 * time.Hour)
		w.mailed() // the first turn has nothing to tell
		revision := w.revision(near)
		w.edit(near, revision, `{"phone":"02 40 00 00 01","opening_hours":"Mo-Fr 09:00-18:00"}`)
		w.edit(near, revision+1, `{"phone":"02 40 00 00 02"}`)
		w.edit(far, w.revision(far), fmt.Sprintf(`{"operator":"Ville, %s"}`, name))
		if sent := w.mailed(); len(sent) != 0 {
			t.Errorf("%s: before its turn: %+v", name, sent)
		}
		w.now = w.now.Add(24 * time.Hour)
		m := w.one("rosa@example.org")
		says(t, m, "Médiathèque", fmt.Sprintf("https://carte.example.fr/lieux/%d", near), "+33240000002")
		if strings.Contains(m.Text, "Lointaine") || strings.Contains(m.Text, "+33240000001") || strings.Count(m.Text, "Médiathèque") != 1 || m.Unsubscribe == "" {
			t.Errorf("%s:\n%s", name, m.Text)
		}
		w.edit(near, revision+2, `{"phone":"02 40 41 90 00","opening_hours":null}`)
		w.now = w.now.Add(24 * time.Hour)
		says(t, w.one("rosa@example.org"), "Mo-Fr 09:00-18:00", "(retiré)")
		if err := following.Remove(t.Context(), w, w.rosa, f.ID); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) revision(place any) (number int) {
	w.t.Helper()
	if err := w.QueryRow(w.t.Context(), `select live_revision from places where id = $1`, place).Scan(&number); err != nil {
		w.t.Fatal(err)
	}
	return number
}

func TestAFollowedOrganisationTellsOfItsRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.library("Local associatif", -1.55)
	organisation, err := accounts.CreateOrganisation(t.Context(), w, "Les Lilas", w.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Exec(t.Context(), `update places set organisation_id = $2 where id = $1`, own, organisation); err != nil {
		t.Fatal(err)
	}
	w.follow(fmt.Sprintf(`{"organisation":%d}`, organisation))
	w.mailed()
	w.library("Une autre", -1.54)
	w.edit(own, 1, `{"operator":"Les Lilas"}`)
	w.now = w.now.Add(24 * time.Hour)
	if m := w.one("rosa@example.org"); strings.Contains(m.Text, "Une autre") || !strings.Contains(m.Text, "exploitant : Les Lilas") {
		t.Error(m.Text)
	}
}

// What was hidden between its change and the letter is not told.
func TestALetterTellsNothingHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	place := w.library("Canari", -1.55)
	w.follow(`{"neighbourhood":"centre"}`)
	w.mailed()
	w.edit(place, 1, `{"phone":"02 40 00 00 01"}`)
	w.submit(w.maud, fmt.Sprintf(`{"action":"hide","place_id":%d,"base_revision":2,"face":"withheld","reason":"spam","message":"x"}`, place))
	w.now = w.now.Add(24 * time.Hour)
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("%+v", sent)
	}
	if _, err := following.Add(t.Context(), w, w.rosa, following.Follow{Place: place}, w.now); !fault.Is(err, fault.NotFound) {
		t.Errorf("following what is hidden: %v", err)
	}
}

func TestPaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	place := w.library("Médiathèque", -1.55)
	w.follow(fmt.Sprintf(`{"place":%d}`, place))
	w.mailed()
	for pace, want := range map[following.Pace]time.Time{
		following.Hourly: time.Date(2026, 4, 30, 11, 0, 0, 0, time.UTC),
		following.Daily:  time.Date(2026, 5, 1, 5, 0, 0, 0, time.UTC), // seven in Paris
		following.Weekly: time.Date(2026, 5, 4, 5, 0, 0, 0, time.UTC), // Monday
	} {
		if err := w.letters.SetPace(t.Context(), w.rosa, pace); err != nil {
			t.Fatal(err)
		}
		var due time.Time
		if err := w.QueryRow(t.Context(), `select updates_at from digests where user_id = $1`, w.rosa.User).Scan(&due); err != nil || !due.Equal(want) {
			t.Errorf("%s: %s, %v; want %s", pace, due.UTC(), err, want)
		}
	}
	if err := w.letters.SetPace(t.Context(), w.rosa, "monthly"); !fault.Is(err, fault.Invalid) {
		t.Errorf("monthly: %v", err)
	}
}

func TestModeratorsAreToldInTheMorningWhatIsOverdue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.submit(w.rosa, proposal)
	if sent := w.mailed(); len(sent) != 1 { // Rosa's receipt
		t.Fatalf("%+v", sent)
	}
	w.now = time.Date(2026, 5, 1, 5, 1, 0, 0, time.UTC)
	m := w.one("maud@example.org")
	says(t, m, "En attente dans votre périmètre : ", "https://carte.example.fr/moderation")
	if m.Subject != "1 en attente" {
		t.Errorf("subject %q", m.Subject)
	}
	w.now = w.now.Add(time.Hour)
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("twice a day: %+v", sent)
	}
	w.now = time.Date(2026, 5, 9, 5, 1, 0, 0, time.UTC)
	if m := w.one("maud@example.org"); m.Subject != "1 en retard, 1 en attente" {
		t.Errorf("subject %q", m.Subject)
	}
	// One letter for all: she follows something, too.
	place := w.library("Médiathèque", -1.55)
	if _, err := following.Add(t.Context(), w, w.maud, following.Follow{Neighbourhood: "centre"}, w.now); err != nil {
		t.Fatal(err)
	}
	w.mailed()
	w.edit(place, 1, `{"phone":"02 40 00 00 01"}`)
	w.now = time.Date(2026, 5, 10, 5, 1, 0, 0, time.UTC)
	says(t, w.one("maud@example.org"), "En attente", "Médiathèque")
	if _, err := w.Exec(t.Context(), `insert into user_scopes (user_id, neighbourhood) values ($1, 'ailleurs')`, w.maud.User); err != nil {
		t.Fatal(err)
	}
	w.now = time.Date(2026, 5, 11, 5, 1, 0, 0, time.UTC)
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("of another scope: %+v", sent)
	}
}

func TestTheLinkInALetterEndsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	place := w.library("Médiathèque", -1.55)
	w.follow(fmt.Sprintf(`{"place":%d}`, place))
	w.mailed()
	w.edit(place, 1, `{"phone":"02 40 00 00 01"}`)
	w.now = w.now.Add(24 * time.Hour)
	_, token, _ := strings.Cut(w.one("rosa@example.org").Unsubscribe, "jeton=")
	for _, wrong := range []string{"", "x", token + "0"} {
		if err := following.Stop(t.Context(), w, wrong); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := following.List(t.Context(), w, w.rosa); err != nil || !all.Told {
		t.Errorf("%+v, %v", all, err)
	}
	if err := following.Stop(t.Context(), w, token); err != nil {
		t.Fatal(err)
	}
	w.edit(place, 2, `{"phone":"02 40 00 00 02"}`)
	w.now = w.now.Add(24 * time.Hour)
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("%+v", sent)
	}
	if all, err := following.List(t.Context(), w, w.rosa); err != nil || all.Told || len(all.Follows) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestWhatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for text, kind := range map[string]fault.Kind{
		`{}`: fault.Invalid, `{"place":1,"organisation":1}`: fault.Invalid, `{"id":1,"place":1}`: fault.Invalid, `{"tower":1}`: fault.Invalid,
		`{"place":99}`: fault.NotFound, `{"neighbourhood":"nulle-part"}`: fault.NotFound, `{"organisation":99}`: fault.NotFound,
		`{"area":{"type":"Point","coordinates":[0,0]}}`:                                 fault.Invalid,
		`{"area":{"type":"Polygon","coordinates":[]}}`:                                  fault.Invalid,
		`{"area":{"type":"GeometryCollection","geometries":[null]}}`:                    fault.Invalid,
		`{"area":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}}`:               fault.Invalid,
		`{"area":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,9],[0,0]]]}}`:   fault.Invalid, // a country
		`{"area":{"type":"Polygon","coordinates":[[[0,0],[0,0],[0,0],[0,0]]]}}`:         fault.Invalid,
		`{"area":{"type":"Polygon","coordinates":[[[500,0],[501,0],[501,1],[500,0]]]}}`: fault.Invalid,
	} {
		f, err := following.DecodeFollow([]byte(text))
		if err == nil {
			_, err = following.Add(t.Context(), w, w.rosa, f, w.now)
		}
		if !fault.Is(err, kind) {
			t.Errorf("%s: %v, want %v", text, err, kind)
		}
	}
	if _, err := w.Exec(t.Context(), `update users set email = null where id = $1`, w.rosa.User); err != nil {
		t.Fatal(err)
	}
	if _, err := following.Add(t.Context(), w, w.rosa, following.Follow{Neighbourhood: "centre"}, w.now); !fault.Is(err, fault.Conflict) {
		t.Errorf("without an address: %v", err)
	}
}

func TestAnAreaOfManyCornersIsFollowedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ring := make([]orb.Point, moderation.MaxCorners)
	for i := range ring {
		turn := 2 * math.Pi * float64(i%(len(ring)-1)) / float64(len(ring)-1)
		ring[i] = orb.Point{-1.55 + 0.01*math.Cos(turn), 47.25 + 0.01*math.Sin(turn)}
	}
	text, err := json.Marshal(geojson.NewGeometry(orb.Polygon{ring}))
	if err != nil {
		t.Fatal(err)
	}
	first, err := following.Add(t.Context(), w, w.rosa, following.Follow{Area: text}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := following.Add(t.Context(), w, w.rosa, following.Follow{Area: text}, w.now); err != nil || again.ID != first.ID {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestAnOwnerIsToldOfOthers: members get what others changed in the records of their
// organisation, once, and nothing of what they did themselves.
func TestAnOwnerIsToldOfOthers(t *testing.T) {
	w := newWorld(t)
	organisation, err := accounts.CreateOrganisation(t.Context(), w, "Les Lilas", w.now)
	if err != nil {
		t.Fatal(err)
	}
	mina := accounts.Actor{Role: accounts.Member, Organisation: organisation, Grants: accounts.GrantsOf(accounts.Member)}
	mina.User, err = accounts.CreateUser(t.Context(), w, accounts.NewUser{Name: "Mina", Role: accounts.Member, Organisation: organisation, Email: "mina@example.org"}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := w.library("Annexe", -1.55), w.library("Ludothèque", -1.54)
	if _, err := moderation.SetOwner(t.Context(), w, w.maud, ours, organisation, w.now); err != nil {
		t.Fatal(err)
	}
	if sent := w.mailed(); len(sent) != 0 { // she has her place among those who are told from now on
		t.Fatalf("%+v", sent)
	}
	w.submit(mina, fmt.Sprintf(`{"action":"edit","place_id":%d,"base_revision":1,"patch":{"operator":"Les Lilas"}}`, ours))
	w.edit(theirs, 1, `{"operator":"La Ville"}`)
	w.now = w.now.AddDate(0, 0, 1)
	if sent := w.mailed(); len(sent) != 0 {
		t.Errorf("she is told of her own: %+v", sent)
	}
	w.edit(ours, 2, `{"phone":"02 40 41 90 99"}`)
	if _, err := following.Add(t.Context(), w, mina, following.Follow{Organisation: organisation}, w.now); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.AddDate(0, 0, 1)
	letter := w.one("mina@example.org")
	says(t, letter, "Ce que d'autres ont changé dans vos fiches", "Annexe", "+33240419099", fmt.Sprintf("/organisations/%d/equipe", organisation))
	if letter.Subject != "Vos fiches ont changé" || strings.Count(letter.Text, "Annexe") != 1 || strings.Contains(letter.Text, "Ludothèque") {
		t.Errorf("%s\n%s", letter.Subject, letter.Text)
	}
}

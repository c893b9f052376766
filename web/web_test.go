package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg/pgtest"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

var taxonomy = places.ShippedTaxonomy()

// wednesday is the instant of all tests: 13:00 in Paris.
var wednesday = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)

// town is a small fictional town with everything that pages can show.
type testTown struct {
	http.Handler
	db    *pgxpool.Pool
	store *snapshot.Store
	door  *accounts.Door
	road  *moderation.Road
	dir   string // of the log's key
	// what waits to be sent, and what was
	postOffice *mail.Post
	letters    *letterBox
	// ids of the places that tests speak of
	library, garden, hostile, closed places.ID
}

func newTown(t *testing.T) *testTown {
	t.Helper()
	return newTownOf(t, func(*Deps) {})
}

// newTownOf changes what the site is made of.
func newTownOf(t *testing.T, change func(*Deps)) *testTown {
	t.Helper()
	db := pgtest.New(t)
	_, err := db.Exec(t.Context(), `
		insert into neighbourhoods (code, name, names, level, source, ref, area) values
		('centre', 'Centre', '{"en": "Old Town"}', 10, 'osm', 'relation/1',
		 st_multi(st_makeenvelope(-1.56, 47.21, -1.55, 47.22, 4326)))`)
	if err != nil {
		t.Fatal(err)
	}
	town := &testTown{db: db}
	published := publish(t, db, wednesday.AddDate(0, 0, -20), library(), garden(), hostile(), closed())
	town.library, town.garden = published[0].Place, published[1].Place
	town.hostile, town.closed = published[2].Place, published[3].Place
	store, err := snapshot.Open(context.Background(), db, snapshot.Options{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	town.store, town.dir, town.road = store, t.TempDir(), moderation.DefaultRoad(taxonomy)
	if town.road.Signer, err = publiclog.OpenSigner(t.Context(), db, town.dir, "carte.example.fr/log"); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return wednesday }
	if town.door, err = accounts.NewDoor(accounts.DoorOptions{DB: db, Clock: clock}); err != nil {
		t.Fatal(err)
	}
	deps := Deps{
		Pool: db, Snapshot: store, Taxonomy: taxonomy, Clock: clock, Door: town.door,
		Road: town.road, LogKey: town.road.Signer.PublicKey(), Links: town.links(t, clock), Passkeys: passkeys(t, db, clock),
		Persons: &moderation.Persons{DB: db, Clock: clock, Stones: accounts.TombstonesIn(town.dir)},
	}
	deps.Letters, err = following.New(following.Letters{DB: db, Clock: clock, BaseURL: "https://carte.example.fr", Taxonomy: taxonomy})
	if err != nil {
		t.Fatal(err)
	}
	if deps.Intake, err = moderation.NewIntake(db); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(deps.Intake.Close)
	change(&deps)
	town.Handler = New(deps)
	return town
}

// integrate signs what waits to be in the log.
func (town *testTown) integrate(t *testing.T) {
	t.Helper()
	if _, err := publiclog.NewSequencer(town.db, town.road.Signer, town.dir).Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// submit takes a contribution as the API would.
func (town *testTown) submit(t *testing.T, actor accounts.Actor, text string) moderation.Received {
	t.Helper()
	submission, err := moderation.DecodeSubmission(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	received, err := town.road.Submit(t.Context(), town.db, actor, submission, moderation.Envelope{Body: []byte(text), Now: wednesday})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	town.waitForSeq(t, received.Seq)
	return received
}

// accept decides in a moderator's name.
func (town *testTown) accept(t *testing.T, moderator accounts.Actor, received moderation.Received) moderation.Decision {
	t.Helper()
	return town.decide(t, moderator, moderation.Verdict{ID: received.ID, Version: received.Version, Outcome: moderation.Accepted})
}

func (town *testTown) decide(t *testing.T, moderator accounts.Actor, v moderation.Verdict) moderation.Decision {
	t.Helper()
	decision, err := town.road.Decide(t.Context(), town.db, moderator, v, wednesday)
	if err != nil {
		t.Fatal(err)
	}
	town.waitForSeq(t, decision.Seq)
	return decision
}

// send sends a form; fields are name, value, name, value, and so are headers.
func (town *testTown) send(t *testing.T, address string, fields []string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	request := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response := httptest.NewRecorder()
	town.ServeHTTP(response, request)
	return response
}

// visitor is somebody without an account.
func visitor() accounts.Actor {
	return accounts.VisitorFrom(netip.MustParseAddr("192.0.2.1"), []byte("key"))
}

// person is somebody with an account and everything that their role is for.
func (town *testTown) person(t *testing.T, name string, role accounts.Role) accounts.Actor {
	t.Helper()
	actor := accounts.Actor{Role: role, Grants: accounts.GrantsOf(role)}
	var err error
	if actor.User, err = accounts.CreateUser(t.Context(), town.db, accounts.NewUser{Name: name, Role: role}, wednesday); err != nil {
		t.Fatal(err)
	}
	return actor
}

func publish(t *testing.T, db *pgxpool.Pool, at time.Time, drafts ...places.Draft) []places.Published {
	t.Helper()
	published, err := places.Publish(t.Context(), db, taxonomy, places.Cause{At: at}, drafts)
	if err != nil {
		t.Fatal(err)
	}
	return published
}

func draft(d places.Document, source string) places.Draft {
	category, _ := taxonomy.Category(d.Category)
	d.Kind = category.Kind
	if d.State == "" {
		d.State = places.Open
	}
	licence := map[string]string{"osm": places.LicenceODbL, "local": places.LicenceOuverte}[source]
	fields, err := d.Fields()
	if err != nil {
		panic(err)
	}
	provenance := places.Provenances{}
	for path := range fields {
		provenance[path] = places.Provenance{Source: source, Licence: licence, At: wednesday.AddDate(-1, 0, 0)}
	}
	return places.Draft{Document: d, Provenance: provenance}
}

func library() places.Draft {
	verified := wednesday.AddDate(0, 0, -21)
	return draft(places.Document{
		Category: "library", Position: orb.Point{-1.5536, 47.2184},
		Name:         places.Text{"und": "Médiathèque Jacques-Demy", "en": "Jacques Demy Library"},
		Description:  places.Text{"und": "Livres, films et une salle d’étude."},
		Address:      &places.Address{Street: "quai de la Fosse", Housenumber: "24", Postcode: "44000", City: "Nantes"},
		Phone:        "+33240415600",
		Email:        "bm@example.org",
		Website:      "https://www.example.org/bm/",
		OpeningHours: "Tu-Fr 10:00-12:30,14:00-18:00; Sa 10:00-18:00; PH off",
		Wheelchair:   places.WheelchairYes,
		Operator:     "Ville de Nantes",
		Identifiers:  map[string]string{"osm": "way/25191432"},
		VerifiedAt:   &verified,
	}, "osm")
}

func garden() places.Draft {
	return draft(places.Document{
		Category: "community_garden", Position: orb.Point{-1.5546, 47.2190},
		Name: places.Text{"und": "Jardin des Fonderies"}, OpeningHours: "We 10:00-16:00/90",
	}, "local")
}

// hostile carries what a vandal would write into every text there is.
func hostile() places.Draft {
	const evil = `"><script>alert(1)</script>'` + "\u202e" + `{{.}}`
	return draft(places.Document{
		Category: "bench", Position: orb.Point{-1.5540, 47.2186},
		Name: places.Text{"und": evil}, Description: places.Text{"und": evil}, Operator: evil,
		Website: "javascript:alert(1)", Phone: evil, Email: evil, OpeningHours: evil,
		Address: &places.Address{Text: evil}, Identifiers: map[string]string{"osm": "node/1\" onclick=\"alert(1)"},
	}, "local")
}

func closed() places.Draft {
	return draft(places.Document{
		Category: "repair", Position: orb.Point{-1.60, 47.25}, State: places.Closed,
		Name: places.Text{"und": "Atelier du Vélo"},
	}, "local")
}

// waitForSeq waits until the snapshot shows a change.
func (town *testTown) waitForSeq(t *testing.T, seq int64) {
	t.Helper()
	if err := town.store.WaitFor(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
}

// signIn makes a user and gives the header Cookie of a browser that is signed in as them.
func (town *testTown) signIn(t *testing.T, name string, role accounts.Role, method accounts.Method) string {
	t.Helper()
	id, err := accounts.CreateUser(t.Context(), town.db, accounts.NewUser{Name: name, Role: role}, wednesday)
	if err != nil {
		t.Fatal(err)
	}
	return town.session(t, id, method)
}

// session signs a user in, and gives what the browser then sends as Cookie.
func (town *testTown) session(t *testing.T, id int64, method accounts.Method) string {
	t.Helper()
	response := httptest.NewRecorder()
	if err := town.door.SignIn(response, httptest.NewRequest(http.MethodPost, "/connexion", nil), id, method); err != nil {
		t.Fatal(err)
	}
	cookie, _, _ := strings.Cut(response.Header().Get("Set-Cookie"), ";")
	return cookie
}

// get asks for a page; headers are name, value, name, value.
func (town *testTown) get(t *testing.T, url string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response := httptest.NewRecorder()
	town.ServeHTTP(response, request)
	return response
}

// page asks for a page that must be there, and gives its text.
func (town *testTown) page(t *testing.T, url string, headers ...string) string {
	t.Helper()
	response := town.get(t, url, headers...)
	if response.Code != http.StatusOK {
		t.Fatalf("%s: status %d\n%s", url, response.Code, response.Body)
	}
	return response.Body.String()
}

// expect tells what is missing from, or should not be in, a text; wanted texts
// that begin with "not " must be absent. Spaces that do not break count as spaces.
func expect(t *testing.T, where, text string, wanted ...string) {
	t.Helper()
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	text = plain.Replace(text)
	for _, want := range wanted {
		want = plain.Replace(want)
		unwanted, negated := strings.CutPrefix(want, "not ")
		if !negated && !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", where, want)
		}
		if negated && strings.Contains(text, unwanted) {
			t.Errorf("%s has %q", where, unwanted)
		}
	}
}

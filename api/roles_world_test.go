package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

// roleNames are the columns of the table.
var roleNames = []string{
	"visitor", "secret", "resident", "member", "agent", "agent-out", "moderator", "moderator-out", "admin", "wrong", "expired", "revoked",
}

// mayKnow are the roles that may tell the hidden from the absent.
var mayKnow = []string{"moderator", "moderator-out", "admin"}

// roleWorld is a world with one of each role. Everything lies in the
// neighbourhood "est", in which some of them have their territory.
type roleWorld struct {
	*world
	actors map[string]accounts.Actor
	tokens map[string]string
	rosa   accounts.Actor // whose contributions are the others'
	maud   accounts.Actor // who decides what must be decided beforehand
	count  int            // of the things made so far
	asked  []string       // ids in the last request
}

func newRoleWorld(t *testing.T) *roleWorld {
	t.Helper()
	w := &roleWorld{world: newWorld(t), actors: make(map[string]accounts.Actor), tokens: make(map[string]string)}
	east, west := accounts.Scope{Neighbourhood: "est"}, accounts.Scope{Neighbourhood: "ouest"}
	w.actors["secret"] = w.visitor()
	// No id may be a number that stands in an answer for another reason.
	_, err := w.pool.Exec(t.Context(), `
		alter table contributions alter column id restart with 700001;
		alter table places alter column id restart with 800001`)
	if err != nil {
		t.Fatal(err)
	}
	for role, actor := range map[string]accounts.Actor{
		"resident": w.person("Rachid", accounts.Resident), "member": w.memberOf("Les Lilas"),
		"agent": w.person("Ahmed", accounts.Agent, east), "agent-out": w.person("Ada", accounts.Agent, west),
		"moderator": w.person("Marta", accounts.Moderator, east), "moderator-out": w.person("Malo", accounts.Moderator, west),
		"admin": w.person("Anne", accounts.Admin),
	} {
		w.actors[role], w.tokens[role] = actor, w.tokenOf(actor)
	}
	w.road.Community = &moderation.DefaultCommunity
	if _, err := w.pool.Exec(t.Context(), `update users set email = 'user' || id || '@example.org'`); err != nil { // who follows is told by mail
		t.Fatal(err)
	}
	w.rosa, w.maud = w.person("Rosa", accounts.Resident), w.person("Maud", accounts.Moderator)
	w.badTokens()
	received := w.submit(noon.AddDate(-9, 0, 0), w.visitor(), proposal)
	w.inTheLog(received)
	w.undoFirst(w.maud, received.ID)
	return w
}

// memberOf is a member of a new organisation.
func (w *roleWorld) memberOf(name string) accounts.Actor {
	w.t.Helper()
	organisation, err := accounts.CreateOrganisation(w.t.Context(), w.pool, name, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := accounts.CreateUser(w.t.Context(), w.pool, accounts.NewUser{Name: "Mina", Role: accounts.Member, Organisation: organisation}, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	return accounts.Actor{User: id, Role: accounts.Member, Organisation: organisation, Grants: accounts.GrantsOf(accounts.Member)}
}

// badTokens are a moderator's: what they would be allowed shows what they are refused.
func (w *roleWorld) badTokens() {
	w.t.Helper()
	w.tokens["secret"] = accounts.SecretPrefix + "of-another-contribution"
	w.tokens["wrong"] = "cq_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	var err error
	w.tokens["expired"], err = accounts.CreateToken(w.t.Context(), w.pool,
		accounts.NewToken{User: w.maud.User, Grants: accounts.AllGrants, Expires: noon.Add(-time.Second)}, noon.AddDate(0, 0, -1))
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens["revoked"] = w.tokenOf(w.maud)
	if _, err = w.pool.Exec(w.t.Context(), `update api_tokens set revoked_at = $1 where id = (select max(id) from api_tokens)`, noon); err != nil {
		w.t.Fatal(err)
	}
}

var place = regexp.MustCompile(`/places/(items/)?\{id\}`)

// objectsOf are the objects that an operation must be asked about: the absent one
// before the hidden one, which is compared with it.
func objectsOf(path string, operation *openapi3.Operation) []string {
	switch {
	case roleObjects[operation.OperationID] != nil:
		return roleObjects[operation.OperationID]
	case place.MatchString(path), strings.Contains(path, "/contributions/{id}"):
		return []string{"own", "other", "absent", "hidden"}
	case strings.Contains(path, "{"):
		return []string{"known", "absent"}
	}
	return []string{"-"}
}

// roleObjects are the objects of operations that need others, with states behind a dash.
var roleObjects = map[string][]string{
	"createItem": {"new", "new-wrong"},
	"contribute": {"new", "own", "other", "absent", "hidden", "other-hide", "absent-hide", "hidden-hide", "new-wrong"},
	"answer":     {"own-asked", "own", "other-asked", "absent", "hidden"},
	"appeal":     {"own-refused", "own", "other-refused", "absent", "hidden"},
	"decide":     {"own", "other", "other-refused", "absent", "hidden"},

	"getOwnPhoto": {"own-pictured", "other-pictured", "own", "absent"},

	"unfollow": {"own", "other", "absent"}, "getPhoto": {"known", "absent", "hidden"}, "getReviewedPhoto": {"own", "other", "absent", "hidden"}, "blurPhoto": {"own", "other", "absent", "hidden"},
}

// roleBodies are the bodies of the operations that take one, by object.
var roleBodies = map[string]func(w *roleWorld, object, id string) string{
	"contribute": func(w *roleWorld, object, id string) string {
		switch {
		case object == "new":
			return w.creation()
		case object == "new-wrong":
			return `{"action":"create"}`
		case strings.HasSuffix(object, "-hide"):
			return `{"action":"hide","place_id":` + id + `,"base_revision":1,"face":"withheld","reason":"spam","message":"x"}`
		}
		return `{"action":"edit","place_id":` + id + `,"base_revision":1,"patch":{"phone":"02 40 41 90 00"}}`
	},
	"createItem": func(w *roleWorld, object, _ string) string {
		if object == "new-wrong" {
			return `{"type":"Feature","geometry":null,"properties":{}}`
		}
		at := w.spot()
		return fmt.Sprintf(`{"type":"Feature","geometry":{"type":"Point","coordinates":[%.4f,%.4f]},"properties":{"name":"Lieu %d","category":"compost"}}`, at[0], at[1], w.count)
	},
	"replaceItem":       saying(`{"type":"Feature","geometry":{"type":"Point","coordinates":[1.5,1.5]},"properties":{"name":"Autre","category":"library","kind":"service"}}`),
	"updateItem":        saying(`{"properties":{"phone":"02 40 41 90 00"}}`),
	"answer":            saying(`{"message":"Au fond de la cour."}`),
	"appeal":            saying(`{"message":"Elle existe."}`),
	"decide":            saying(`{"outcome":"needs_info","message":"Où exactement ?"}`),
	"eraseContribution": saying(`{"reason":"personal_data","message":"Un nom de personne."}`),
	"undoAuthor":        saying(`{"reason":"spam","message":"De la publicité."}`),
	"follow":            saying(`{"neighbourhood":"est"}`),
	"setPace":           saying(`{"pace":"weekly"}`),
	"sendPhoto":         saying(string(snap(40, 30))),
	"blurPhoto":         saying(`{"rectangles":[{"x":0.25,"y":0.25,"width":0.5,"height":0.5}]}`),
	"vote":              saying(`{"confirms":true}`),
	"setOwner":          saying(`{"organisation":1}`),
	// Each of several has a status of its own; this is who may ask.
	"review":        saying(`{"verdict":"ok"}`),
	"settlePair":    saying(`{"verdict":"distinct"}`),
	"decideSeveral": saying(`{"contributions":[{"id":` + absentID + `,"version":1}],"outcome":"accepted"}`),
}

func saying(text string) func(*roleWorld, string, string) string {
	return func(*roleWorld, string, string) string { return text }
}

// ask sends the request of a row as a role, about an object made for it.
func (w *roleWorld) ask(row roleRow, operation *openapi3.Operation, role string) *http.Response {
	w.t.Helper()
	w.asked = nil
	id, version := w.object(row, operation.OperationID, role)
	path := fill(row.path, id)
	headers := []string{"X-Forwarded-For", fmt.Sprintf("198.51.100.%d", w.count%250), "If-Match", `"` + version + `"`}
	body := ""
	if write := roleBodies[operation.OperationID]; write != nil {
		body = write(w, row.object, id)
	}
	if operation.OperationID == "search" {
		path += "?q=jardin"
	}
	if row.method != http.MethodGet {
		w.forgetToday()
	}
	return w.send(row.method, path, w.tokens[role], body, headers...)
}

// forgetToday keeps quotas out of the table: they have tests of their own.
func (w *roleWorld) forgetToday() {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), `
		update contributions set received_at = received_at - interval '2 days' where received_at > $1`, noon.AddDate(0, 0, -2))
	if err != nil {
		w.t.Fatal(err)
	}
}

// fill puts an id, or the parts of a tile's address, into a path.
func fill(path, id string) string {
	parts := strings.Split(id, "/")
	for _, name := range []string{"{z}", "{x}", "{y}", "{name}", "{size}"} {
		if strings.Contains(path, name) {
			path, parts = strings.Replace(path, name, parts[0], 1), parts[1:]
		}
	}
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, strings.Join(parts, "/"))
}

// object makes what a row speaks of, and gives its id and its version.
func (w *roleWorld) object(row roleRow, operation, role string) (id, version string) {
	w.t.Helper()
	object, state, _ := strings.Cut(row.object, "-")
	switch {
	case object == "" || object == "new":
		return "", "1"
	case strings.Contains(row.path, "/duplicates/"):
		return w.pair(object), "1"
	case strings.Contains(row.path, "/follows/{id}"):
		return w.followed(object, role), "1"
	case strings.Contains(row.path, "/organisations/"):
		return w.organisation(object), "1"
	case strings.Contains(row.path, "/photos/"):
		return w.photo(row.path, object, role), "1"
	case strings.Contains(row.path, "/reviews/"):
		return w.sampled(object), "1"
	case object == "known" || object == "absent" && !place.MatchString(row.path) && !strings.Contains(row.path, "contributions"):
		return w.fixed(row.path, object), "1"
	case strings.Contains(row.path, "/contributions/{id}"):
		return w.contribution(object, state, role)
	case strings.Contains(operation, "contribute") || place.MatchString(row.path):
		id = w.placeOf(object, role)
		w.asked = append(w.asked, id)
		return id, "1"
	}
	w.t.Fatalf("what is %q for %s?", row.object, operation)
	return "", ""
}

// fixed are things that exist once in this world, or not at all.
func (w *roleWorld) fixed(path, object string) string {
	for part, ids := range map[string][2]string{
		"/neighbourhoods/": {"port", "atlantis"}, "/categories/": {"compost", "palace"}, "/tiles/": {"14/8214/8169", "1/7/7"},
		"/problems/": {"invalid", "nothing"},
		"/undos/":    {"1", "99"},
		"/log/tile/": {"0/000.p/1", "0/000.p/250"}, "/log/entries/": {"000.p/1", "000.p/250"},
		"/log/receipts/": {w.leaf, strings.Repeat("0", 64)}, "/log/imports/": {w.item, "00000000-0000-4000-8000-000000000000"},
	} {
		if strings.Contains(path, part) && object == "known" {
			return ids[0]
		} else if strings.Contains(path, part) {
			return ids[1]
		}
	}
	w.t.Fatalf("give %s a known and an absent object", path)
	return ""
}

// followed is something that the actor follows, or somebody else.
func (w *roleWorld) followed(object, role string) (id string) {
	w.t.Helper()
	if object == "absent" {
		return absentID
	}
	user := w.actors[role].User
	if object == "other" || user == 0 {
		user = w.maud.User
	}
	w.count++
	err := w.pool.QueryRow(w.t.Context(), `
		insert into follows (user_id, neighbourhood, created_at) values ($1, 'n' || $2::int, $3) returning id::text`, user, w.count, noon).Scan(&id)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// organisation has a record on the map, or is none.
func (w *roleWorld) organisation(object string) string {
	w.t.Helper()
	if object == "absent" {
		return absentID
	}
	w.placeOf("own", "member")
	return fmt.Sprint(w.actors["member"].Organisation)
}

// pair makes two places that may be one, or names two that do not exist.
func (w *roleWorld) pair(object string) string {
	w.t.Helper()
	if object == "absent" {
		return "1-" + absentID
	}
	at := w.spot()
	two := w.publish(noon, draft(fmt.Sprint("Ludothèque ", w.count), "library", at[0], at[1]), draft(fmt.Sprint("Ludo ", w.count), "library", at[0], at[1]))
	_, err := w.pool.Exec(w.t.Context(), `insert into duplicate_pairs (a, b, score, at) values ($1, $2, 0.7, $3)`, two[0].Place, two[1].Place, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf("%d-%d", two[0].Place, two[1].Place)
}

// sampled is a contribution that waits to be reviewed, or that does not exist.
func (w *roleWorld) sampled(object string) string {
	w.t.Helper()
	if object == "absent" {
		return absentID
	}
	received := w.submit(noon, w.rosa, w.creation())
	if _, err := w.pool.Exec(w.t.Context(), `insert into reviews (contribution_id, sampled_at) values ($1, $2)`, received.ID, noon); err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprint(received.ID)
}

const absentID = "999999"

// spot is a position in "est" that nothing else is near to.
func (w *roleWorld) spot() orb.Point {
	w.count++
	return orb.Point{1.01 + float64(w.count%65)*0.015, 0.01 + float64(w.count/65)*0.015}
}

func (w *roleWorld) creation() string {
	at := w.spot()
	return fmt.Sprintf(`{"action":"create","place":{"name":"Lieu %d","category":"compost","position":[%.4f,%.4f]}}`, w.count, at[0], at[1])
}

// placeOf makes a place: of the actor's organisation, of another, or hidden.
func (w *roleWorld) placeOf(object, role string) string {
	w.t.Helper()
	if object == "absent" {
		return absentID
	}
	at := w.spot()
	published := w.publish(noon, draft(fmt.Sprint("Médiathèque ", w.count), "library", at[0], at[1]))[0]
	id := published.Place
	if organisation := w.actors[role].Organisation; object == "own" && organisation != 0 {
		if _, err := w.pool.Exec(w.t.Context(), `update places set organisation_id = $2 where id = $1`, id, organisation); err != nil {
			w.t.Fatal(err)
		}
	}
	if object == "hidden" {
		w.hide(id)
	}
	return strconv.FormatInt(int64(id), 10)
}

func (w *roleWorld) hide(id places.ID) {
	w.t.Helper()
	text := fmt.Sprintf(`{"action":"hide","place_id":%d,"base_revision":1,"face":"withheld","reason":"spam","message":"x"}`, id)
	received := w.submit(w.longAgo(), w.maud, text)
	if received.State != moderation.Accepted {
		w.t.Fatalf("hiding place %d is %s", id, received.State)
	}
	if err := w.store.WaitFor(w.t.Context(), received.Seq); err != nil {
		w.t.Fatal(err)
	}
}

// longAgo is a day on which nobody has contributed yet: each has a quota a day.
func (w *roleWorld) longAgo() time.Time {
	w.count++
	return noon.AddDate(0, 0, -10_000+w.count)
}

// contribution makes one of the actor's, or somebody else's, in a state.
func (w *roleWorld) contribution(object, state, role string) (id, version string) {
	w.t.Helper()
	if object == "absent" {
		w.asked = append(w.asked, absentID)
		return absentID, "1"
	}
	author := w.rosa
	if mine, known := w.actors[role]; known && object == "own" {
		if author = mine; mine.User != 0 {
			author = accounts.Actor{User: mine.User, Role: accounts.Resident, Grants: mine.Grants} // so that it waits
		}
	}
	text := w.creation()
	if state == "pictured" {
		text = w.pictured(author, text)
	}
	var about places.ID
	if object == "hidden" {
		number, err := strconv.ParseInt(w.placeOf("other", role), 10, 64)
		if err != nil {
			w.t.Fatal(err)
		}
		about = places.ID(number)
		text = phoneEdit(number, "02 40 00 00 01")
	}
	received := w.submit(w.longAgo(), author, text)
	if about != 0 {
		w.hide(about)
	}
	if verdict, asked := verdicts[state]; asked {
		verdict.ID, verdict.Version = received.ID, received.Version
		if _, err := w.road.Decide(w.t.Context(), w.pool, w.maud, verdict, noon); err != nil {
			w.t.Fatal(err)
		}
		received.Version++
	}
	if role == "secret" && received.Secret != "" {
		w.tokens[role] = received.Secret
	}
	id = strconv.FormatInt(received.ID, 10)
	w.asked = append(w.asked, id)
	return id, strconv.Itoa(received.Version)
}

// verdicts bring contributions into a state.
var verdicts = map[string]moderation.Verdict{
	"asked":   {Outcome: moderation.NeedsInfo, Message: "Où ?"},
	"refused": {Outcome: moderation.Refused, Reason: "wrong", Message: "Introuvable."},
}

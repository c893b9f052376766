package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/places"
)

// Canaries are texts that nothing public may ever hold. All of them begin alike;
// the control stands in a published place, and must be found nearly everywhere.
const (
	canary        = "xq7"
	control       = "zq8control"
	visitorPrefix = "203.0.113.77"
)

// aviary is a running map in which canaries were planted.
type aviary struct {
	t        *testing.T
	p        *program
	env      []string
	db       *pgxpool.Pool
	spots    []orb.Point // near places of the town
	used     int
	tokens   map[string]string
	places   []int64 // that were planted, hidden ones too
	sent     []int64 // contributions
	secrets  []string
	leaves   []string // of receipts
	ownOfHer []int64  // contributions of the resident
	photos   []plantedPhoto

	organisation int64 // with a record, members and invitations

	files []string // names of the files of photos that are not published
}

func newAviary(t *testing.T) *aviary {
	t.Helper()
	env := append(filled(t), "CARTOQUARTIERS_LOG_LEVEL=debug")
	a := &aviary{t: t, env: env, tokens: make(map[string]string)}
	a.p = serve(t, env, "--behind-proxy").ready()
	var err error
	if a.db, err = pgxpool.New(t.Context(), strings.TrimPrefix(env[0], "DATABASE_URL=")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.db.Close)
	var page struct {
		Features []struct {
			Geometry struct{ Coordinates orb.Point }
		}
	}
	if err := json.Unmarshal([]byte(a.p.mustGet("/ogc/collections/places/items?limit=200", http.StatusOK).body), &page); err != nil {
		t.Fatal(err)
	}
	for _, feature := range page.Features {
		a.spots = append(a.spots, feature.Geometry.Coordinates)
	}
	for name, role := range map[string]accounts.Role{
		"rosa": accounts.Resident, "noemie": accounts.Resident, "maud": accounts.Moderator, "ahmed": accounts.Agent,
	} {
		a.tokens[name] = a.person(name, role)
	}
	return a
}

func (a *aviary) person(name string, role accounts.Role) string {
	a.t.Helper()
	now := time.Now().Add(-time.Hour)
	id, err := accounts.CreateUser(a.t.Context(), a.db, accounts.NewUser{Name: canary + "user" + name, Email: canary + name + "@example.org", Role: role}, now)
	if err != nil {
		a.t.Fatal(err)
	}
	token, err := accounts.CreateToken(a.t.Context(), a.db, accounts.NewToken{User: id, Label: canary + "label", Grants: accounts.GrantsOf(role)}, now)
	if err != nil {
		a.t.Fatal(err)
	}
	a.secrets = append(a.secrets, token)
	return token
}

// sent is what the answer to a contribution holds.
type sent struct {
	ID, Place       int64
	Version         int
	Secret, Receipt string
}

// say sends a request in somebody's name; a visitor has none.
func (a *aviary) say(status int, who, method, path, body string, headers ...string) (answer sent) {
	a.t.Helper()
	response := a.ask(who, method, path, body, headers...)
	if response.status != status {
		a.t.Fatalf("%s %s %s as %s: %d %s", method, path, body, who, response.status, response.body)
	}
	if strings.HasPrefix(response.body, "{") {
		if err := json.Unmarshal([]byte(response.body), &answer); err != nil {
			a.t.Fatal(err)
		}
	}
	if answer.Receipt != "" && !contains(a.sent, answer.ID) {
		a.keep(answer)
	}
	return answer
}

func contains(ids []int64, id int64) bool {
	for _, one := range ids {
		if one == id {
			return true
		}
	}
	return false
}

var receiptLines = regexp.MustCompile(`(?m)^(leaf|key) (\w+)$`)

// keep remembers what must not come out: the secret, and the key in the receipt.
func (a *aviary) keep(answer sent) {
	a.sent = append(a.sent, answer.ID)
	if answer.Place != 0 {
		a.places = append(a.places, answer.Place)
	}
	if answer.Secret != "" {
		a.secrets = append(a.secrets, answer.Secret)
	}
	for _, line := range receiptLines.FindAllStringSubmatch(answer.Receipt, -1) {
		if line[1] == "leaf" {
			a.leaves = append(a.leaves, line[2])
		} else {
			a.secrets = append(a.secrets, line[2])
		}
	}
}

func (a *aviary) ask(who, method, path, body string, headers ...string) answer {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, "http://"+a.p.addr+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if token := a.tokens[who]; token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("X-Forwarded-For", visitorPrefix)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := keptAlive.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}
}

var keptAlive = &http.Client{
	Timeout:       patience,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

const contributions = "/api/v1/contributions"

// creation proposes a place whose every text is a canary, at a spot of its own.
func (a *aviary) creation(name string) string {
	at := a.spots[a.used*7%len(a.spots)]
	a.used++
	return fmt.Sprintf(`{"action":"create","email":"%[1]svisitor@example.org","message":"%[1]smessage%[2]s","place":{"name":{"und":"%[1]s%[2]s","en":"%[1]s%[2]sen"},
		"category":"give_box","position":[%[3]f,%[4]f],"operator":"%[1]s%[2]soperator","description":"%[1]s%[2]sdescription","website":"https://%[1]s%[2]s.example/",
		"email":"%[1]s%[2]s@example.org","address":{"street":"rue %[1]s%[2]s"},"opening_hours":"Mo-Fr 09:00-18:00"}}`,
		canary, name, at[0]+0.00007, at[1]+0.00007)
}

func (a *aviary) decide(c sent, verdict string) {
	a.t.Helper()
	a.say(http.StatusOK, "maud", "POST", fmt.Sprintf("/api/v1/moderation/contributions/%d/decision", c.ID), verdict, "If-Match", fmt.Sprintf(`"%d"`, c.Version))
}

// plant puts a canary into everything that is not public.
func (a *aviary) plant() {
	a.t.Helper()
	const key = "5d3c9a52-7c1f-4b8e-8a39-2e64c7d1f0a6"
	a.secrets = append(a.secrets, key, visitorPrefix)
	a.say(http.StatusAccepted, "", "POST", contributions, a.creation("pending"), "Idempotency-Key", key)

	a.plantByForm()

	refused := a.say(http.StatusAccepted, "rosa", "POST", contributions, a.creation("refused"))
	a.decide(refused, `{"outcome":"refused","reason":"charter","message":"`+canary+`refusal"}`)
	appealed := a.say(http.StatusAccepted, "rosa", "POST", contributions, a.creation("appealed"))
	a.decide(appealed, `{"outcome":"refused","reason":"wrong","message":"`+canary+`refusal"}`)
	a.say(http.StatusOK, "rosa", "POST", fmt.Sprintf("%s/%d/appeal", contributions, appealed.ID), `{"message":"`+canary+`appeal"}`)

	asked := a.say(http.StatusAccepted, "rosa", "POST", contributions, a.creation("asked"))
	a.decide(asked, `{"outcome":"needs_info","message":"`+canary+`question"}`)
	a.say(http.StatusOK, "rosa", "POST", fmt.Sprintf("%s/%d/answer", contributions, asked.ID), `{"message":"`+canary+`reply"}`)
	withdrawn := a.say(http.StatusAccepted, "rosa", "POST", contributions, a.creation("withdrawn"))
	a.say(http.StatusOK, "rosa", "POST", fmt.Sprintf("%s/%d/withdraw", contributions, withdrawn.ID), "")
	a.ownOfHer = []int64{refused.ID, appealed.ID, asked.ID, withdrawn.ID}

	for _, face := range []string{"withheld", "refused"} {
		// The face "refused" shows the name on the page of the place, and nothing else of it.
		named := strings.NewReplacer(`"`+canary+`hiddenrefused"`, `"Boîte retirée"`, `"`+canary+`hiddenrefuseden"`, `"Box"`)
		hidden := a.say(http.StatusCreated, "ahmed", "POST", contributions, named.Replace(a.creation("hidden"+face)))
		a.say(http.StatusCreated, "maud", "POST", contributions, fmt.Sprintf(
			`{"action":"hide","place_id":%d,"base_revision":1,"face":%q,"reason":"spam","message":"%shide"}`, hidden.Place, face, canary))
	}
	a.plantBesidePlaces()
	a.plantErased()
	a.plantPhotos()
	a.plantPeople()
}

// plantByForm sends the form of a place as a visitor does: the code that the page shows opens it.
func (a *aviary) plantByForm() {
	a.t.Helper()
	at := a.spots[a.used*7%len(a.spots)]
	a.used++
	form := url.Values{
		"key": {"7b1f0c44-93ad-4c57-8e0b-5f3b9a6d2c18"}, "name": {canary + "form"}, "category": {"give_box"}, "contact_email": {canary + "form@example.org"},
		"message": {canary + "formmessage"}, "lat": {fmt.Sprint(at[1] + 0.00007)}, "lon": {fmt.Sprint(at[0] + 0.00007)},
	}
	page := a.ask("", http.MethodPost, "/contribuer/lieu", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	code := regexp.MustCompile(`readonly value="\d+\.(cqc_[^"]+)"`).FindStringSubmatch(page.body)
	if page.status != http.StatusAccepted || code == nil {
		a.t.Fatalf("the form: %d %s", page.status, page.body)
	}
	a.secrets = append(a.secrets, code[1], form.Get("key"))
	again := a.ask("", http.MethodPost, "/mes-contributions", url.Values{"code": regexp.MustCompile(`\d+\.cqc_[^"]+`).FindAllString(page.body, 1)}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
	if again.status != http.StatusOK || !strings.Contains(again.body, canary+"form") || strings.Contains(again.body, "@example.org") {
		a.t.Fatalf("the code: %d %s", again.status, again.body)
	}
}

// plantErased erases a place, and the first revision of another.
func (a *aviary) plantErased() {
	a.t.Helper()
	erase := `{"action":"erase","place_id":%d,"base_revision":%d,%s"reason":"personal_data","message":"` + canary + `erase"}`
	whole := a.say(http.StatusCreated, "ahmed", "POST", contributions, a.creation("erased"))
	a.say(http.StatusCreated, "maud", "POST", contributions, fmt.Sprintf(erase, whole.Place, 1, ""))

	at := a.spots[a.used*7%len(a.spots)]
	a.used++
	first := a.say(http.StatusCreated, "ahmed", "POST", contributions, fmt.Sprintf(
		`{"action":"create","place":{"name":"Boîte à histoires","category":"book_box","position":[%f,%f],"operator":"%[3]sfirst"}}`, at[0]+0.00007, at[1]+0.00007, canary))
	a.say(http.StatusCreated, "ahmed", "POST", contributions, fmt.Sprintf(
		`{"action":"edit","place_id":%d,"base_revision":1,"patch":{"operator":"Les Lilas"}}`, first.Place))
	a.say(http.StatusCreated, "maud", "POST", contributions, fmt.Sprintf(erase, first.Place, 2, `"revisions":[1],`))
}

// plantBesidePlaces changes a published place: what was said beside it is not public.
func (a *aviary) plantBesidePlaces() {
	a.t.Helper()
	open := a.say(http.StatusCreated, "ahmed", "POST", contributions, strings.NewReplacer(
		canary+"public", control, canary+"message", canary+"said").Replace(a.creation("public")))
	item := fmt.Sprintf("/ogc/collections/places/items/%d", open.Place)
	edit := `{"action":"edit","place_id":%d,"base_revision":1,"patch":{"operator":"%s"},"message":"%sbeside"}`
	a.say(http.StatusAccepted, "rosa", "POST", contributions, fmt.Sprintf(edit, open.Place, canary+"edit", canary))
	a.say(http.StatusAccepted, "", "PATCH", item, `{"properties":{"operator":"`+canary+`patch"}}`, "If-Match", "*")
	a.say(http.StatusAccepted, "", "DELETE", item+"?reason="+canary+"reason", "", "If-Match", "*")
	a.say(http.StatusAccepted, "rosa", "POST", contributions, fmt.Sprintf(`{"action":"report","place_id":%d,"reason":"wrong","message":"%sreport"}`, open.Place, canary))
	a.say(http.StatusCreated, "ahmed", "POST", contributions, fmt.Sprintf(edit, open.Place, control+" & fils", canary))
	category, _ := places.ShippedTaxonomy().Category("library")
	local := places.Provenance{Source: "local", Licence: places.LicenceOuverte, At: time.Now()}
	published, err := places.Publish(a.t.Context(), a.db, places.ShippedTaxonomy(), places.Cause{At: time.Now()}, []places.Draft{{
		Document: places.Document{
			Kind: category.Kind, Category: category.ID, State: places.Open, Position: a.spots[0], Name: places.Text{places.Undetermined: "Annexe"},
			Private: map[string]json.RawMessage{canary + "field": json.RawMessage(`"` + canary + `private"`)},
		},
		Provenance: places.Provenances{"position": local, "private." + canary + "field": local},
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	a.places = append(a.places, int64(published[0].Place))
}

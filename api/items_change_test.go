package api_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cartoquartiers/api"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

const itemsPath = "/ogc/collections/places/items"

const newFeature = `{"type":"Feature","geometry":{"type":"Point","coordinates":[1.5,1.5]},` +
	`"properties":{"name":"Jardin","name_en":"Garden","category":"community_garden","phone":"02 40 41 90 00","description":"Ouvert à tous","group":null}}`

// itemWorld has an agent, whose changes are accepted at once, and a place of theirs.
type itemWorld struct {
	*world
	agent, path string
}

func newItemWorld(t *testing.T) *itemWorld {
	t.Helper()
	return newItemWorldWith(t, func(*api.Deps) {})
}

// newItemWorldWith does so on a server of which something is otherwise.
func newItemWorldWith(t *testing.T, change func(*api.Deps)) *itemWorld {
	t.Helper()
	w := &itemWorld{world: newWorldWith(t, change)}
	w.agent = w.tokenOf(w.person("Ahmed", accounts.Agent))
	response := w.send("POST", itemsPath, w.agent, newFeature, "Content-Type", "application/geo+json")
	var created anyContribution
	w.read(response, http.StatusCreated, &created)
	w.path = strings.TrimPrefix(response.Header.Get("Location"), w.url)
	if want := fmt.Sprintf("%s/%d", itemsPath, created.Place); w.path != want || created.Revision != 1 {
		t.Fatalf("%+v is at %s, want %s", created, w.path, want)
	}
	return w
}

func (w *itemWorld) item() (properties map[string]any, tag string) {
	w.t.Helper()
	var feature anyFeature
	w.into(&feature, w.path)
	return feature.Properties, w.get(w.path).Header.Get("ETag")
}

func TestAFeatureIsCreatedReplacedUpdatedAndClosed(t *testing.T) {
	t.Parallel()
	w := newItemWorld(t)
	var answer anyContribution
	before, tag := w.item()
	if before["name"] != "Jardin" || before["name_en"] != "Garden" || before["phone"] != "+33240419000" {
		t.Errorf("created %v", before)
	}
	w.read(w.send("PATCH", w.path, w.agent, `{"properties":{"phone":null,"opening_hours":"Mo-Fr 09:00-18:00"}}`,
		"If-Match", tag, "Content-Type", "application/merge-patch+json"), http.StatusCreated, &answer)
	updated, tag2 := w.item()
	if updated["phone"] != nil || updated["opening_hours"] != "Mo-Fr 09:00-18:00" || updated["name"] != "Jardin" || tag2 == tag {
		t.Errorf("updated %v", updated)
	}
	// What was read is sent back with one property changed, one left out, and moved.
	text := w.body(http.StatusOK, w.path)
	for from, to := range map[string]string{`"name":"Jardin"`: `"name":"Jardin des Lilas"`, `"description":"Ouvert à tous",`: ``, `[1.5,1.5]`: `[1.5001,1.5]`} {
		if !strings.Contains(text, from) {
			t.Fatalf("no %s in %s", from, text)
		}
		text = strings.Replace(text, from, to, 1)
	}
	w.read(w.send("PUT", w.path, w.agent, text, "If-Match", `"2"`, "Content-Type", "application/geo+json"), http.StatusCreated, &answer)
	replaced, tag3 := w.item()
	if replaced["name"] != "Jardin des Lilas" || replaced["description"] != nil || replaced["name_en"] != "Garden" || answer.Revision != 3 {
		t.Errorf("replaced %v by %+v", replaced, answer)
	}
	w.read(w.send("DELETE", w.path+"?reason=Rasé", w.agent, "", "If-Match", tag3), http.StatusCreated, &answer)
	closed, tag4 := w.item()
	if closed["state"] != "closed" {
		t.Errorf("closed %v", closed)
	}
	if status := w.send("DELETE", w.path, w.agent, "", "If-Match", tag4).StatusCode; status != http.StatusNoContent {
		t.Errorf("closing it again: %d", status)
	}
}

func TestChangesNameTheVersionTheyAreBasedOn(t *testing.T) {
	t.Parallel()
	w := newItemWorld(t)
	_, tag := w.item()
	patch := func(i int) string { return fmt.Sprintf(`{"properties":{"operator":"Association %d"}}`, i) }
	var ok anyContribution
	w.read(w.send("PATCH", w.path, w.agent, patch(1), "If-Match", tag), http.StatusCreated, &ok)
	for i, c := range []struct {
		version string
		status  int
	}{
		{"", http.StatusPreconditionRequired},
		{tag, http.StatusPreconditionFailed},
		{`"1"`, http.StatusPreconditionFailed},
		{`"nothing"`, http.StatusPreconditionFailed},
		{`W/"3-x", "2"`, http.StatusCreated},
		{`*`, http.StatusCreated},
	} {
		headers := []string{"If-Match", c.version}
		if c.version == "" {
			headers = nil
		}
		for _, method := range []string{"PATCH", "PUT", "DELETE"} {
			if c.status == http.StatusCreated && method != "PATCH" {
				continue
			}
			if status := w.send(method, w.path, w.agent, patch(i+2), headers...).StatusCode; status != c.status {
				t.Errorf("%s based on %q: %d, want %d", method, c.version, status, c.status)
			}
		}
	}
	// A compressed answer has a tag of its own, which names the same version.
	compressed := w.get(w.path, "Accept-Encoding", "gzip").Header.Get("ETag")
	status := w.send("PATCH", w.path, w.agent, patch(99), "If-Match", compressed, "Accept-Encoding", "gzip").StatusCode
	if status != http.StatusCreated || !strings.HasSuffix(compressed, `-gzip"`) {
		t.Errorf("based on %s: %d", compressed, status)
	}
}

func TestTheSameChangeAgainIsAnsweredAlike(t *testing.T) {
	t.Parallel()
	w := newItemWorld(t)
	_, tag := w.item()
	const patch = `{"properties":{"operator":"Association"}}`
	var first, again anyContribution
	w.read(w.send("PATCH", w.path, w.agent, patch, "If-Match", tag, "Idempotency-Key", someKey), http.StatusCreated, &first)
	w.read(w.send("PATCH", w.path, w.agent, patch, "If-Match", tag, "Idempotency-Key", someKey), http.StatusCreated, &again)
	if first.ID != again.ID || again.Revision != 2 {
		t.Errorf("first %+v, then %+v", first, again)
	}
	var refused problem
	w.read(w.send("PATCH", w.path, w.agent, `{"properties":{"operator":"Autre"}}`, "If-Match", tag, "Idempotency-Key", someKey), http.StatusUnprocessableEntity, &refused)
	_, tag = w.item()
	if status := w.send("PATCH", w.path, w.agent, patch, "If-Match", tag).StatusCode; status != http.StatusNoContent {
		t.Errorf("a change that changes nothing: %d", status)
	}
}

func TestWhatWaitsIsAContribution(t *testing.T) {
	t.Parallel()
	w := newItemWorld(t)
	var sent ownContribution
	for _, request := range [][2]string{
		{"POST " + itemsPath, strings.NewReplacer("Jardin", "Verger", "1.5,1.5", "0.5,0.5").Replace(newFeature)},
		{"PATCH " + w.path, `{"properties":{"operator":"Association"}}`}, {"DELETE " + w.path, ""},
	} {
		method, path, _ := strings.Cut(request[0], " ")
		response := w.send(method, path, "", request[1], "If-Match", "*")
		w.read(response, http.StatusAccepted, &sent)
		if want := fmt.Sprintf("%s/api/v1/contributions/%d", w.url, sent.ID); response.Header.Get("Location") != want || sent.Secret == "" || sent.State != "pending" {
			t.Errorf("%s: %+v at %s", request[0], sent, response.Header.Get("Location"))
		}
	}
	if properties, _ := w.item(); properties["operator"] != nil || properties["state"] != "open" {
		t.Errorf("the map shows what only waits: %v", properties)
	}
}

func TestWrongFeaturesAreExplained(t *testing.T) {
	t.Parallel()
	w := newItemWorld(t)
	for _, c := range []struct {
		method, body string
		want         []string
	}{
		{"POST", `{"type":"Feature","geometry":null,"properties":{"name":"","phone":"12","website":"javascript:alert(1)"}}`,
			[]string{"/geometry/coordinates", "/properties/category", "/properties/name", "/properties/phone", "/properties/website"}},
		{"POST", `{"geometry":{"type":"LineString","coordinates":[[1,1],[2,2]]},"properties":{"state":"closed","revision":7}}`,
			[]string{"/geometry", "/properties/revision", "/properties/state"}},
		{"POST", `{"geometry":{"type":"Point","coordinates":[200,1]},"properties":{"name":"A","name_en":"\u0007","category":"compost"}}`,
			[]string{"/geometry/coordinates", "/properties/name_en"}},
		{"PATCH", `{"properties":{"name":null,"licence":"CC0","colour":"red"}}`, []string{"/properties/colour", "/properties/licence"}},
		{"PATCH", `{"properties":{"name":null}}`, []string{"/properties/name"}},
		{"PUT", `{"properties":{"name":"Jardin"}}`, []string{"/properties/category"}},
	} {
		path := w.path
		if c.method == "POST" {
			path = itemsPath
		}
		var refused problem
		w.read(w.send(c.method, path, w.agent, c.body, "If-Match", "*", "Accept-Language", "en"), http.StatusBadRequest, &refused)
		var got []string
		for _, one := range refused.Errors {
			got = append(got, one.Pointer)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %v, want %v", c.method, c.body, refused, c.want)
		}
	}
	for _, c := range [][3]string{
		{"Content-Type", "text/csv", "415"}, {"Content-Crs", "<http://www.opengis.net/def/crs/EPSG/0/2154>", "400"},
		{"Idempotency-Key", "again", "400"}, {"Sec-Fetch-Site", "cross-site", "201"},
	} {
		body := strings.NewReplacer("Jardin", "Verger", "1.5,1.5", "0.5,0.5").Replace(newFeature)
		if status := w.send("POST", itemsPath, w.agent, body, c[0], c[1]).StatusCode; fmt.Sprint(status) != c[2] {
			t.Errorf("%s: %s: %d, want %s", c[0], c[1], status, c[2])
		}
	}
	if status := w.send("POST", itemsPath, "", newFeature, "Sec-Fetch-Site", "cross-site").StatusCode; status != http.StatusForbidden {
		t.Errorf("a page of another site, without a token: %d", status)
	}
	if status := w.send("POST", itemsPath, w.agent, strings.Repeat(" ", moderation.MaxSubmission)+newFeature).StatusCode; status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", status)
	}
}

func TestAddressesTellWhatOneMayDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]string{
		itemsPath: "GET, HEAD, OPTIONS, POST", itemsPath + "/1": "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
		"/ogc": "GET, HEAD, OPTIONS", "/api/v1/contributions/1/withdraw": "OPTIONS, POST", "/log/tile/0/000": "GET, HEAD, OPTIONS",
		"/tiles/places/1/0/0.mvt": "GET, HEAD, OPTIONS",
	} {
		for method, status := range map[string]int{"OPTIONS": http.StatusNoContent, "TRACE": http.StatusMethodNotAllowed} {
			response := w.send(method, path, "", "")
			if response.StatusCode != status || response.Header.Get("Allow") != want {
				t.Errorf("%s %s: %d, Allow: %s", method, path, response.StatusCode, response.Header.Get("Allow"))
			}
		}
	}
	options := w.send("OPTIONS", itemsPath+"/1", "", "")
	if got := options.Header.Get("Accept-Patch"); got != "application/merge-patch+json, application/json" {
		t.Errorf("Accept-Patch: %s", got)
	}
	preflight := w.send("OPTIONS", itemsPath+"/1", "", "", "Origin", "https://ailleurs.example", "Access-Control-Request-Method", "PATCH",
		"Access-Control-Request-Headers", "authorization,content-type,if-match")
	if got := preflight.Header.Get("Access-Control-Allow-Methods"); got != "PATCH" || preflight.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("a preflight allows %q: %v", got, preflight.Header)
	}
	if body, err := io.ReadAll(options.Body); err != nil || len(body) > 0 {
		t.Errorf("OPTIONS says %s, %v", body, err)
	}
}

package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"cartoquartiers/geo"
	"cartoquartiers/internal/accounts"
)

// TestNothingPublicHoldsWhatIsNot plants canaries and reads everything that a
// visitor, and a resident, can reach.
func TestNothingPublicHoldsWhatIsNot(t *testing.T) {
	t.Parallel()
	a := newAviary(t)
	a.plant()
	a.settle()
	c := &crawl{aviary: a, seen: make(map[string]bool)}
	for _, who := range []string{"", "noemie"} {
		c.who = who
		c.contract()
		c.pages()
		c.tiles()
		c.events()
		c.refusals()
	}
	c.hers()
	for _, format := range []string{"geojson", "csv", "geojsonl"} {
		export := start(t, a.env, "export", "--format", format, "--state", "open,closed,closed_temporarily")
		if status := export.exit(); status != exitDone {
			t.Fatalf("export %s: %d", format, status)
		}
		c.look("export", format, export.stdout.String()+export.stderr.String())
	}
	for _, path := range []string{"/metrics", "/livez", "/readyz"} {
		c.look("operations", path, a.p.mustGet(path, http.StatusOK).body)
	}
	c.look("log", "stderr", a.p.stderr.String()+a.p.stdout.String())
	if c.answers < 1000 {
		t.Errorf("only %d answers were read", c.answers)
	}
	for _, surface := range []string{
		"export", "page", "tile", "/ogc/collections/places/items", "/ogc/collections/places/items/{id}", "/api/v1/places/{id}/revisions", "/api/v1/search", "/log/revisions",
	} {
		if !c.seen[surface] {
			t.Errorf("the crawl did not find the published place in %s", surface)
		}
	}
}

// crawl reads answers, and looks for what must not be in them.
type crawl struct {
	*aviary
	who     string
	answers int
	seen    map[string]bool // surfaces that the control was found on
}

// look searches a text. surface is what kind of answer it is.
func (c *crawl) look(surface, where, text string) {
	c.t.Helper()
	c.answers++
	folded := strings.ToLower(text)
	if strings.Contains(folded, control) {
		c.seen[surface] = true
	}
	needles := append([]string{canary}, c.secrets...)
	if surface != "log" { // which tells what the crawl itself asked for
		needles = append(needles, c.files...)
	}
	for _, needle := range needles {
		if at := strings.Index(folded, strings.ToLower(needle)); at >= 0 {
			c.t.Errorf("as %q, %s %s tells %q: …%s…", c.who, surface, where, needle, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}

func (c *crawl) read(surface, path string, headers ...string) answer {
	c.t.Helper()
	got := c.ask(c.who, http.MethodGet, path, "", headers...)
	c.look(surface, path, fmt.Sprint(got.header)+got.body)
	return got
}

// settle waits until every leaf is in the signed tree.
func (a *aviary) settle() {
	a.t.Helper()
	eventually(a.t, "the log is signed", func() bool {
		var waiting int
		err := a.db.QueryRow(a.t.Context(), `select count(*) from log_pending`).Scan(&waiting)
		return err == nil && waiting == 0
	})
}

// operation is what the contract says of a GET, as far as one must know to ask it.
type operation struct {
	Parameters []struct {
		Name, In string
		Example  any
		Schema   struct{ Enum []any }
	}
}

// contract asks every GET of the contract about everything that was planted, in
// each format, with each parameter, in both languages.
func (c *crawl) contract() {
	c.t.Helper()
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(c.read("contract", "/api/openapi-3.0.json").body), &document); err != nil {
		c.t.Fatal(err)
	}
	for path, methods := range document.Paths {
		var get operation
		if methods["get"] == nil || strings.Contains(path, "{z}") || path == eventsPath {
			continue
		}
		if err := json.Unmarshal(methods["get"], &get); err != nil {
			c.t.Fatal(err)
		}
		for _, address := range c.addresses(path) {
			c.read(path, address)
			for _, query := range c.queries(path, get) {
				c.read(path, address+"?"+query.Encode())
			}
		}
	}
}

// addresses fill the parameters of a path with all that was planted, and some that was not.
func (c *crawl) addresses(path string) (all []string) {
	var size int
	if err := c.db.QueryRow(c.t.Context(), `select max(size) from log_checkpoints`).Scan(&size); err != nil {
		c.t.Fatal(err)
	}
	fill := func(name string, values ...string) {
		for _, value := range values {
			all = append(all, strings.Replace(path, name, value, 1))
		}
	}
	switch {
	case !strings.Contains(path, "{"):
		return []string{path}
	case strings.Contains(path, "photos/"):
		for _, one := range c.photos {
			all = append(all, strings.NewReplacer("{name}", one.file, "{id}", fmt.Sprint(one.number), "{size}", "320").Replace(path))
		}
	case strings.Contains(path, "organisations"):
		fill("{id}", "1", "2")
	case strings.Contains(path, "neighbourhoods"), strings.Contains(path, "categories"):
		fill("{id}", "give_box", "port", "nothing")
	case strings.Contains(path, "places"):
		fill("{id}", texts(append(c.places, 1, 999_999))...)
	case strings.Contains(path, "{id}"):
		fill("{id}", texts(append(c.sent, 999_999))...)
	case strings.Contains(path, "{tile}"):
		fill("{tile}", fmt.Sprintf("0/000.p/%d", size), fmt.Sprintf("entries/000.p/%d", size))
	case strings.Contains(path, "{entries}"):
		fill("{entries}", fmt.Sprintf("000.p/%d", size))
	case strings.Contains(path, "{leaf}"):
		fill("{leaf}", c.leaves...)
	case strings.Contains(path, "{item}"):
		fill("{item}", c.items()...)
	case strings.Contains(path, "{type}"):
		fill("{type}", "invalid")
	default:
		c.t.Fatalf("the crawl does not know what to put into %s", path)
	}
	return all
}

// items are the public names of imports, and of contributions.
func (c *crawl) items() (all []string) {
	rows, err := c.db.Query(c.t.Context(), `select item::text from imports union all select item::text from contributions`)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			c.t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func texts(ids []int64) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = fmt.Sprint(id)
	}
	return all
}

// queries are each format and each parameter's example, and what could find a canary.
func (c *crawl) queries(path string, get operation) (all []url.Values) {
	for _, p := range get.Parameters {
		switch {
		case p.In != "query":
		case p.Name == "f", p.Name == "lang":
			for _, value := range p.Schema.Enum {
				all = append(all, url.Values{p.Name: {fmt.Sprint(value)}})
			}
		case p.Name == "q":
			for _, words := range []string{canary[:2], control[:2], "rue " + canary[:2]} { // shorter than a canary: answers may tell what was asked
				all = append(all, url.Values{"q": {words}})
			}
		case p.Example != nil:
			all = append(all, url.Values{p.Name: {fmt.Sprint(p.Example)}})
		}
	}
	if path == "/ogc/collections/places/items" {
		for _, format := range []string{"json", "html", "csv", "geojsonl", "geojsonseq"} {
			all = append(all, url.Values{"f": {format}, "limit": {"10000"}, "state": {"open,closed,closed_temporarily"}})
		}
	}
	return all
}

// linksIn are the values of attributes that hold an address. No regular expression:
// over hundreds of pages the race detector makes one slow.
func linksIn(page string) (all []string) {
	for before, rest, more := strings.Cut(page, `="`); more; before, rest, more = strings.Cut(rest, `="`) {
		value, after, _ := strings.Cut(rest, `"`)
		rest = after
		if strings.HasSuffix(before, "href") || strings.HasSuffix(before, "action") || strings.HasSuffix(before, "src") {
			all = append(all, html.UnescapeString(value))
		}
	}
	return all
}

// pages follow every link from the first ones, in both languages.
func (c *crawl) pages() {
	c.t.Helper()
	const enough = 400
	base := "http://" + c.p.addr
	waiting := []string{"/", "/embed", "/integrer", "/imprimer", "/style.json", "/lieux", "/journal", "/contribuer/lieu", "/mes-contributions", "/moderation", "/donnees", "/a-propos", "/problems", "/api/v1/figures?f=html", "/lieux?q=" + canary[:2], "/lieux?q=" + control[:2]}
	team := fmt.Sprintf("/organisations/%d", c.organisation)
	waiting = append(waiting, team, team+"?lang=en", team+"/equipe", accounts.InvitationPath+"?jeton=x", "/suivi", "/suivi?organisation=1", "/admin", "/admin/comptes/1", "/api/v1/feeds"+team)
	for _, id := range texts(c.places) {
		waiting = append(waiting, "/lieux/"+id, "/lieux/"+id+"?lang=en", "/lieux/"+id+"?fragment=card",
			"/lieux/"+id+"/historique", "/lieux/"+id+"/historique?from=1&to=1", "/lieux/"+id+"/modifier", "/lieux/"+id+"/signaler")
	}
	visited := make(map[string]bool)
	for len(waiting) > 0 && len(visited) < enough {
		path := waiting[0]
		waiting = waiting[1:]
		if visited[path] {
			continue
		}
		visited[path] = true
		if path == "/compte/donnees.json" {
			c.ownData()
			continue
		}
		if before, _, _ := strings.Cut(path, "?"); before == "/compte" && c.who != "" { // her own address, for her alone
			c.look("page", path, strings.ReplaceAll(c.ask(c.who, http.MethodGet, path, "").body, canary+c.who+"@", ""))
			continue
		}
		got := c.read("page", path)
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, found := range linksIn(got.body) {
			link, _, _ := strings.Cut(strings.TrimPrefix(found, base), "#")
			if strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") && !strings.HasPrefix(link, eventsPath) {
				waiting = append(waiting, link)
			}
		}
	}
}

// ownData is what one takes out of one's own account: one's own name and labels, and nobody else's.
func (c *crawl) ownData() {
	c.t.Helper()
	got := c.ask(c.who, http.MethodGet, "/compte/donnees.json", "")
	c.look("own data", "/compte/donnees.json", strings.NewReplacer(canary+"user"+c.who, "", canary+c.who+"@", "", canary+"label", "").Replace(fmt.Sprint(got.header)+got.body))
}

// tiles of all zooms around everything that was planted, as they are and compressed.
func (c *crawl) tiles() {
	c.t.Helper()
	asked := make(map[string]bool)
	for i := range c.used {
		for zoom := range 23 {
			path := tileOf(c.spots[i*7%len(c.spots)], zoom)
			if asked[path] {
				continue
			}
			asked[path] = true
			c.read("tile", path, "Accept-Encoding", "identity")
			compressed := c.ask(c.who, http.MethodGet, path, "", "Accept-Encoding", "gzip")
			if compressed.header.Get("Content-Encoding") == "gzip" {
				plain, err := gzip.NewReader(strings.NewReader(compressed.body))
				if err != nil {
					c.t.Fatal(err)
				}
				text, err := io.ReadAll(plain)
				if err != nil {
					c.t.Fatal(err)
				}
				c.look("tile", path, string(text))
			}
		}
	}
}

func tileOf(at orb.Point, zoom int) string {
	x, y := geo.Mercator(at)
	side := float64(int(1) << zoom)
	return fmt.Sprintf("/tiles/places/%d/%d/%d.mvt", zoom, int(x*side), int(y*side))
}

// events reads the stream from its beginning to the last change.
func (c *crawl) events() {
	c.t.Helper()
	var last int64
	if err := c.db.QueryRow(c.t.Context(), `select max(seq) from changes`).Scan(&last); err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.p.addr+eventsPath+"?since=0", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	var all strings.Builder
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() && lines.Text() != fmt.Sprintf("id: %d", last) {
		all.WriteString(lines.Text() + "\n")
	}
	if !lines.Scan() {
		c.t.Fatalf("the events end before %d: %v", last, lines.Err())
	}
	c.look("events", eventsPath, all.String()+lines.Text())
}

// refusals tries what is not allowed, on everything, and what looks like what is there.
func (c *crawl) refusals() {
	c.t.Helper()
	const patch = `{"properties":{"operator":"autre"}}`
	for _, id := range texts(c.places) {
		for _, method := range []string{"PATCH", "PUT", "DELETE"} {
			got := c.ask(c.who, method, "/ogc/collections/places/items/"+id, patch)
			c.look("refusal", method+" "+id, fmt.Sprint(got.header)+got.body)
		}
	}
	for _, id := range texts(c.sent) {
		for _, what := range []string{"withdraw", "answer", "appeal", "decision"} {
			path := contributions + "/" + id + "/" + what
			if what == "decision" {
				path = "/api/v1/moderation/contributions/" + id + "/decision"
			}
			got := c.ask(c.who, http.MethodPost, path, `{"message":"Dit."}`, "If-Match", `"1"`)
			c.look("refusal", path, fmt.Sprint(got.header)+got.body)
		}
	}
	for i := range c.used { // at the very spot of what was planted, and not to be stored
		at := c.spots[i*7%len(c.spots)]
		body := fmt.Sprintf(`{"action":"create","place":{"category":"give_box","position":[%f,%f],"name":"Boîte","website":"https://example.org","colour":1}}`, at[0]+0.00007, at[1]+0.00007)
		got := c.ask(c.who, http.MethodPost, contributions, body)
		c.look("refusal", body, fmt.Sprint(got.header)+got.body)
		if got = c.ask(c.who, http.MethodPost, contributions, strings.Replace(body, `,"colour":1`, "", 1)); got.status == http.StatusConflict {
			c.look("look-alikes", body, got.body)
		}
	}
}

// hers are the resident's own contributions: her words are there, nobody's name is.
func (c *crawl) hers() {
	c.t.Helper()
	for _, id := range append(texts(c.ownOfHer), "") {
		got := c.ask("rosa", http.MethodGet, strings.TrimSuffix(contributions+"/"+id, "/"), "")
		if got.status != http.StatusOK || strings.Contains(got.body, canary+"user") || strings.Contains(got.body, canary+"label") || strings.Contains(got.body, "cq_") {
			c.t.Errorf("her own %s: %d %s", id, got.status, got.body)
		}
	}
	if !slices.ContainsFunc(c.ownOfHer, func(id int64) bool {
		return strings.Contains(c.ask("rosa", http.MethodGet, fmt.Sprintf("%s/%d", contributions, id), "").body, canary+"question")
	}) {
		c.t.Error("she is not shown the question that she was asked")
	}
}

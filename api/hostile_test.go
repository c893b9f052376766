package api_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cartoquartiers/places"
)

// hostile is a text that would do something where it is taken for more than text.
const hostile = `=HYPERLINK("x");=1+1"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}</script>`

func hostilePlace() places.Draft {
	d := draft(hostile, "library", 0.5, 0.5)
	d.Document.Name["en"] = "@" + hostile
	d.Document.Description = places.Text{places.Undetermined: "-" + hostile, "en": hostile}
	d.Document.Operator, d.Document.OpeningHours = "+"+hostile, hostile
	d.Document.Website, d.Document.Email = "javascript:alert(1)//https://", hostile
	d.Document.Address = &places.Address{Street: hostile, Housenumber: "\t=1", City: hostile, Postcode: hostile, Text: hostile}
	return d
}

func TestTextFromPeopleIsNeverHTML(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hostilePlace())
	for _, path := range []string{
		"/ogc/collections/places/items?f=html", "/ogc/collections/places/items?f=html&lang=en&q=hyperlink", "/ogc/collections/places/items/1?f=html",
		"/ogc/collections/places/items?f=html&limit=1&category=library&lang=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/ogc/collections/places?f=html",
	} {
		page := w.body(http.StatusOK, path)
		document, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		for node := range document.Descendants() {
			if node.Data == "script" || node.Data == "img" {
				t.Errorf("%s has the element %s", path, node.Data)
			}
			for _, a := range node.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
					t.Errorf("%s has %s=%q", path, a.Key, a.Val)
				}
			}
		}
		if strings.Contains(path, "items") && !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("%s does not show the text: %s", path, page)
		}
	}
}

// TestOtherFormsAreNotTakenForHTML makes sure that a browser believes the type
// that is said, in refusals too, which repeat what was sent.
func TestOtherFormsAreNotTakenForHTML(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hostilePlace())
	for _, path := range []string{
		"/ogc/collections/places/items", "/ogc/collections/places/items?f=csv", "/ogc/collections/places/items?f=geojsonl", "/ogc/collections/places/items/1",
		"/api/v1/search?q=hyperlink", "/api/v1/places/1/revisions", "/tiles/places/14/8214/8169.mvt",
		"/ogc/collections/places/items?category=%3Cscript%3Ealert(1)%3C/script%3E", "/ogc/collections/places/items/%3Cscript%3E", "/%3Cscript%3E",
		"/problems/%3Cscript%3E", "/log/tile/%3Cscript%3E",
	} {
		response := w.get(path)
		if kind := response.Header.Get("Content-Type"); strings.Contains(kind, "html") || response.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s is %s, %q", path, kind, response.Header.Get("X-Content-Type-Options"))
		}
	}
}

// formula is the beginning of a cell that a spreadsheet runs.
var formula = regexp.MustCompile(`^[=+\-@\t\r\n]`)

func TestCSVRunsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hostilePlace())
	text := w.body(http.StatusOK, "/ogc/collections/places/items?f=csv")
	for _, separator := range []rune{',', ';'} { // as we mean it, and as a French spreadsheet takes it
		reader := csv.NewReader(strings.NewReader(text))
		reader.Comma, reader.LazyQuotes, reader.FieldsPerRecord = separator, true, -1
		records, err := reader.ReadAll()
		if err != nil || len(records) < 2 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		for _, cell := range records[1] {
			if formula.MatchString(cell) {
				t.Errorf("cut at %q, a cell is %q", separator, cell)
			}
		}
	}
	var features list
	w.into(&features, "/ogc/collections/places/items")
	if name := features.Features[0].Properties["name"]; name != hostile { // other forms hold what was said
		t.Errorf("the name is %q", name)
	}
	var revisions struct {
		Revisions []struct{ Document json.RawMessage }
	}
	if w.into(&revisions, "/api/v1/places/1/revisions"); len(revisions.Revisions) != 1 {
		t.Errorf("%d revisions", len(revisions.Revisions))
	}
}

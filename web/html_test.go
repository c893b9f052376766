package web

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// pages are the addresses that every rule about HTML is checked on.
func (town *testTown) pages() []string {
	return []string{
		"/", fmt.Sprintf("/?place=%d&group=culture", town.library), "/lieux", "/lieux?q=jardin&lang=en",
		"/lieux?group=health&state=open,closed", "/lieux?near=-1.55,47.21", "/lieux?fragment=list",
		fmt.Sprintf("/lieux/%d", town.library), fmt.Sprintf("/lieux/%d?lang=en", town.garden),
		fmt.Sprintf("/lieux/%d", town.hostile), fmt.Sprintf("/lieux/%d", town.closed),
		fmt.Sprintf("/lieux/%d?fragment=card", town.library), "/donnees", "/a-propos", "/accessibilite",
		fmt.Sprintf("/lieux/%d/historique?lang=en", town.library), fmt.Sprintf("/lieux/%d/historique?from=1", town.hostile),
		fmt.Sprintf("/lieux/%d/modifier", town.library), fmt.Sprintf("/lieux/%d/modifier?lang=en", town.hostile), fmt.Sprintf("/lieux/%d/signaler?what=close", town.hostile),
		fmt.Sprintf("/lieux/%d/photo", town.hostile), "/contribuer", "/contribuer/lieu", "/contribuer/lieu?lang=en&name=%22%3E", "/mes-contributions?lang=en",
		"/embed?group=culture", fmt.Sprintf("/embed?place=%d&lang=en", town.hostile), "/integrer?height=360&neighbourhood=centre", "/imprimer?lang=en", "/imprimer?group=culture&bbox=-1.6,47.1,-1.5,47.3",
		"/chiffres", "/chiffres?lang=en", "/journal", "/journal?lang=en", "/journal/0", "/journal/recu",
	}
}

func TestHTMLIsSound(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	town.submit(t, visitor(), creation)
	town.integrate(t)
	for _, address := range town.pages() {
		t.Run(address, func(t *testing.T) {
			text := town.page(t, address)
			document, err := html.Parse(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			checkDocument(t, document, !strings.Contains(address, "fragment="))
		})
	}
}

// outline is what checkDocument remembers of the elements it has seen.
type outline struct {
	ids, labelled map[string]bool
	references    []string // ids that must exist
	controls      []*html.Node
	headings      int // of the first level
	mains         int
}

func checkDocument(t *testing.T, document *html.Node, whole bool) {
	t.Helper()
	seen := outline{ids: map[string]bool{}, labelled: map[string]bool{}}
	for node := range document.Descendants() {
		if node.Type == html.ElementNode {
			checkElement(t, node, &seen)
		}
	}
	for _, id := range seen.references {
		if whole && !seen.ids[id] {
			t.Errorf("something refers to #%s, which is not there", id)
		}
	}
	for _, control := range seen.controls {
		if !seen.labelled[attribute(control, "id")] && !inside(control, "label") {
			t.Errorf("<%s name=%q> has no label", control.Data, attribute(control, "name"))
		}
	}
	if whole && (seen.headings != 1 || seen.mains != 1) {
		t.Errorf("%d h1 and %d main, want one of each", seen.headings, seen.mains)
	}
}

func checkElement(t *testing.T, node *html.Node, seen *outline) {
	t.Helper()
	if id := attribute(node, "id"); id != "" {
		if seen.ids[id] {
			t.Errorf("two elements have the id %s", id)
		}
		seen.ids[id] = true
	}
	for _, a := range node.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			t.Errorf("<%s> has %s, which the policy of the pages forbids", node.Data, a.Key)
		}
		if a.Key == "aria-labelledby" || a.Key == "aria-controls" || a.Key == "for" {
			seen.references = append(seen.references, a.Val)
		}
	}
	switch node.Data {
	case "h1":
		seen.headings++
	case "main":
		seen.mains++
	case "label":
		seen.labelled[attribute(node, "for")] = true
	case "input", "select", "textarea":
		if attribute(node, "type") != "hidden" {
			seen.controls = append(seen.controls, node)
		}
	case "a", "button", "summary":
		if strings.TrimSpace(textOf(node)) == "" {
			t.Errorf("<%s href=%q> says nothing", node.Data, attribute(node, "href"))
		}
	case "script":
		kind := attribute(node, "type")
		if kind != "application/json" && kind != "application/ld+json" && attribute(node, "src") == "" {
			t.Errorf("a script stands in the page: %.80s", textOf(node))
		}
	case "style":
		t.Error("a style sheet stands in the page")
	}
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func inside(node *html.Node, name string) bool {
	for ; node != nil; node = node.Parent {
		if node.Data == name {
			return true
		}
	}
	return false
}

func textOf(node *html.Node) string {
	var text strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			text.WriteString(child.Data)
		}
	}
	return text.String()
}

func TestHostileTextsStayText(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	for _, address := range []string{
		fmt.Sprintf("/lieux/%d", town.hostile), fmt.Sprintf("/lieux/%d?fragment=card", town.hostile),
		fmt.Sprintf("/lieux/%d/historique", town.hostile),
		fmt.Sprintf("/?place=%d", town.hostile), "/lieux", "/lieux?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
		"/lieux?near=-1.554,47.2186&lang=en", "/?lang=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
	} {
		text := town.page(t, address)
		expect(t, address, text, "not <script>alert", "not href=\"javascript", "not onclick=\"alert", "not >{{")
		document, err := html.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for node := range document.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			if href := attribute(node, "href"); strings.HasPrefix(strings.ToLower(href), "javascript:") {
				t.Errorf("%s links to %s", address, href)
			}
			// A name that turns the direction of writing must not turn the line it stands in.
			if node.Data == "a" && strings.ContainsRune(textOf(node), '\u202e') && node.FirstChild.Data != "bdi" && node.Parent.Data != "bdi" {
				t.Errorf("%s: a name stands outside <bdi>: %q", address, textOf(node))
			}
		}
	}
	expect(t, "the card", town.page(t, fmt.Sprintf("/lieux/%d", town.hostile)), "&lt;script&gt;")
}

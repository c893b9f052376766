package api

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"cartoquartiers/places"
)

//go:embed pages
var pageFiles embed.FS

// stylePath is where the pages find their only style sheet; they load nothing else.
const stylePath = "/api/style.css"

// pages are the HTML forms of the resources, by name.
type pages struct {
	templates map[string]*template.Template
	style     []byte
}

func readPages() (pages, error) {
	p := pages{templates: make(map[string]*template.Template)}
	for _, name := range []string{"landing", "conformance", "collections", "collection", "items", "item", "schema", "docs", "problems", "figures"} {
		parsed, err := template.New("frame.html").Funcs(pageFunctions).
			ParseFS(pageFiles, "pages/frame.html", "pages/"+name+".html")
		if err != nil {
			return p, fmt.Errorf("read page %s: %w", name, err)
		}
		p.templates[name] = parsed
	}
	var err error
	if p.style, err = pageFiles.ReadFile("pages/style.css"); err != nil {
		return p, fmt.Errorf("read the style: %w", err)
	}
	return p, nil
}

var pageFunctions = template.FuncMap{
	"isLink": func(text string) bool {
		return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
	},
	"join":   func(texts []string) string { return strings.Join(texts, ", ") },
	"anchor": func(text string) string { return strings.ToLower(strings.ReplaceAll(text, " ", "-")) },
}

// frame is what every page gets.
type frame struct {
	Title    string
	Language string
	Crumbs   []link
	Formats  []link // this in other formats
	Other    string // this page in the other language
	Data     any
	request  *request
}

// T is the text in the language of the page.
func (f frame) T(french, english string) string { return f.request.say(french, english) }

// write answers a page; its tag is a hash of it.
func (p pages) write(w http.ResponseWriter, r *request, name, title string, data any) error {
	page := frame{Title: title, Language: r.language, Crumbs: crumbs(r), Data: data, request: r}
	page.Other = r.with("lang", r.say("en", "fr"))
	for _, format := range []string{"json", "csv", "geojsonl"} {
		if format == "json" || name == "items" && strings.Contains(r.URL.Path, "/places/") {
			page.Formats = append(page.Formats, link{Href: r.with("f", format, "limit", ""), Title: format})
		}
	}
	var body bytes.Buffer
	if err := p.templates[name].Execute(&body, page); err != nil {
		return fmt.Errorf("write page %s: %w", name, err)
	}
	w.Header().Set("Content-Language", r.language)
	writeBody(w, r, revalidated, body.Bytes())
	return nil
}

// crumbs lead from the landing page to here.
func crumbs(r *request) []link {
	trail := []link{{Href: r.base + "/", Title: "CartoQuartiers"}}
	path := ""
	for part := range strings.SplitSeq(strings.Trim(r.URL.Path, "/"), "/") {
		path += "/" + part
		trail = append(trail, link{Href: r.base + path + "?f=html", Title: part})
	}
	return trail
}

// itemsData is what the page of a list shows.
type itemsData struct {
	Matched int
	Rows    []itemRow
	Next    string
	Credit  string
	Links   []link
}

type itemRow struct {
	Href  string
	Title string
	Facts []string
}

// shown is the part of any feature that a list shows.
type shown struct {
	ID         any `json:"id"`
	Properties struct {
		Name          string          `json:"name"`
		LabelFr       string          `json:"label_fr"`
		LabelEn       string          `json:"label_en"`
		Category      string          `json:"category"`
		Neighbourhood string          `json:"neighbourhood"`
		Group         string          `json:"group"`
		Address       *places.Address `json:"address"`
		State         places.State    `json:"state"`
	} `json:"properties"`
}

func (s *server) writeItemsHTML(w http.ResponseWriter, r *request, page itemsPage) error {
	data := itemsData{Matched: page.matched, Next: page.next, Credit: page.credit.attribution, Links: page.credit.links()}
	for feature := range page.each() {
		var item shown
		decoder := json.NewDecoder(bytes.NewReader(feature))
		decoder.UseNumber()
		if err := decoder.Decode(&item); err != nil {
			return fmt.Errorf("read a rendered feature: %w", err)
		}
		data.Rows = append(data.Rows, s.row(r, item))
	}
	return s.pages.write(w, r, "items", crumbs(r)[3].Title, data)
}

func (s *server) row(r *request, item shown) itemRow {
	p := item.Properties
	category, _ := s.Taxonomy.Category(p.Category)
	label := category.Label(r.language)
	row := itemRow{
		Href:  fmt.Sprintf("%s%s/%v?f=html", r.base, r.URL.Path, item.ID),
		Title: cmp.Or(p.Name, r.say(p.LabelFr, p.LabelEn), label),
	}
	facts := []string{label, p.Neighbourhood}
	if p.Address != nil {
		facts = append(facts, strings.TrimSpace(p.Address.Housenumber+" "+p.Address.Street), p.Address.City)
	}
	if p.State != "" && p.State != places.Open {
		facts = append(facts, string(p.State))
	}
	if p.Category == "" {
		facts = append(facts, p.Group)
	}
	row.Facts = slices.DeleteFunc(facts, func(fact string) bool { return fact == "" || fact == row.Title })
	return row
}

// itemData is what the page of one item shows.
type itemData struct {
	Facts    []fact
	Geometry string
	Credit   string
}

type fact struct{ Label, Name, Value string }

func (s *server) writeItemHTML(w http.ResponseWriter, r *request, collection string, feature []byte) error {
	var item struct {
		Geometry   json.RawMessage            `json:"geometry"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(feature, &item); err != nil {
		return fmt.Errorf("read a rendered feature: %w", err)
	}
	credit := s.credit(s.Snapshot.View())
	data := itemData{Credit: credit.attribution, Geometry: string(item.Geometry)}
	title := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	for _, info := range s.collectionInfos() {
		for _, p := range info.properties {
			if value, ok := item.Properties[p.name]; ok && info.id == collection {
				data.Facts = append(data.Facts, fact{r.say(p.french, p.english), p.name, plain(value)})
			}
		}
	}
	for _, f := range data.Facts {
		if f.Name == "name" || f.Name == r.say("label_fr", "label_en") {
			title = f.Value
			break
		}
	}
	return s.pages.write(w, r, "item", title, data)
}

// plain writes a JSON value for people: a text as it is, the rest as JSON.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var list []string
	if json.Unmarshal(value, &list) == nil {
		return strings.Join(list, ", ")
	}
	return string(value)
}

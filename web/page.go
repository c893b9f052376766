package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
)

// view is what every template is given: the page's own Data, and methods for its
// words, links and formats.
type view struct {
	site     *site
	Language string
	sticky   bool // the language stands in the URL, so links keep it
	base     string
	request  *url.URL
	Path     string
	Title    string
	Status   int
	Data     any
}

// answer is what a page hands back: its template and what goes in. A fragment is
// sent without the frame.
type answer struct {
	template string
	title    string // already in the caller's language
	data     any
	status   int // 200 if zero
	fragment bool
	private  bool   // for who asks alone: nobody keeps it
	redirect string // 301 to here, nothing else counts
	seeOther string // 303 to here after a POST, nothing else counts
}

// page makes a handler of a function that looks things up and returns.
func (s *site) page(show func(*http.Request, *view) (answer, error)) http.Handler {
	return s.act(func(_ http.ResponseWriter, r *http.Request, v *view) (answer, error) { return show(r, v) })
}

// act is page for a function that also sets headers, as who signs in gets a cookie.
func (s *site) act(do func(http.ResponseWriter, *http.Request, *view) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.newView(r)
		result, err := do(w, r, v)
		if err != nil {
			result = s.explain(r, v, err)
		}
		s.send(w, r, v, result)
	})
}

// file makes a handler of a function that writes something else than a page; why
// it did not is a page.
func (s *site) file(write func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := write(w, r); err != nil {
			v := s.newView(r)
			s.send(w, r, v, s.explain(r, v, err))
		}
	})
}

func (s *site) newView(r *http.Request) *view {
	asked := r.URL.Query().Get("lang")
	return &view{
		site: s, request: r.URL, Path: r.URL.Path, base: s.baseURL(r),
		Language: httpkit.Language(r), sticky: slices.Contains(Languages, asked),
	}
}

func (s *site) send(w http.ResponseWriter, r *http.Request, v *view, a answer) {
	if a.redirect != "" {
		w.Header().Set("Cache-Control", "no-cache") // for ever, unless a merge is undone
		http.Redirect(w, r, a.redirect, http.StatusMovedPermanently)
		return
	}
	if a.seeOther != "" {
		w.Header().Set("Cache-Control", "private, no-store")
		http.Redirect(w, r, a.seeOther, http.StatusSeeOther)
		return
	}
	v.Title, v.Data, v.Status = a.title, a.data, max(a.status, http.StatusOK)
	var body bytes.Buffer
	if err := s.templates.render(&body, a, v); err != nil {
		httpkit.Logger(r.Context()).ErrorContext(r.Context(), "render page", "template", a.template, "error", err)
		http.Error(w, v.T("error.internal.title"), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", v.Language)
	header.Add("Vary", "Accept-Language")
	for _, url := range v.licences() {
		header.Add("Link", "<"+url+`>; rel="license"`)
	}
	if v.Status != http.StatusOK || a.private {
		header.Set("Cache-Control", "no-store")
		if a.private {
			header.Set("Cache-Control", "private, no-store")
		}
		w.WriteHeader(v.Status)
		_, _ = body.WriteTo(w) // the caller hung up: nobody is left to tell
		return
	}
	header.Set("Cache-Control", "public, no-cache")
	writeTagged(w, r, shortHash(body.Bytes()), body.Bytes())
}

// shortHash names a content.
func shortHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:12])
}

// writeTagged sends body, or 304 to a caller who has it already.
func writeTagged(w http.ResponseWriter, r *http.Request, tag string, body []byte) {
	if httpkit.NotModified(w, r, tag, time.Time{}) {
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the caller hung up: nobody is left to tell
}

// baseURL is how the caller addresses us: as configured, else as the request says.
func (s *site) baseURL(r *http.Request) string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *site) notFound(*http.Request, *view) (answer, error) {
	return answer{}, fault.New(fault.NotFound, "no such page")
}

// T is the text of a key in the page's language.
func (v *view) T(key string, pairs ...any) string {
	return v.site.catalogue[v.Language].text(key, pairs...)
}

// N is the text of a key for a count.
func (v *view) N(key string, count int, pairs ...any) string {
	return v.site.catalogue[v.Language].plural(v.Language, key, count, pairs...)
}

// ScriptText are the texts of the islands.
func (v *view) ScriptText() catalogue { return v.site.catalogue[v.Language].script() }

// TextsUnder are the texts of an island that only some pages have, by key without its prefix.
func (v *view) TextsUnder(prefix string) catalogue { return v.site.catalogue[v.Language].under(prefix) }

// textOr is the text of a key made of data, or the other text where there is none.
func (v *view) textOr(key, other string) string {
	if _, found := v.site.catalogue[v.Language][key]; !found {
		return other
	}
	return v.T(key)
}

// Base is the scheme and host of absolute links.
func (v *view) Base() string { return v.base }

// With is the view for a part of the page that shows something of its own.
func (v *view) With(data any) *view {
	part := *v
	part.Data = data
	return &part
}

// Number formats a count.
func (v *view) Number(n int) string { return formatNumber(v.Language, float64(n)) }

// Link is a path of ours with query pairs, keeping the language where the
// reader chose one. Empty values are left out.
func (v *view) Link(path string, pairs ...any) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		if value := strings.TrimSpace(fmt.Sprint(pairs[i+1])); value != "" {
			query.Set(name, value)
		}
	}
	if v.sticky {
		query.Set("lang", v.Language)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// InLanguage is this very page in another language.
func (v *view) InLanguage(language string) string {
	query := v.request.Query()
	query.Set("lang", language)
	query.Del("fragment")
	return v.Path + "?" + query.Encode()
}

// Languages are all there are.
func (v *view) Languages() []string { return Languages }

// OtherLanguages are the ones to switch to.
func (v *view) OtherLanguages() []string {
	var others []string
	for _, language := range Languages {
		if language != v.Language {
			others = append(others, language)
		}
	}
	return others
}

// Sticky reports whether the reader chose the language in the URL.
func (v *view) Sticky() bool { return v.sticky }

// Styles, Script and Built say what the frame loads.
func (v *view) Styles() []string { return v.site.assets.styles }

// Fonts are the URLs of the fonts, asked for before the styles are read: words
// that change their font under the reader's eyes push everything aside.
func (v *view) Fonts() []string { return v.site.assets.fonts }

// Script is the URL of the first module, empty without a build.
func (v *view) Script() string { return v.site.assets.script }

// Built reports whether the web part was built.
func (v *view) Built() bool { return v.site.assets.built }

// Pictogram is the URL of a category's pictogram in the sprite.
func (v *view) Pictogram(category string) string {
	return v.site.assets.URL("icons/pictograms.svg") + "#" + category
}

// Icon is the URL of an interface icon in the sprite.
func (v *view) Icon(name string) string {
	return v.site.assets.URL("icons/ui.svg") + "#" + name
}

// Asset is the URL of a file below /static/.
func (v *view) Asset(name string) string { return v.site.assets.URL(name) }

// Query is what the search field holds.
func (v *view) Query() string { return v.request.Query().Get("q") }

// LanguageName is the name of a language in that language.
func (v *view) LanguageName(language string) string {
	return map[string]string{"fr": "Français", "en": "English"}[language]
}

// Kept is a parameter of this request, for a form to carry on.
func (v *view) Kept(name string) string { return v.request.Query().Get(name) }

// ToMap and ToList are the same question on the map and without it.
func (v *view) ToMap() string { return v.vary("/", "near", "", "bbox", "", "after", "") }

// ToPrint and ToIntegrate are the same question on paper, and in a frame.
func (v *view) ToPrint() string { return v.vary("/imprimer") }

// ToIntegrate is documented at ToPrint.
func (v *view) ToIntegrate() string { return v.vary("/integrer") }

// ToList is documented at ToMap.
func (v *view) ToList() string { return v.vary("/lieux") }

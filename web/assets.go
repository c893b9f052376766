package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"

	"cartoquartiers/places"
)

// The build of Vite, and what the pages need even without it: plain style sheets
// and pictograms. dist holds only .gitkeep until `make web`.
//
//go:embed all:dist src/styles src/icons
var embedded embed.FS

// mainEntry is the module that every page loads, as Vite's manifest names it.
const mainEntry = "src/main.ts"

// fallbackStyle is what the pages use while there is no build.
const fallbackStyle = "styles/main.css"

// asset is one static file, held as it is sent.
type asset struct {
	body        []byte
	contentType string
	hash        string // of the body, short
}

// assets are the static files under /static/, and the names of those that pages link.
type assets struct {
	files  map[string]asset // by path below /static/
	styles []string         // URLs, in order
	fonts  []string         // URLs of the fonts that the styles name
	script string           // URL of the first module; empty without a build
	built  bool
}

// manifestEntry is the part of Vite's manifest that we read:
// https://vite.dev/guide/backend-integration.
type manifestEntry struct {
	File   string   `json:"file"`
	CSS    []string `json:"css"`
	Assets []string `json:"assets"`
}

func readAssets() *assets { return assetsIn(embedded) }

func assetsIn(source fs.FS) *assets {
	a := &assets{files: make(map[string]asset)}
	a.addTree(source, "src/styles", "styles/")
	a.addTree(source, "src/icons", "icons/")
	a.addTree(source, "dist", "")
	a.readManifest(source)
	if !a.built {
		a.styles = []string{"/static/" + fallbackStyle}
	}
	return a
}

func (a *assets) addTree(source fs.FS, root, prefix string) {
	walk := func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		body, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		a.put(prefix+strings.TrimPrefix(name, root+"/"), body)
		return nil
	}
	if err := fs.WalkDir(source, root, walk); err != nil {
		panic("embedded files do not read: " + err.Error()) // they are in the binary
	}
}

// contentType does not ask the machine's own table where it matters.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}

func (a *assets) readManifest(source fs.FS) {
	text, err := fs.ReadFile(source, "dist/manifest.json")
	if err != nil {
		return // no build yet: the pages say so
	}
	var manifest map[string]manifestEntry
	if err := json.Unmarshal(text, &manifest); err != nil || manifest[mainEntry].File == "" {
		panic("web/dist/manifest.json is not the manifest of our build; run make web")
	}
	entry := manifest[mainEntry]
	a.built, a.script = true, "/static/"+entry.File
	for _, css := range entry.CSS {
		a.styles = append(a.styles, "/static/"+css)
	}
	for _, name := range entry.Assets {
		if path.Ext(name) == ".woff2" {
			a.fonts = append(a.fonts, "/static/"+name)
		}
	}
}

// spriteName is the sprite of pictograms, one <symbol> a line, by category.
const spriteName = "icons/pictograms.svg"

// shippedSprite is the same before a town has chosen others, to choose from.
const shippedSprite = "icons/shipped.svg"

// symbolLine is a symbol of the sprite: its id, and the rest.
var symbolLine = regexp.MustCompile(`(?m)^<symbol id="([\w-]+)"(.*)$`)

// townSheet is the style sheet with the colours that a town has chosen. It is there when
// the town has chosen none, too: another server may have been told of a choice first.
const townSheet = "styles/town.css"

// paint gives groups the colours that a town has chosen for them: the sheet says
// those of tokens.css anew, from which pages, maps and prints take theirs.
func (a *assets) paint(taxonomy *places.Taxonomy) {
	var day, night strings.Builder
	for _, shipped := range places.ShippedTaxonomy().Groups {
		town, known := taxonomy.FindGroup(shipped.ID)
		if known && town.Colour != shipped.Colour {
			fmt.Fprintf(&day, "--%s:%s;", town.ID, town.Colour.Day)
			fmt.Fprintf(&night, "--%s:%s;", town.ID, town.Colour.Night)
		}
	}
	body := fmt.Sprintf(":root{%s}\n@media (prefers-color-scheme: dark){:root{%s}}\n", &day, &night)
	a.put(townSheet, []byte(body))
	if day.Len() > 0 {
		a.styles = append(a.styles, a.URL(townSheet))
	}
}

func (a *assets) put(name string, body []byte) {
	sum := sha256.Sum256(body)
	a.files[name] = asset{body, contentType(name), hex.EncodeToString(sum[:8])}
}

// draw gives categories the pictograms that a town has chosen for them.
func (a *assets) draw(taxonomy *places.Taxonomy) {
	sprite := string(a.files[spriteName].body)
	shapes := make(map[string]string)
	for _, line := range symbolLine.FindAllStringSubmatch(sprite, -1) {
		shapes[line[1]] = line[2]
	}
	a.files[shippedSprite] = a.files[spriteName]
	body := []byte(symbolLine.ReplaceAllStringFunc(sprite, func(line string) string {
		id := symbolLine.FindStringSubmatch(line)[1]
		category, known := taxonomy.Category(id)
		if !known || category.Pictogram == id {
			return line
		}
		return `<symbol id="` + id + `"` + shapes[category.Pictogram]
	}))
	a.put(spriteName, body)
}

// URL is the address of a file below /static/ that changes when the file does.
func (a *assets) URL(name string) string {
	return "/static/" + name + "?v=" + a.files[name].hash
}

// ServeHTTP answers /static/…. What has its hash in its name, or is asked for by
// its hash, never changes.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/static/")
	file, ok := a.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	cacheControl := "no-cache"
	if strings.HasPrefix(name, "assets/") || r.URL.Query().Get("v") == file.hash {
		cacheControl = "public, max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", cacheControl)
	w.Header().Set("Content-Type", file.contentType)
	writeTagged(w, r, file.hash, file.body)
}

package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// themes are those that the web part builds a style for: src/map/base.ts.
var themes = []string{"light", "dark", "contrast", "contrast-dark"}

// outsideStyle is the part of a MapLibre style (https://maplibre.org/maplibre-style-spec/)
// that is for the server to say: where its sources are. TileJSON says whom to name.
type outsideStyle struct {
	Version int                          `json:"version"`
	Name    string                       `json:"name"`
	Sources map[string]map[string]string `json:"sources"`
	Layers  []map[string]json.RawMessage `json:"layers"`
}

// serveStyle writes /style.json: the map with our places, for programs that draw
// MapLibre styles. ?theme= names one of themes, ?lang= the language of names.
func (s *site) serveStyle(w http.ResponseWriter, r *http.Request) error {
	theme := r.URL.Query().Get("theme")
	if theme == "" {
		theme = themes[0]
	}
	if !slices.Contains(themes, theme) {
		return fault.InvalidField("theme", "%q is none of %v", theme, themes)
	}
	built, ok := s.assets.files["style/"+theme+".json"]
	if !ok {
		return fault.New(fault.NotFound, "this server was built without its web part")
	}
	v := s.newView(r)
	style, err := v.outsideStyle(inTownColours(built.body, s.Taxonomy, strings.HasSuffix(theme, "dark")))
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Cache-Control", "public, no-cache")
	header.Add("Vary", "Accept-Language")
	writeTagged(w, r, shortHash(style), style)
	return nil
}

// outsideStyle writes whole addresses and the reader's language into a style, and
// leaves out a base map that is not there.
func (v *view) outsideStyle(built []byte) ([]byte, error) {
	var style outsideStyle
	if err := json.Unmarshal(bytes.ReplaceAll(built, []byte(`"name:fr"`), []byte(`"name:`+v.Language+`"`)), &style); err != nil {
		return nil, fmt.Errorf("read the style: %w", err)
	}
	if v.site.Basemap == nil || !v.site.Basemap() {
		delete(style.Sources, "basemap")
		style.Layers = slices.DeleteFunc(style.Layers, func(layer map[string]json.RawMessage) bool {
			return string(layer["source"]) == `"basemap"`
		})
	}
	for _, source := range style.Sources {
		source["url"] = v.Base() + source["url"]
	}
	text, err := json.Marshal(style)
	if err != nil {
		return nil, fmt.Errorf("write the style: %w", err)
	}
	return text, nil
}

// groupColour is how a built style says the colour of a group: the pair of an
// expression match.
const groupColour = `"%s","%s"`

// inTownColours writes the colours that the town has chosen for groups into a built style.
func inTownColours(built []byte, taxonomy *places.Taxonomy, night bool) []byte {
	for _, shipped := range places.ShippedTaxonomy().Groups {
		town, known := taxonomy.FindGroup(shipped.ID)
		if !known || town.Colour == shipped.Colour {
			continue
		}
		from, to := shipped.Colour.At(night), town.Colour.At(night)
		built = bytes.ReplaceAll(built, fmt.Appendf(nil, groupColour, shipped.ID, from), fmt.Appendf(nil, groupColour, shipped.ID, to))
	}
	return built
}

package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cartoquartiers/places/snapshot"
	"cartoquartiers/tiles"
)

// tileJSON is TileJSON 3.0.0: https://github.com/mapbox/tilejson-spec/tree/master/3.0.0.
type tileJSON struct {
	TileJSON     string        `json:"tilejson" example:"3.0.0"`
	Name         string        `json:"name"`
	Description  string        `json:"description,omitempty"`
	Version      string        `json:"version" doc:"Changes when something was published"`
	Attribution  string        `json:"attribution,omitempty"`
	Scheme       string        `json:"scheme" example:"xyz"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       []float64     `json:"bounds,omitempty" doc:"West, south, east, north of everything published"`
	VectorLayers []vectorLayer `json:"vector_layers"`
}

type vectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	Fields      map[string]string `json:"fields"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
}

func (s *server) tileJSON(w http.ResponseWriter, r *request) error {
	if _, err := s.openFilter(r); err != nil {
		return err
	}
	view := s.Snapshot.View()
	credit := s.credit(view)
	credit.head(w)
	described := tileJSON{
		TileJSON: "3.0.0", Name: "CartoQuartiers",
		Description: r.say("Services publics et initiatives citoyennes", "Public services and citizen initiatives"),
		Version:     "1.0." + strconv.FormatInt(view.Seq(), 10), Attribution: credit.attribution, Scheme: "xyz",
		Tiles: []string{s.tileTemplate(r)}, MinZoom: 0, MaxZoom: tiles.MaxZoom, VectorLayers: vectorLayers(view, r),
	}
	if credit.extent != nil {
		described.Bounds = credit.extent.Spatial.BBox[0]
	}
	return writeJSON(w, r, revalidated, described)
}

// tileTemplate is the address of tiles with the filters of this request.
func (s *server) tileTemplate(r *request) string {
	template := s.baseOf(r.Request) + tileRoute
	query := make([]string, 0, len(tileParameters))
	for _, name := range tileParameters {
		if list := r.list(name); len(list) > 0 {
			query = append(query, name+"="+url.QueryEscape(strings.Join(list, ",")))
		}
	}
	if len(query) > 0 {
		template += "?" + strings.Join(query, "&")
	}
	return template
}

func vectorLayers(view *snapshot.View, r *request) []vectorLayer {
	fields := make(map[string]string)
	for _, key := range tiles.PlaceFields() {
		fields[key] = "String"
	}
	fields[tiles.VerifiedField] = "Number"
	counts := map[string]string{tiles.CountField: "Number"}
	for _, group := range view.Groups() {
		counts[group] = "Number"
	}
	return []vectorLayer{
		{
			ID: tiles.ClustersLayer, Fields: counts, MinZoom: 0, MaxZoom: tiles.PlacesFrom - 1,
			Description: r.say("Nombre de lieux par maille, en tout et par groupe", "How many places a cell holds, in all and by group"),
		},
		{
			ID: tiles.PlacesLayer, Fields: fields, MinZoom: tiles.PlacesFrom, MaxZoom: tiles.MaxZoom,
			Description: r.say("Les lieux", "The places"),
		},
	}
}

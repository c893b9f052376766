package web

import (
	"net/http"
	"strconv"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

// mapPage is what the map template shows. Where it is asked for a place, the
// card stands in the page at once.
type mapPage struct {
	Atlas Atlas
	filterForm
	listing
	Place *placePage
}

// Atlas is the JSON data block that the islands start from. Coordinates are
// longitude, latitude.
type Atlas struct {
	Language   string          `json:"language"`
	Tiles      string          `json:"tiles"`      // URL template of the vector tiles
	Basemap    string          `json:"basemap"`    // likewise, of the map under the places; empty without one
	Pictograms string          `json:"pictograms"` // URL of the sprite; one symbol a category, by id
	Extent     []float64       `json:"extent"`     // west, south, east, north of nearly all places; empty without any
	Groups     []atlasGroup    `json:"groups"`
	Categories []atlasCategory `json:"categories"`
}

type atlasGroup struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

type atlasCategory struct {
	ID      string      `json:"id"`
	Group   string      `json:"group"`
	Kind    places.Kind `json:"kind"`
	Label   string      `json:"label"`
	MinZoom int         `json:"min_zoom"`
}

func (s *site) showMap(r *http.Request, v *view) (answer, error) {
	q, err := s.readQuestion(v.request.Query())
	if err != nil {
		return answer{}, err
	}
	view := s.Snapshot.View()
	t, err := s.town(r.Context(), view)
	if err != nil {
		return answer{}, err
	}
	data := mapPage{Atlas: s.atlas(v, t), filterForm: v.filterForm(view, t, q)}
	if data.listing, err = v.listing(r.Context(), view, t, q); err != nil {
		return answer{}, err
	}
	title := ""
	if id, err := strconv.ParseInt(v.request.Query().Get("place"), 10, 64); err == nil {
		data.Place, err = v.card(view, t, places.ID(id))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return answer{}, err
		}
		if data.Place != nil {
			title = data.Place.Name
		}
	}
	return answer{template: "map", title: title, data: data}, nil
}

func (s *site) atlas(v *view, t *town) Atlas {
	a := Atlas{
		Language:   v.Language,
		Tiles:      "/tiles/places/{z}/{x}/{y}.mvt",
		Pictograms: s.assets.URL("icons/pictograms.svg"),
		Extent:     t.extent,
	}
	if s.Basemap != nil && s.Basemap() {
		a.Basemap = "/tiles/basemap/{z}/{x}/{y}.mvt"
	}
	for _, group := range s.Taxonomy.Groups {
		a.Groups = append(a.Groups, atlasGroup{group.ID, group.Label(v.Language)})
	}
	for _, c := range s.Taxonomy.Categories {
		a.Categories = append(a.Categories, atlasCategory{c.ID, c.Group, c.Kind, c.Label(v.Language), c.MinZoom})
	}
	return a
}

package web

import (
	"net/http"

	"cartoquartiers/places"
)

// mapPage is what the map template shows.
type mapPage struct {
	Atlas Atlas
	filterForm
	listing
}

// Atlas is the JSON data block that the islands start from. Coordinates are
// longitude, latitude.
type Atlas struct {
	Language   string          `json:"language"`
	Tiles      string          `json:"tiles"`      // URL template of the vector tiles
	Pictograms string          `json:"pictograms"` // URL of the sprite; one symbol a category, by id
	Extent     []float64       `json:"extent"`     // west, south, east, north of all places; empty without any
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

func (s *site) showMap(_ *http.Request, v *view) (answer, error) {
	data := mapPage{Atlas: s.atlas(v), filterForm: s.filterForm(v)}
	return answer{template: "map", data: data}, nil
}

func (s *site) atlas(v *view) Atlas {
	a := Atlas{
		Language:   v.Language,
		Tiles:      "/tiles/places/{z}/{x}/{y}.mvt",
		Pictograms: s.assets.URL("icons/pictograms.svg"),
	}
	for _, group := range s.Taxonomy.Groups {
		a.Groups = append(a.Groups, atlasGroup{group.ID, group.Label(v.Language)})
	}
	for _, c := range s.Taxonomy.Categories {
		a.Categories = append(a.Categories, atlasCategory{c.ID, c.Group, c.Kind, c.Label(v.Language), c.MinZoom})
	}
	return a
}

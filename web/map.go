package web

import (
	"net/http"
	"strconv"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
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
	Extent     []float64       `json:"extent"`     // west, south, east, north of where to look; empty without any place
	Groups     []atlasGroup    `json:"groups"`
	Categories []atlasCategory `json:"categories"`
	Pending    []atlasPending  `json:"pending,omitempty"`
	Embedded   bool            `json:"embedded"` // in a frame on somebody else's page
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
	Days    int         `json:"verify_days"` // until it wants verifying; 0 for never
	// Pictogram is the category whose pictogram it has, where that is not its own.
	Pictogram string `json:"pictogram,omitempty"`
}

func (s *site) showMap(r *http.Request, v *view) (answer, error) {
	page, err := s.mapPage(r, v)
	if err != nil {
		return answer{}, err
	}
	title := ""
	if page.Place != nil {
		title = page.Place.Name
	}
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	if page.Atlas.Pending, err = v.pending(r.Context(), actor); err != nil {
		return answer{}, err
	}
	return answer{template: "map", title: title, data: page, private: actor.User != 0}, nil
}

func (s *site) mapPage(r *http.Request, v *view) (page mapPage, err error) {
	q, err := s.readQuestion(v.request.Query())
	if err != nil {
		return page, err
	}
	view := s.Snapshot.View()
	t, err := s.town(r.Context(), view)
	if err != nil {
		return page, err
	}
	page = mapPage{Atlas: s.atlas(v, t), filterForm: v.filterForm(view, t, q)}
	page.Atlas.Extent = t.extentOf(view, q)
	page.Outlines = true
	if page.listing, err = v.listing(r.Context(), view, t, q); err != nil {
		return page, err
	}
	if id, err := strconv.ParseInt(v.request.Query().Get("place"), 10, 64); err == nil {
		page.Place, err = v.card(view, t, places.ID(id))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return page, err
		}
	}
	return page, nil
}

// extentOf is where the map opens: what the question names, else the whole town.
func (t *town) extentOf(view *snapshot.View, q question) []float64 {
	if b := q.BBox; b != nil {
		return []float64{b.West, b.South, b.East, b.North}
	}
	if len(q.Neighbourhoods) > 0 {
		if extent := extentOf(view, places.Filter{Neighbourhoods: q.Neighbourhoods}); len(extent) > 0 {
			return extent
		}
	}
	return t.extent
}

// neverZoom is deeper than the map goes: what shows from there is drawn only where
// it is asked for by name.
const neverZoom = 24

// atlas is what a map of the whole town starts from.
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
		category := atlasCategory{c.ID, c.Group, c.Kind, c.Label(v.Language), c.MinZoom, c.VerifyDays, ""}
		if c.Pictogram != c.ID {
			category.Pictogram = c.Pictogram
		}
		if c.Hidden {
			category.MinZoom = neverZoom
		}
		a.Categories = append(a.Categories, category)
	}
	return a
}

package api

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/fault"
	"cartoquartiers/places"
)

func (s *server) categoryCollection() collectionInfo {
	list := featureListSchema(categoryProperties)
	return collectionInfo{
		id:    "categories",
		title: [2]string{"Catégories", "Categories"},
		about: [2]string{
			"Ce qu'un lieu peut être : une catégorie, dans un groupe. Sans géométrie.",
			"What a place can be: a category, in a group. Without geometry.",
		},
		properties: categoryProperties,
		formats: []representation{
			{asGeoJSON, list}, {asGeoJSONName, list}, {asHTML, nil}, {asGeoJSONLines, nil}, {asGeoJSONSeq, nil},
		},
		query: append([]parameter{
			{"group", "Group ids, several by comma.", text(), nil},
			{"kind", "`service` or `initiative`.", text(), nil},
		}, smallListParameters...),
		items: s.categoryItems,
		item:  s.categoryItem,
	}
}

// categoryFeature is a category as a feature without geometry (RFC 7946, 3.2).
type categoryFeature struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Geometry   json.RawMessage `json:"geometry"` // null
	Properties categoryFields  `json:"properties"`
}

type categoryFields struct {
	Group        string        `json:"group"`
	GroupLabelFr string        `json:"group_label_fr"`
	GroupLabelEn string        `json:"group_label_en"`
	GroupColour  string        `json:"group_colour"`
	GroupNight   string        `json:"group_colour_night"`
	Kind         places.Kind   `json:"kind"`
	LabelFr      string        `json:"label_fr"`
	LabelEn      string        `json:"label_en"`
	Icon         string        `json:"icon"`
	MinZoom      int           `json:"min_zoom"`
	VerifyDays   int           `json:"verify_days"`
	Extra        []extraFields `json:"extra,omitempty"`
	Places       int           `json:"places"`
	Licence      string        `json:"licence"`
}

// categoryFeatures renders the taxonomy in its order, with today's counts.
func (s *server) categoryFeatures(allowed func(places.Category) bool) (ids []string, features [][]byte, err error) {
	counts := s.Snapshot.View().Counts(places.Filter{}).Categories
	for _, category := range s.Taxonomy.Categories {
		if !allowed(category) {
			continue
		}
		group := s.Taxonomy.Groups[slices.IndexFunc(s.Taxonomy.Groups, func(g places.Group) bool { return g.ID == category.Group })]
		feature, err := json.Marshal(categoryFeature{
			Type: "Feature", ID: category.ID, Geometry: json.RawMessage("null"),
			Properties: categoryFields{
				Group: category.Group, GroupLabelFr: group.LabelFr, GroupLabelEn: group.LabelEn,
				GroupColour: group.Colour.Day, GroupNight: group.Colour.Night, Kind: category.Kind,
				LabelFr: category.LabelFr, LabelEn: category.LabelEn, Icon: category.Icon,
				MinZoom: category.MinZoom, VerifyDays: category.VerifyDays, Extra: s.extraOf(category.ID), Places: counts[category.ID],
				Licence: places.LicenceOuverte,
			},
		})
		if err != nil {
			return nil, nil, err
		}
		ids, features = append(ids, category.ID), append(features, feature)
	}
	return ids, features, nil
}

func (s *server) categoryItems(w http.ResponseWriter, r *request) error {
	filter, err := r.filter(s.Taxonomy) // bbox and datetime are read, and match what has neither
	if err != nil {
		return err
	}
	ids, features, err := s.categoryFeatures(func(c places.Category) bool {
		return (filter.Groups == nil || slices.Contains(filter.Groups, c.Group)) &&
			(filter.Kinds == nil || slices.Contains(filter.Kinds, c.Kind))
	})
	if err != nil {
		return err
	}
	limit, err := r.limit(defaultLimit, maximumLimit)
	if err != nil {
		return err
	}
	page := itemsPage{view: s.Snapshot.View(), matched: len(features)}
	first := 0
	if cursor := r.values.Get("cursor"); cursor != "" {
		if first = slices.Index(ids, cursor) + 1; first == 0 {
			return fault.InvalidField("cursor", "%q is not from a link of ours", cursor)
		}
	}
	last := min(first+limit, len(features))
	page.features = features[first:last]
	if last < len(features) {
		page.next = r.with("cursor", ids[last-1])
	}
	page.credit = s.credit(page.view)
	page.credit.head(w)
	return s.writeItems(w, r, page)
}

func (s *server) categoryItem(w http.ResponseWriter, r *request) error {
	id := mux.Vars(r.Request)["id"]
	_, features, err := s.categoryFeatures(func(c places.Category) bool { return c.ID == id })
	if err != nil {
		return err
	}
	if len(features) == 0 {
		return fault.New(fault.NotFound, "there is no category %q", id)
	}
	return s.writeItem(w, r, "categories", features[0])
}

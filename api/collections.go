package api

import (
	"net/http"
	"time"

	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

const crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

// collectionList is what /ogc/collections answers (17-069r4, 7.13).
type collectionList struct {
	Links       []link       `json:"links"`
	Collections []collection `json:"collections"`
}

// collection describes one collection (17-069r4, 7.14).
type collection struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Attribution string   `json:"attribution,omitempty" doc:"Whom to name when using the data"`
	Licence     string   `json:"license,omitempty" doc:"SPDX identifiers of the licences, the sources having several"`
	Extent      *extent  `json:"extent,omitempty"`
	ItemType    string   `json:"itemType"`
	CRS         []string `json:"crs"`
	Links       []link   `json:"links"`
}

type extent struct {
	Spatial  *spatialExtent  `json:"spatial,omitempty"`
	Temporal *temporalExtent `json:"temporal,omitempty"`
}

type spatialExtent struct {
	BBox [][]float64 `json:"bbox" doc:"West, south, east, north in degrees"`
	CRS  string      `json:"crs"`
}

type temporalExtent struct {
	Interval [][]*time.Time `json:"interval"`
	TRS      string         `json:"trs"`
}

// collectionInfo is what is fixed about a collection.
type collectionInfo struct {
	id         string
	title      [2]string // French, English
	about      [2]string
	properties []property
	formats    []representation
	query      []parameter
	items      func(w http.ResponseWriter, r *request) error
	item       func(w http.ResponseWriter, r *request) error
}

func (s *server) collectionInfos() []collectionInfo {
	return []collectionInfo{s.placeCollection(), s.neighbourhoodCollection(), s.categoryCollection()}
}

func (s *server) collectionEndpoints() []endpoint {
	var all []endpoint
	for _, info := range s.collectionInfos() {
		path := "/ogc/collections/" + info.id
		name := "of" + string(info.id[0]-'a'+'A') + info.id[1:]
		tag := info.title[1]
		all = append(all,
			endpoint{
				path: path, id: "describeCollection" + name, tag: tag, summary: info.title[1], about: info.about[1],
				formats: []representation{{asJSON, collection{}}, {asHTML, nil}},
				handle:  func(w http.ResponseWriter, r *request) error { return s.collection(w, r, info) },
			},
			endpoint{
				path: path + "/items", id: "getItems" + name, tag: tag, summary: "Items of " + info.id,
				about: itemsAbout, query: info.query, formats: info.formats, handle: info.items,
			},
			endpoint{
				path: path + "/items/{id}", id: "getItem" + name, tag: tag, summary: "One item of " + info.id,
				inPath:  []parameter{{"id", "The id of the item", text(), nil}},
				formats: []representation{{asGeoJSON, featureSchema(info.properties)}, {asHTML, nil}}, handle: info.item,
			},
			endpoint{
				path: path + "/queryables", id: "getQueryables" + name, tag: tag, summary: "What can be filtered by, as JSON Schema",
				formats: []representation{{asSchema, anyObject()}, {asHTML, nil}},
				handle:  func(w http.ResponseWriter, r *request) error { return s.schema(w, r, info, true) },
			},
			endpoint{
				path: path + "/schema", id: "getSchema" + name, tag: tag, summary: "The properties of an item, as JSON Schema",
				formats: []representation{{asSchema, anyObject()}, {asHTML, nil}},
				handle:  func(w http.ResponseWriter, r *request) error { return s.schema(w, r, info, false) },
			},
		)
	}
	return all
}

func (s *server) collections(w http.ResponseWriter, r *request) error {
	list := collectionList{Links: r.selfAndAlternates(asJSON, asHTML)}
	view := s.Snapshot.View()
	for _, info := range s.collectionInfos() {
		described := s.describe(r, view, info)
		list.Collections = append(list.Collections, described)
	}
	credit := s.credit(view)
	credit.head(w)
	list.Links = append(list.Links, credit.links()...)
	if r.format.Name == asHTML.Name {
		return s.pages.write(w, r, "collections", r.say("Collections", "Collections"), list)
	}
	return writeJSON(w, r, revalidated, list)
}

func (s *server) collection(w http.ResponseWriter, r *request, info collectionInfo) error {
	view := s.Snapshot.View()
	described := s.describe(r, view, info)
	described.Links = append(r.selfAndAlternates(asJSON, asHTML), described.Links...)
	credit := s.credit(view)
	credit.head(w)
	if r.format.Name == asHTML.Name {
		return s.pages.write(w, r, "collection", described.Title, described)
	}
	return writeJSON(w, r, revalidated, described)
}

func (s *server) describe(r *request, view *snapshot.View, info collectionInfo) collection {
	credit := s.credit(view)
	path := r.base + "/ogc/collections/" + info.id
	described := collection{
		ID: info.id, Title: r.say(info.title[0], info.title[1]), Description: r.say(info.about[0], info.about[1]),
		Attribution: credit.attribution, Licence: credit.expression(), ItemType: "feature", CRS: []string{crs84},
		Links: []link{
			{Href: path, Rel: "self", Type: "application/json"},
			{Href: path + "/queryables", Rel: relQueryables, Type: asSchema.MediaType, Title: r.say("Ce par quoi on filtre", "What can be filtered by")},
			{Href: path + "/schema", Rel: relSchema, Type: asSchema.MediaType, Title: r.say("Les propriétés", "The properties")},
		},
	}
	if info.id == "places" {
		described.Extent = credit.extent
	}
	for _, representation := range info.formats {
		described.Links = append(described.Links, link{
			Href: path + "/items?f=" + representation.Name, Rel: "items", Type: bare(representation.MediaType), Title: info.id + " (" + representation.Name + ")",
		})
	}
	described.Links = append(described.Links, credit.links()...)
	return described
}

// extentOf is the box and the time of everything published; nil when nothing is.
func extentOf(view *snapshot.View) *extent {
	if view.Len() == 0 {
		return nil
	}
	box, first := []float64{180, 90, -180, -90}, view.UpdatedAt()
	for row := range view.All(places.Filter{States: publishedStates}) {
		p := row.Point()
		box[0], box[1] = min(box[0], p[0]), min(box[1], p[1])
		box[2], box[3] = max(box[2], p[0]), max(box[3], p[1])
		if at := row.UpdatedAt(); at.Before(first) {
			first = at
		}
	}
	return &extent{
		Spatial: &spatialExtent{BBox: [][]float64{box}, CRS: crs84},
		Temporal: &temporalExtent{
			Interval: [][]*time.Time{{&first, nil}}, TRS: "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
		},
	}
}

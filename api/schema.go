package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cartoquartiers/moderation"
)

// schemaDocument is a JSON Schema of an item's properties: the logical schema
// and the queryables of OGC API – Features, Part 3 (19-079r2) and Part 5 (23-058r1).
type schemaDocument struct {
	Schema               string                    `json:"$schema"`
	ID                   string                    `json:"$id"`
	Type                 string                    `json:"type"`
	Title                string                    `json:"title"`
	Properties           map[string]map[string]any `json:"properties"`
	AdditionalProperties bool                      `json:"additionalProperties"`
}

func (s *server) schema(w http.ResponseWriter, r *request, info collectionInfo, queryables bool) error {
	properties := info.properties
	title := r.say(info.title[0], info.title[1])
	if queryables {
		properties = queryablesOf(info)
	}
	if r.format.Name == asHTML.Name {
		return s.pages.write(w, r, "schema", title, properties)
	}
	document := schemaDocument{
		Schema: "https://json-schema.org/draft/2020-12/schema", ID: r.base + r.URL.Path, Type: "object", Title: title,
		Properties: map[string]map[string]any{"geometry": geometryRole(info.id)},
	}
	for i, p := range properties {
		document.Properties[p.name] = p.document(r, i+1)
	}
	return writeJSON(w, r, rested, document)
}

func queryablesOf(info collectionInfo) []property {
	var queryables []property
	for _, p := range info.properties {
		if p.queryable {
			queryables = append(queryables, p)
		}
	}
	if info.id == "places" {
		queryables = append(queryables, placeQueryables...)
	}
	return queryables
}

func geometryRole(collection string) map[string]any {
	format := map[string]string{"places": "geometry-point", "neighbourhoods": "geometry-multipolygon"}[collection]
	if format == "" {
		format = "geometry-any"
	}
	return map[string]any{"x-ogc-role": "primary-geometry", "format": format}
}

func (p property) document(r *request, order int) map[string]any {
	document := map[string]any{"title": r.say(p.french, p.english), "type": p.schema.Type, "x-ogc-propertySeq": order}
	if p.schema.Format != "" {
		document["format"] = p.schema.Format
	}
	if len(p.schema.Enum) > 0 {
		document["enum"] = p.schema.Enum
	}
	if p.schema.Items != nil {
		document["items"] = map[string]any{"type": p.schema.Items.Type}
	}
	return document
}

// featureSchema is the JSON Schema of one GeoJSON feature, for the contract.
func featureSchema(properties []property) *huma.Schema {
	members := &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{}}
	for _, p := range properties {
		members.Properties[p.name] = p.schema
		if p.required {
			members.Required = append(members.Required, p.name)
		}
	}
	return &huma.Schema{
		Type: "object", Required: []string{"type", "id", "geometry", "properties"},
		Properties: map[string]*huma.Schema{
			"type":       oneOf("Feature"),
			"id":         {OneOf: []*huma.Schema{{Type: "integer"}, {Type: "string"}}},
			"geometry":   geometrySchema(),
			"properties": members,
			"links":      {Type: "array", Items: linkSchema()},
		},
	}
}

func geometrySchema() *huma.Schema {
	return &huma.Schema{
		Type: "object", Nullable: true, Required: []string{"type", "coordinates"},
		Properties: map[string]*huma.Schema{
			"type":        oneOf("Point", "MultiPolygon"),
			"coordinates": {Type: "array", Items: &huma.Schema{}},
		},
	}
}

func linkSchema() *huma.Schema {
	return &huma.Schema{
		Type: "object", Required: []string{"href", "rel"},
		Properties: map[string]*huma.Schema{
			"href": text(), "rel": text(), "type": text(), "hreflang": text(), "title": text(),
		},
	}
}

// featureListSchema is the JSON Schema of a page of items.
func featureListSchema(properties []property) *huma.Schema {
	return &huma.Schema{
		Type: "object", Required: []string{"type", "features", "links", "numberMatched", "numberReturned", "timeStamp"},
		Properties: map[string]*huma.Schema{
			"type":           oneOf("FeatureCollection"),
			"numberMatched":  number(),
			"numberReturned": number(),
			"timeStamp":      formatted("date-time"),
			"attribution":    text(),
			"license":        text(),
			"links":          {Type: "array", Items: linkSchema()},
			"features":       {Type: "array", Items: featureSchema(properties)},
		},
	}
}

// proposedFeature is a feature as one sends it: the properties that people can propose.
func proposedFeature() *huma.Schema {
	properties := make(map[string]*huma.Schema)
	for _, p := range placeProperties {
		base, _, _ := strings.Cut(p.name, "_")
		if moderation.Proposable(p.name) || base == "name" || base == "description" {
			properties[p.name] = p.schema
		}
	}
	return &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{
		"type":       oneOf("Feature"),
		"geometry":   {Type: "object", AdditionalProperties: true, Description: "A Point: longitude, latitude"},
		"properties": {Type: "object", Properties: properties, AdditionalProperties: true},
	}, AdditionalProperties: true}
}

package api

import (
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"cartoquartiers/places"
)

// property describes one property of a collection's items, for /queryables,
// /schema, the OpenAPI documents and the HTML pages.
type property struct {
	name      string
	french    string
	english   string
	schema    *huma.Schema
	queryable bool
	required  bool
}

func values[T ~string](all []T) *huma.Schema {
	schema := text()
	for _, value := range all {
		schema.Enum = append(schema.Enum, string(value))
	}
	return schema
}

func texts() *huma.Schema { return &huma.Schema{Type: "array", Items: text()} }

func formatted(format string) *huma.Schema { return &huma.Schema{Type: "string", Format: format} }

func number() *huma.Schema { return &huma.Schema{Type: "integer"} }

func anyObject() *huma.Schema { return &huma.Schema{Type: "object", AdditionalProperties: true} }

func textByKey() *huma.Schema { return &huma.Schema{Type: "object", AdditionalProperties: text()} }

// placeProperties follow places.RenderFeature; a test compares them.
var placeProperties = []property{
	{"name", "Nom", "Name", text(), false, false},
	{"name_fr", "Nom en français, s'il diffère", "Name in French where it differs", text(), false, false},
	{"name_en", "Nom en anglais, s'il diffère", "Name in English where it differs", text(), false, false},
	{"kind", "Nature : service public ou initiative", "Kind: public service or initiative", values(places.AllKinds), true, true},
	{"category", "Catégorie principale", "Main category", text(), true, true},
	{"categories", "Toutes les catégories", "All categories", texts(), false, true},
	{"group", "Groupe de la catégorie", "Group of the category", text(), true, true},
	{"neighbourhood", "Code du quartier", "Code of the neighbourhood", text(), true, false},
	{"address", "Adresse", "Address", addressSchema(), false, false},
	{"phone", "Téléphone", "Phone", text(), false, false},
	{"email", "Courriel", "Email", text(), false, false},
	{"website", "Site web", "Website", text(), false, false},
	{"opening_hours", "Horaires (syntaxe OSM)", "Opening hours (OSM syntax)", text(), false, false},
	{"closure", "Fermeture temporaire ou message", "Temporary closure or message", anyObject(), false, false},
	{"wheelchair", "Accès en fauteuil roulant", "Wheelchair access", values(places.AllWheelchairs), true, false},
	{"accessibility", "Accessibilité, autres réponses", "Accessibility, other answers", textByKey(), false, false},
	{"audiences", "Publics", "Audiences", texts(), false, false},
	{"languages", "Langues parlées", "Languages spoken", texts(), false, false},
	{"operator", "Exploitant", "Operator", text(), false, false},
	{"description", "Description", "Description", text(), false, false},
	{"description_en", "Description en anglais, si elle diffère", "Description in English where it differs", text(), false, false},
	{"identifiers", "Identifiants par référentiel", "Identifiers by scheme", textByKey(), false, false},
	{"starts_on", "Premier jour", "First day", formatted("date"), false, false},
	{"ends_on", "Dernier jour", "Last day", formatted("date"), false, false},
	{"labels", "Labels", "Labels", texts(), false, false},
	{"photos", "Photos, avec leurs adresses, texte alternatif, licence et crédit", "Photos, with their addresses, alternative text, licence and credit", photosSchema(), false, false},
	{"extra", "Champs propres à la catégorie", "Fields of the category", anyObject(), false, false},
	{"state", "État", "State", values([]places.State{places.Open, places.ClosedTemporarily, places.Closed}), true, true},
	{"verified_at", "Vérifié le", "Verified at", formatted("date-time"), false, false},
	{"verified_by", "Rôle de qui l'a vérifié", "Role of who verified it", text(), false, false},
	{"updated_at", "Dernier changement", "Last change", formatted("date-time"), false, true},
	{"revision", "Révision", "Revision", number(), false, true},
	{"licence", "Licence (SPDX)", "Licence (SPDX)", text(), false, true},
	{"osm", "Objet OpenStreetMap", "OpenStreetMap object", text(), false, false},
	{"sources", "Sources des valeurs", "Sources of the values", texts(), false, true},
}

// placeQueryables are what can be filtered by without being a property of its own.
var placeQueryables = []property{
	{"source", "Source qui a placé le lieu", "Source that placed it on the map", text(), true, false},
}

func addressSchema() *huma.Schema {
	return &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{
		"street": text(), "housenumber": text(), "postcode": text(), "city": text(), "text": text(),
	}}
}

func photosSchema() *huma.Schema {
	size := &huma.Schema{Type: "object", Required: []string{"url", "width", "height"}, Properties: map[string]*huma.Schema{
		"url": text(), "width": number(), "height": number(),
	}}
	return &huma.Schema{Type: "array", Items: &huma.Schema{
		Type: "object", Required: []string{"id", "alt", "licence", "sizes"},
		Properties: map[string]*huma.Schema{
			"id": number(), "alt": text(), "alt_en": text(), "licence": values(places.PhotoLicences), "credit": text(), "taken": formatted("date"),
			"sizes": {Type: "array", Items: size},
		},
	}}
}

var neighbourhoodProperties = []property{
	{"code", "Code", "Code", text(), false, true},
	{"name", "Nom", "Name", text(), false, true},
	{"names", "Nom par langue", "Name by language", textByKey(), false, true},
	{"parent", "Code du quartier qui le contient", "Code of the one that holds it", text(), true, false},
	{"level", "Niveau administratif (OSM)", "Administrative level (OSM)", number(), false, true},
	{"source", "Source", "Source", text(), false, true},
	{"ref", "Identifiant chez la source", "Identifier at the source", text(), false, true},
	{"licence", "Licence (SPDX)", "Licence (SPDX)", text(), false, true},
}

var categoryProperties = []property{
	{"group", "Groupe", "Group", text(), true, true},
	{"group_label_fr", "Groupe, en français", "Group in French", text(), false, true},
	{"group_label_en", "Groupe, en anglais", "Group in English", text(), false, true},
	{"group_colour", "Couleur du groupe", "Colour of the group", text(), false, true},
	{"group_colour_night", "Couleur du groupe, la nuit", "Colour of the group by night", text(), false, true},
	{"kind", "Nature", "Kind", values(places.AllKinds), true, true},
	{"label_fr", "Nom en français", "Label in French", text(), false, true},
	{"label_en", "Nom en anglais", "Label in English", text(), false, true},
	{"icon", "Pictogramme (Maki ou Temaki)", "Pictogram (Maki or Temaki)", text(), false, true},
	{"min_zoom", "Affichée à partir du zoom", "Shown from zoom", number(), false, true},
	{"verify_days", "À vérifier tous les … jours", "To be verified every … days", number(), false, true},
	{"extra", "Champs que la ville a définis pour ses lieux", "Fields that the town has defined for its places", extraFieldsSchema(), false, false},
	{"places", "Nombre de lieux ouverts", "Number of open places", number(), false, true},
	{"licence", "Licence (SPDX)", "Licence (SPDX)", text(), false, true},
}

// Name, Meaning and Type are for the HTML page.
func (p property) Name() string { return p.name }

// Meaning is what the property says, in a language.
func (p property) Meaning(language string) string {
	if language == "en" {
		return p.english
	}
	return p.french
}

// Type is the JSON type, with the values that are allowed if they are few.
func (p property) Type() string {
	described := p.schema.Type
	if p.schema.Format != "" {
		described += ", " + p.schema.Format
	}
	for i, value := range p.schema.Enum {
		separator := " · "
		if i == 0 {
			separator = ": "
		}
		described += separator + fmt.Sprint(value)
	}
	return described
}

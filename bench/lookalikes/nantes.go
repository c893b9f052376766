package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"cartoquartiers/importers/osm"
	"cartoquartiers/places"
)

// nantesKeys are the file's names for what OSM names otherwise.
var nantesKeys = map[string]string{
	"nom": "name", "tel": "phone", "url": "website", "descr": "description",
	"street": "addr:street", "housenumber": "addr:housenumber", "postcode": "addr:postcode", "city": "addr:city",
}

// readNantes reads the structures of the file as documents. Those that no rule
// of the taxonomy knows get the category that their type says, or a shop's: the
// file is of reuse shops, repair workshops and shops that sell in bulk.
func readNantes(path string, taxonomy *places.Taxonomy) ([]places.Document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Structures []map[string]string `json:"_structuresDatas"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	rules, err := osm.RulesOf(taxonomy)
	if err != nil {
		return nil, err
	}
	var documents []places.Document
	for _, structure := range file.Structures {
		lon, err1 := strconv.ParseFloat(strings.TrimSpace(structure["longitude"]), 64)
		lat, err2 := strconv.ParseFloat(strings.TrimSpace(structure["latitude"]), 64)
		if err1 != nil || err2 != nil {
			continue // one of them has no position
		}
		documents = append(documents, nantesDocument(structure, orb.Point{lon, lat}, rules))
	}
	return documents, nil
}

func nantesDocument(structure map[string]string, at orb.Point, rules *osm.Rules) places.Document {
	tags := make(map[string]string, len(structure))
	for key, value := range structure {
		if known, ok := nantesKeys[key]; ok {
			key = known
		}
		tags[key] = value
	}
	category, _ := rules.Match(tags)
	if category == "" {
		category = map[string]string{"smco_reemp": "reuse_shop", "coreparation": "repair", "ventevracstruct": "bulk_organic"}[structure["type"]]
	}
	if category == "" {
		category = "food_shop"
	}
	fields := osm.Fields(tags, osm.DefaultCountry)
	return places.Document{
		Category: category, Position: at, Name: fields.Name,
		Phone: fields.Phone, Email: fields.Email, Website: fields.Website,
		Identifiers: map[string]string{places.IdentifierOSM: structure["id_osm"]},
	}
}

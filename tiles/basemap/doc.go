// Package basemap makes the map that lies under the places, from the objects of
// an OpenStreetMap extract: vector tiles in the layers of the Protomaps basemap
// schema (https://docs.protomaps.com/basemaps/layers), in one PMTiles archive. It
// does not read the extract (package importers/osm does) and does not style.
//
// Start with Builder; schema.go says what of the town is shown, in which layer and
// from which zoom, generalise.go what is left of it at a zoom.
package basemap

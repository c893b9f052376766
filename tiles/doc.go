// Package tiles cuts the published places into vector tiles (MVT 2.1,
// https://github.com/mapbox/vector-tile-spec/tree/master/2.1) from the snapshot,
// and keeps them compressed as long as they are true.
//
// It is neither a general MVT encoder nor a tile server: api/tiles.go speaks HTTP.
//
// From PlacesFrom on a tile shows the places themselves in the layer "places".
// A place belongs to the one tile in which its coordinates are in 0..4095; Buffer
// units around, the tile repeats places of its neighbours, so that a symbol at an
// edge is drawn on both sides. Who counts leaves those out. Below PlacesFrom a
// tile shows cells in the layer "clusters", which never straddle tiles and have
// no buffer: the counts of all tiles of a zoom add up to the count of the API.
//
// Start with address.go, then places.go and clusters.go for what is in a tile,
// and source.go for what is kept.
package tiles

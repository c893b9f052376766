// Package pmtiles writes and reads archives of map tiles in one file: PMTiles
// version 3, https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md. What is
// in a tile is not its business.
//
// Start with Writer and Archive; directory.go is the index of both.
package pmtiles

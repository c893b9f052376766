// Package osm reads an OpenStreetMap PBF file into candidate places and
// neighbourhood boundaries.
//
// It is not the import itself: what becomes of a candidate — matching it with
// a published place, merging, publishing — is the importer's business, and
// nothing here knows a database.
//
// Start with read.go for the three passes. frame.go finds the blobs and refuses
// what is cut or lies about its size, inflate.go unpacks one, block.go and
// scan.go look into it in place, shape.go makes areas of what was kept, and
// rules.go says what counts as a place. fields.go turns raw tags into the
// fields of a place.
package osm

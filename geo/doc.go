// Package geo is pure geometry on orb types: mercator, Hilbert order, boxes,
// points inside areas. No database, no HTTP, no clock.
//
// Points are longitude, latitude in degrees (EPSG:4326) unless a name says otherwise.
// Start with bbox.go for what callers ask and hilbert.go for how places are ordered.
package geo

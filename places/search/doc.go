// Package search compares what somebody types with names: accents and case do
// not matter, each word may be unfinished, and a typo or two are forgiven.
//
// It knows only texts; places/snapshot walks the names of all places with it.
// Full-text search in descriptions and addresses is PostgreSQL's (places.Find).
//
// Start with query.go; fold.go says what a name looks like when it is compared.
package search

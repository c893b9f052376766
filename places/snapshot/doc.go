// Package snapshot is every published place in memory, for reading: what tiles,
// items, counters and exports are cut from.
//
// It is not a cache — it holds everything or it is not ready — and it never
// writes. It does not answer questions that need a language or an index
// (full text, sorting by distance, polygons): PostGIS does. Names alone it reads
// through (suggest.go).
//
// Places stand in the order of the Hilbert curve, one array per column (segment.go).
// A box is then a few runs of rows (walk.go), a filter one lookup per row
// (query.go), a page a place to continue from (page.go). Readers take a View: an
// immutable generation. Changes make a new generation whose small second segment
// replaces rows of the big one (apply.go) and is folded into it now and then
// (fold.go); follow.go decides when.
//
// Start with store.go for how it follows the database, view.go for what can be asked.
package snapshot

// Package places is what is published: places, their categories and
// neighbourhoods, their revisions with provenance, and the feed of changes —
// types, rules, and the SQL that keeps them.
//
// It does not know who proposed a change (package moderation) nor where a file
// came from (package importers); it is told a Cause.
//
// Start with document.go for what a place is, publish.go for how one changes,
// filter.go and find.go for how they are asked for. Readers in a hurry use
// places/snapshot, which answers from memory the questions that Filter can ask.
package places

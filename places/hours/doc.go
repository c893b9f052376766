// Package hours understands the common part of OSM's opening_hours: weekdays,
// several times a day, seasons, public and school holidays, off, comments.
// https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification.
//
// It is not a whole interpreter: what Parse refuses (week numbers, years, nth
// weekdays, fallback rules) is to be shown as it was written. It has no words
// either: pages say what a Schedule holds in their reader's language.
//
// Start with Parse, then Schedule.Seasons for a table and Schedule.At for "open now".
package hours

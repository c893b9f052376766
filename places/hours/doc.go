// Package hours understands OSM's opening_hours as towns write them: weekdays, nth
// weekdays of a month, several times a day, seasons, weeks, years, Easter, public and
// school holidays, off, hours taken away, fallback rules, comments.
// https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification.
//
// It is not a whole interpreter: what Parse refuses (points in time, moments counted
// from the sun, weekdays counted from another) is to be shown as it was written. It has
// no words either: pages say what a Schedule holds in their reader's language.
//
// Start with Parse, then Schedule.Seasons and Schedule.Exceptions for a table and
// Schedule.At for "open now".
package hours

// Package photos makes pictures that are safe to show out of files that people
// send: the type is found by content, dimensions are checked before anything is
// decoded, and what comes out is three new JPEG files without a byte of the
// original — no metadata, no thumbnail, nothing appended.
//
// It is not where pictures are kept (photos/store), and it knows nothing of
// places, contributions or who may see what.
//
// Start with Darkroom.Develop.
package photos

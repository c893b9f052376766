// Package store keeps pictures in a blob store: a directory, or a bucket of S3.
//
// It knows no database and decides nothing: who calls it says which names are
// there to stay. Names are random and cannot be guessed.
//
// Start with Open, then Keep.
package store

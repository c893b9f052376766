// Package publiclog is the public, append-only log of what happened to places
// and contributions: a Merkle tree (RFC 6962) whose signed checkpoints let
// anybody prove that nothing was dropped or changed afterwards.
//
// A leaf is inserted in the transaction of the event it tells of (Append); a
// sequencer, one at a time over all nodes, later gives it its place in the tree
// and signs the new checkpoint. Leaves hold no personal data, no free text and no
// bare hash: contents are committed to under random keys (places.Commit), and
// erasing a key makes its commitment say nothing.
//
// It is not the history that people read: that is place_revisions. The outside
// layout is C2SP's (c2sp.org/tlog-tiles); package api serves it, package
// publiclog/verify and docs/verify check it.
//
// Start with leaf.go, then append.go and sequence.go.
package publiclog

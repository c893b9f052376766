// Package docs holds what the program hands out of this folder: the independent
// verifier of the public log, so that the one that people download is the one that is tested.
package docs

import _ "embed" // for the directive below

// Verifier is docs/verify/verify.mjs.
//
//go:embed verify/verify.mjs
var Verifier []byte

// Package docs holds what the program hands out of this folder: the independent
// verifier of the public log, so that the one that people download is the one that is tested.
package docs

import "embed"

// Verifier is the folder docs/verify: verify.mjs, which one runs, and the files that it imports.
//
//go:embed verify/*.mjs
var Verifier embed.FS

// VerifierFiles are the names of its files, the one to run first.
var VerifierFiles = []string{"verify.mjs", "log.mjs", "standards.mjs", "feature.mjs", "figures.mjs"}
